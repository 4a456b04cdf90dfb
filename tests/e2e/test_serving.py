"""Models, predictions, the Open Inference Protocol, health, metrics."""

import csv
import hashlib
import http.client
import json
import os
import signal
import tempfile
import threading
import unittest

from node import DIGITS, Failure, Node, until
from test_training import JOB, Reference


def rows_of_digits(count):
    """Features and labels of the first rows."""
    with open(DIGITS, newline="") as file:
        table = list(csv.reader(file))[1:count + 1]
    return [[float(x) for x in row[:-1]] for row in table], \
        [row[-1] for row in table]


class Serving(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = Node(**{"compute.workers": 3}).start()
        cls.data = cls.node.digits()
        cls.record = cls.node.finished(cls.node.train(JOB, cls.data))

    @classmethod
    def tearDownClass(cls):
        cls.node.__exit__(None)

    def infer(self, body, status=200, path="digits"):
        got, answer = self.node.api("POST", f"/v2/models/{path}/infer", body)
        self.assertEqual(got, status, answer)
        return answer

    def tensor(self, rows, **change):
        return {"inputs": [dict({"name": "features", "datatype": "FP32",
                                 "shape": [len(rows), 64],
                                 "data": sum(rows, [])}, **change)]}

    def test_accuracy_of_the_job(self):
        metrics = self.record["metrics"]
        self.assertGreaterEqual(metrics["accuracy"], 0.96)
        self.assertEqual(metrics["on"], "test")
        for figure in "precision", "recall", "f1", "loss", "confusion":
            self.assertIn(figure, metrics)

    def test_infer_predict_and_the_shell_agree(self):
        rows, truth = rows_of_digits(20)
        predicted = self.node.post("/api/v1/models/digits/predict",
                                   {"rows": rows})["predictions"]
        answer = self.infer(self.tensor(rows))
        labels, probabilities = answer["outputs"]
        self.assertEqual(labels["data"], [x["label"] for x in predicted])
        self.assertEqual(probabilities["shape"], [20, 10])
        for i, each in enumerate(predicted):
            self.assertEqual(probabilities["data"][i * 10:i * 10 + 10],
                             [each["probabilities"][str(c)]
                              for c in range(10)])
        right = sum(a == b for a, b in zip(labels["data"], truth))
        self.assertGreaterEqual(right, 19)
        code, out, err = self.node.shell("-o", "json", "predict", "digits",
                                         *rows[0])
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(out)["predictions"][0], predicted[0])
        nested = self.tensor(rows)
        nested["inputs"][0]["data"] = rows
        nested["inputs"][0]["datatype"] = "FP64"
        nested["id"] = "abc"
        answer = self.infer(nested, path="digits/versions/1")
        self.assertEqual((answer["id"], answer["model_version"]), ("abc", "1"))
        self.assertEqual(answer["outputs"][0]["data"], labels["data"])

    def predicted_csv(self, lines, *flags):
        """What predict --output makes of these lines."""
        with tempfile.TemporaryDirectory() as folder:
            said = os.path.join(folder, "said.csv")
            asked = os.path.join(folder, "asked.csv")
            with open(asked, "w") as file:
                file.writelines(lines)
            code, _, err = self.node.shell("predict", "digits", "--input",
                                           asked, "--output", said, *flags)
            self.assertEqual(code, 0, err)
            with open(said, newline="") as file:
                return list(csv.reader(file))

    def test_a_file_of_predictions_has_a_line_for_each_row_in_order(self):
        with open(DIGITS) as file:
            lines = file.readlines()
        header, *rows = self.predicted_csv(lines)
        self.assertEqual(header,
                         ["prediction"] + [f"p_{c}" for c in range(10)])
        self.assertEqual(len(rows), len(lines) - 1)
        truth = [line.rstrip().rsplit(",", 1)[1] for line in lines[1:]]
        right = sum(row[0] == t for row, t in zip(rows, truth))
        self.assertGreaterEqual(right / len(rows), 0.96)
        for row in rows:
            p = [float(x) for x in row[1:]]
            self.assertAlmostEqual(sum(p), 1, places=4)
            self.assertEqual(p.index(max(p)), int(row[0]))

    def test_a_row_that_cannot_be_answered_keeps_its_line(self):
        with open(DIGITS) as file:
            lines = file.readlines()[:6]
        lines[2] = "," + lines[2].split(",", 1)[1]       # no first pixel
        lines[4] = lines[4].rsplit(",", 1)[0] + ",\n"     # no label
        lines[5] = lines[5].rsplit(",", 1)[0] + ",new\n"  # one never seen
        _, *rows = self.predicted_csv(lines, "--missing", "drop")
        self.assertEqual(len(rows), 5)
        self.assertEqual(rows[1], [""] * 11)
        self.assertTrue(all(rows[i][0] for i in (0, 2, 3, 4)))

    def test_a_card_says_where_the_model_comes_from(self):
        card = self.node.get("/api/v1/models/digits")
        self.assertEqual(card["data"]["blob"],
                         hashlib.sha256(DIGITS.read_bytes()).hexdigest())
        self.assertEqual(card["params"]["seed"], self.record["params"]["seed"])
        self.assertEqual(card["metrics"]["classes"], card["classes"])
        code, out, err = self.node.shell("compare", "digits", "digits@1",
                                         "-o", "json")
        self.assertEqual(code, 0, err)
        answer = json.loads(out)
        self.assertTrue(answer["same_rows"])
        self.assertIsNone(answer["better"])

    def test_evaluate_on_the_whole_file(self):
        answer = self.node.post("/api/v1/models/digits/evaluate",
                                {"data": self.data})
        self.assertEqual(answer["rows"], 1797)
        self.assertEqual(answer["data"]["rows_read"], 1797)
        self.assertEqual(answer["data"]["columns"], 64)
        self.assertGreaterEqual(answer["metrics"]["accuracy"], 0.96)
        self.assertEqual(sum(map(sum, answer["metrics"]["confusion"])), 1797)

    def test_predict_on_the_whole_file(self):
        answer = self.node.post("/api/v1/models/digits/predict",
                                {"data": self.data})
        self.assertEqual(len(answer["predictions"]), 1797)

    def test_metadata_versions_and_health(self):
        model = self.node.get("/v2/models/digits")
        self.assertEqual(model["inputs"][0]["shape"], [-1, 64])
        self.assertEqual(model["outputs"][1]["shape"], [-1, 10])
        self.assertTrue(self.node.get("/v2/models/digits/ready")["ready"])
        self.assertEqual(self.node.get("/v2")["name"], "lepton")
        for path in "/v2/health/live", "/v2/health/ready", "/healthz", \
                "/readyz":
            self.assertEqual(self.node.raw("GET", path)[0], 200)
        one = self.node.get("/api/v1/models/digits")
        self.assertEqual(one["weights_sha256"], Reference.hash())
        again = self.node.finished(self.node.train(dict(JOB, seed=8),
                                                   self.data))
        self.assertEqual(again["version"], one["version"] + 1)
        self.assertEqual(self.node.get("/api/v1/models/digits@1")
                         ["weights_sha256"], Reference.hash())
        self.assertNotEqual(again["weights_sha256"], Reference.hash())
        text = self.node.raw("GET", "/metrics")[1].decode()
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) \w+ |[a-z_:]+[{ ])")
        for line in ('lepton_workers{state="running"} 3',
                     'lepton_workers{state="hung"} 0',
                     'lepton_jobs{state="succeeded"} ',
                     'lepton_jobs{state="queued"} 0',
                     'lepton_child_restarts{path="alpha/network/api"} 0',
                     "lepton_inferences_waiting 0",
                     "lepton_inferences_under_way 0", "lepton_ready 1"):
            self.assertIn("\n" + line, text)

    def test_models_and_versions_that_are_not_there(self):
        for name in "none", "digits@99":
            for path, body in (("predict", {"rows": [[0] * 64]}),
                               ("evaluate", {"data": self.data})):
                self.assertEqual(self.node.api(
                    "POST", f"/api/v1/models/{name}/{path}", body)[0], 404)
        self.infer(self.tensor([[0.0] * 64]), 404, "none")
        self.infer(self.tensor([[0.0] * 64]), 404, "digits/versions/99")
        self.assertEqual(self.node.api("GET", "/v2/models/none")[0], 404)

    def test_rows_of_the_wrong_shape_or_type(self):
        def refused(body, path="predict"):
            status, answer = self.node.api(
                "POST", "/api/v1/models/digits/" + path, body)
            self.assertIn(status, (400, 422), answer)
        for rows in ([], 5, [5], [[]], [[0] * 63], [[0] * 65], [["x"] * 64],
                     [[None] * 64], [[[0]] * 64], [[0] * 64, [0]],
                     [[1e39] * 64], [[1e300] * 64]):
            with self.subTest(rows=str(rows)[:60]):
                refused({"rows": rows})
        refused({})
        refused({"data": {}})
        self.node.put("data/other", b"a,b,label\n1,2,0\n3,4,1\n")
        other = {"name": "data/other", "path": "other.csv"}
        refused({"data": other})
        refused({"data": other}, "evaluate")

    def test_tensors_that_are_wrong(self):
        row = [0.0] * 64
        for change in ({"shape": [1, 63]}, {"shape": [2, 64]},
                       {"shape": [64]}, {"shape": [0, 64]},
                       {"shape": [-1, 64]}, {"shape": "x"},
                       {"shape": [64, 1]}, {"datatype": "INT8"},
                       {"datatype": 5}, {"data": "x"}, {"data": []},
                       {"data": [row, [0.0]]}, {"data": ["x"] * 64},
                       {"data": [1e39] * 64},
                       {"shape": [2 ** 58 + 1, 64]},
                       {"shape": [2 ** 64 - 1, 64]}):
            with self.subTest(change=str(change)[:60]):
                status, answer = self.node.api(
                    "POST", "/v2/models/digits/infer",
                    self.tensor([row], **change))
                self.assertIn(status, (400, 422), answer)
        for body in ({}, {"inputs": []}, {"inputs": [{}]}, {"inputs": 5},
                     {"inputs": [5]}, []):
            status, answer = self.node.api("POST", "/v2/models/digits/infer",
                                           body)
            self.assertEqual(status, 400, answer)
        self.assertTrue(self.node.ready())


