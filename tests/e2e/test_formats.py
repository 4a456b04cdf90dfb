"""Models leave as files that other programs run, and come back: what an
exported network computes elsewhere is what the node predicts."""

import csv
import json
import pathlib
import subprocess
import tempfile
import unittest

from node import DIGITS, Node

RUNNER = pathlib.Path(__file__).parent / "run_exported.py"
SMALL = {"epochs": 3, "seed": 4}


def rows_of(path, count):
    with open(path, newline="") as file:
        lines = list(csv.reader(file))[1:count + 1]
    return [[float(x) for x in line[:-1]] for line in lines]


def run_elsewhere(model, rows, directory):
    """The outputs by NumPy, or None without its packages."""
    path = directory / "rows.json"
    path.write_text(json.dumps(rows))
    run = subprocess.run(["/usr/bin/python3", RUNNER, model, path],
                         stdout=subprocess.PIPE, text=True)
    if run.returncode == 77:
        raise unittest.SkipTest("needs python3-numpy, -h5py and -onnx")
    run.check_returncode()
    return json.loads(run.stdout)


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = Node().__enter__()
        cls.directory = tempfile.TemporaryDirectory()
        cls.here = pathlib.Path(cls.directory.name)
        for name, kind, more in (
                ("plain", "mlp", {}),
                ("normed", "mlp", {"batch_norm": True, "activation": "gelu"}),
                ("reduced", "mlp", {"pca": 20, "activation": "leaky_relu"}),
                ("numbers", "mlp", {"task": "regression"}),
                ("images", "cnn", {"image": [8, 8], "layers": [
                    "conv:4x3", "pool:2", "conv:6x3", "average:2",
                    "dense:12"]})):
            job = cls.node.post("/api/v1/jobs", {
                "kind": kind, "name": name, "data": cls.node.digits(),
                "params": {**SMALL, **more}})["job"]
            cls.node.finished(job)

    @classmethod
    def tearDownClass(cls):
        cls.node.__exit__(None, None, None)
        cls.directory.cleanup()

    def shell(self, *words, code=0):
        result = self.node.shell("-o", "json", *map(str, words))
        self.assertEqual(result[0], code, result)
        return json.loads(result[1]) if code == 0 else result[2]

    def predictions(self, model, rows):
        answer = self.node.post(f"/api/v1/models/{model}/predict",
                                {"rows": rows})["predictions"]
        return [[x] if isinstance(x, float) else list(
            x["probabilities"].values()) for x in answer]

    def assert_close(self, found, expected):
        self.assertEqual(len(found), len(expected))
        for a, b in zip(found, expected):
            for x, y in zip(a, b, strict=True):
                self.assertAlmostEqual(x, y, delta=2e-4 * max(1, abs(y)))

    def test_other_programs_compute_the_same(self):
        rows = rows_of(DIGITS, 25)
        for model in ("plain", "normed", "reduced", "numbers", "images"):
            expected = self.predictions(model, rows)
            for format in ("h5", "onnx"):
                with self.subTest(model=model, format=format):
                    path = self.here / f"{model}.{format}"
                    self.shell("models", "export", model, path)
                    self.assert_close(run_elsewhere(path, rows, self.here),
                                      expected)

    def test_models_come_back(self):
        rows = rows_of(DIGITS, 25)
        for model in ("plain", "normed", "reduced", "numbers", "images"):
            for format in ("safetensors", "h5"):
                with self.subTest(model=model, format=format):
                    path = self.here / f"{model}.{format}"
                    self.shell("models", "export", model, path)
                    record = self.shell("models", "import", path, "--name",
                                        "again/" + model)
                    self.assertEqual(record["name"], "again/" + model)
                    self.assert_close(
                        self.predictions("again%2F" + model, rows),
                        self.predictions(model, rows))
        one = self.shell("evaluate", "again/plain", "--data", DIGITS)
        two = self.shell("evaluate", "plain", "--data", DIGITS)
        self.assertEqual(one["metrics"], two["metrics"])

    def test_bad_files_are_refused_by_name(self):
        good = self.here / "good.h5"
        self.shell("models", "export", "plain", good)
        bytes = good.read_bytes()
        for name, content in (("cut.h5", bytes[:len(bytes) // 2]),
                              ("text.h5", b"epoch,loss\n"),
                              ("empty.safetensors", b""),
                              ("some.onnx", b"\x08\x07"),
                              ("digits.csv", DIGITS.read_bytes())):
            with self.subTest(name):
                path = self.here / name
                path.write_bytes(content)
                error = self.shell("models", "import", path, "--name", "bad",
                                   code=1)
                self.assertIn(name, error)
        self.shell("models", "import", self.here / "none.h5", "--name", "bad",
                   code=1)
        self.shell("models", "export", "plain", self.here / "x.pdf", code=2)
        self.shell("models", "bad", code=1)

    def test_a_node_publishes_only_what_can_answer(self):
        path = self.here / "one.safetensors"
        self.shell("models", "export", "plain", path)
        good = path.read_bytes()
        for content in (DIGITS.read_bytes(), good[:-4],
                        good[:-4] + b"\0\0\xc0\x7f"):  # NaN
            blob = self.node.put("data/bad", content)["sha256"]
            status, answer = self.node.api(
                "POST", "/api/v1/models/bad",
                {"blob": blob, "path": "bad.safetensors"})
            self.assertEqual(status, 422, answer)
            self.assertIn("bad.safetensors", str(answer))
        self.assertEqual(self.node.api("POST", "/api/v1/models/bad",
                                       {"blob": "0" * 64})[0], 404)
        self.assertEqual(self.node.api("GET", "/api/v1/models/bad")[0], 404)


if __name__ == "__main__":
    unittest.main()