class Apart(unittest.TestCase):
    def test_a_few_rows_do_not_wait_for_a_whole_file(self):
        rows, _ = rows_of_digits(1)
        with Node() as node:
            node.finished(node.train(dict(JOB, epochs=5)))
            whole = DIGITS.read_bytes()
            header, _, body = whole.partition(b"\n")
            node.put("data/many", header + b"\n" + body * 150)
            answers = []

            def evaluate():
                answers.append(node.post(
                    "/api/v1/models/digits/evaluate",
                    {"data": {"name": "data/many", "path": "many.csv"}}))

            node.post("/api/v1/models/digits/predict", {"rows": rows})
            other = threading.Thread(target=evaluate)
            other.start()
            between = 0
            while other.is_alive():
                node.post("/api/v1/models/digits/predict", {"rows": rows})
                between += other.is_alive()
            other.join()
            self.assertEqual(answers[0]["rows"], 1797 * 150)
            self.assertGreater(between, 20)


class PredictionsUnderFire(unittest.TestCase):
    def test_none_fails_while_workers_are_killed(self):
        rows, _ = rows_of_digits(5)
        with Node(**{"compute.workers": 3}) as node:
            node.finished(node.train(dict(JOB, epochs=5)))
            ask = {"rows": rows}
            expected = node.post("/api/v1/models/digits/predict", ask)
            wrong = []
            done = threading.Event()
            count = [0]

            def client():
                while not done.is_set():
                    status, got = node.api(
                        "POST", "/api/v1/models/digits/predict", ask)
                    count[0] += 1
                    if status != 200 or got != expected:
                        wrong.append((status, got))

            clients = [threading.Thread(target=client) for _ in range(2)]
            for each in clients:
                each.start()
            for _ in range(6):
                before = count[0]
                pid = until("a worker", lambda: list(node.workers().values()))
                os.kill(pid[0], signal.SIGKILL)
                until("predictions to go on", lambda: count[0] > before + 10)
            done.set()
            for each in clients:
                each.join()
            self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
