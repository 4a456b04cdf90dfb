"""Whatever is wrong gets a clear answer, and nothing else is disturbed."""

import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time
import unittest

from node import DIGITS, LEPTON, LEPTOND, PATIENCE, Node, until


def leptond(*words, timeout=PATIENCE):
    done = subprocess.run([LEPTOND, *map(str, words)], capture_output=True,
                          text=True, timeout=timeout)
    return done.returncode, done.stdout, done.stderr


class Configuration(unittest.TestCase):
    def refusal(self, text, *settings, status=2):
        with tempfile.TemporaryDirectory() as home:
            path = pathlib.Path(home, "node.toml")
            path.write_text(text)
            words = ["--config", path]
            for each in settings:
                words += ["--set", each]
            code, out, err = leptond(*words)
            self.assertEqual(code, status, err)
            self.assertEqual(out, "")
            return err.replace(str(path), "node.toml")

    def test_syntax(self):
        err = self.refusal('[node]\nname = "alpha\n')
        self.assertRegex(err, r"^node\.toml:2:\d+: ")

    def test_unknown_key_with_the_nearest_known_one(self):
        err = self.refusal('[compute]\nworker = 2\n')
        self.assertRegex(err, r"^node\.toml:2:1: compute\.worker: ")
        self.assertIn("workers", err)

    def test_wrong_type(self):
        err = self.refusal('[compute]\nworkers = "two"\n')
        self.assertRegex(err, r"^node\.toml:2:\d+: compute\.workers: expected")
        self.assertIn('"two"', err)

    def test_out_of_range(self):
        err = self.refusal('[compute]\nworkers = 0\n')
        self.assertRegex(err, r"^node\.toml:2:\d+: compute\.workers: ")
        self.assertIn("1024", err)

    def test_a_setting_on_the_command_line(self):
        err = self.refusal("", "compute.workers=none")
        self.assertIn("compute.workers", err)
        err = self.refusal("", "nonsense")
        self.assertIn("nonsense", err)

    def test_a_file_that_is_not_there_and_unknown_flags(self):
        self.assertEqual(leptond("--config", "/no/such.toml")[0], 2)
        self.assertEqual(leptond("--no-such-flag")[0], 2)
        self.assertEqual(leptond("--config", "/")[0], 2)

    def test_settings_that_make_no_sense_together_are_warned_of(self):
        with Node() as node:  # not those of the sample
            self.assertNotIn("warning", node.last_words())
        with Node(**{"supervision.compute.workers.within": "1s"}) as node:
            self.assertIn("warning supervision: alpha/compute/workers",
                          node.last_words())

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken, \
                tempfile.TemporaryDirectory() as home:
            port = taken.getsockname()[1]
            err = self.refusal("", f"api.listen=127.0.0.1:{port}",
                               f"node.data_dir={home}/data", status=3)
            self.assertIn(str(port), err)

    def test_data_directory_in_use_of_another_node_or_not_writable(self):
        with Node() as node:
            words = ("api.listen=127.0.0.1:0",
                     f"node.data_dir={node.home}/data")
            self.assertIn("data", self.refusal("", *words, status=3))
            self.assertEqual(node.stop(), 0)
            err = self.refusal("", *words, "node.name=beta", status=3)
            self.assertIn("alpha", err)
            place = node.home / "file"
            place.write_text("")
            err = self.refusal("", "api.listen=127.0.0.1:0",
                               f"node.data_dir={place}", status=3)
            self.assertIn(str(place), err)
            err = self.refusal("", "api.listen=127.0.0.1:0",
                               "node.data_dir=/proc/lepton", status=3)
            self.assertIn("/proc/lepton", err)
            node.again()
            self.assertTrue(node.ready())


class TrainingData(unittest.TestCase):
    """A bad file is refused by its path, line and column; no job is left."""

    @classmethod
    def setUpClass(cls):
        cls.node = Node().start()

    @classmethod
    def tearDownClass(cls):
        cls.node.__exit__(None)

    def refusal(self, content, *options, status=1, watch=True):
        node = self.node
        path = node.home / "data.csv"
        if content is None:
            path = node.home / "missing.csv"
        else:
            path.write_bytes(content.encode() if isinstance(content, str)
                             else content)
        words = ["train", "mlp", "--data", path, *options]
        code, out, err = node.shell(*words, *(["--watch"] if watch else []))
        self.assertEqual(code, status, err)
        self.assertEqual(node.get("/api/v1/jobs"), [])
        self.assertTrue(err.strip(), "no message")
        return err.replace(str(path), "data.csv")

    good = "a,b,label\n" + "".join(
        f"{i},{i % 7},{'xy'[i % 2]}\n" for i in range(40))

    def test_missing_file(self):
        self.refusal(None)

    def test_ragged_row(self):
        for watch in True, False:
            self.assertRegex(
                self.refusal(self.good + "1,2\n", watch=watch),
                r"data\.csv:42: .*column")

    def test_text_in_a_number_column(self):
        self.assertRegex(self.refusal(self.good + "abc,2,x\n"),
                         r"data\.csv:42: column 1 .*abc")

    def test_missing_value(self):
        self.assertRegex(self.refusal(self.good + "1,,x\n"),
                         r"data\.csv:42: column 2")

    def test_one_class_only(self):
        self.refusal("a,b,label\n1,2,x\n3,4,x\n5,6,x\n")

    def test_no_rows(self):
        self.assertIn("data.csv", self.refusal("a,b,label\n"))
        self.assertIn("data.csv", self.refusal(""))

    def test_no_such_label(self):
        self.assertIn("colour",
                      self.refusal(self.good, "--label", "colour"))

    def test_not_a_number_and_bytes_that_are_no_text(self):
        for bad in (b"inf,2,x\n", b"1e999,2,x\n", b"0x10,2,x\n",
                    b"1\0,2,x\n", b"\xff\xfe,2,x\n"):
            self.assertRegex(self.refusal(self.good.encode() + bad),
                             r"data\.csv:42")

    def test_a_job_that_needs_more_memory_than_there_is(self):
        # 200 million parameters and their checkpoint: 12 GB; a batch: 13 GB.
        if os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGESIZE") > 25e9:
            self.skipTest("this machine has enough")
        many = "a,b,label\n" + "1,2,x\n3,4,y\n" * 35000
        for watch in True, False:
            self.assertRegex(
                self.refusal(many, "--hidden", "8192,8192,8192,8192",
                             "--batch", "65536", watch=watch),
                r"the job needs about \d+\.\d GiB of memory, "
                r"\d+(\.\d)? .iB are available: ")

    def test_parameters_out_of_range_are_usage_errors(self):
        for words in (("--lr", "-1"), ("--epochs", "0"), ("--epochs", "x"),
                      ("--dropout", "1"), ("--hidden", "0"),
                      ("--activation", "cosine"), ("--no-such-flag", "1")):
            with self.subTest(words=words):
                self.refusal(self.good, *words, status=2)

    def test_a_bad_job_over_http(self):
        good = {"kind": "mlp", "data": self.node.digits(), "params": {}}
        for status, change in (
                (400, {"kind": "nope"}), (400, {"kind": 5}), (400, {"x": 1}),
                (400, {"name": 7}), (400, {"name": "a b\n"}),
                (400, {"params": 5}), (400, {"params": {"lr": "fast"}}),
                (400, {"params": {"epochs": 1e30}}),
                (400, {"params": {"hidden": [1] * 100_000}}),
                (400, {"params": {"momentum": 1}}),
                (400, {"data": None}), (400, {"data": "x"}),
                (400, {"data": {}}), (400, {"data": {"blob": 1}}),
                (404, {"data": {"name": "no/such"}}),
                (404, {"data": {"blob": "0" * 64}}),
                (400, {"data": dict(good["data"], options={"label": 1})}),
                (400, {"data": dict(good["data"],
                                    options={"missing": "guess"})}),
                (400, {"data": dict(good["data"],
                                    options={"max_line": -1})}),
                (422, {"data": dict(good["data"],
                                    options={"label": "nope"})})):
            with self.subTest(change=str(change)[:80]):
                got, answer = self.node.api("POST", "/api/v1/jobs",
                                            dict(good, **change))
                self.assertEqual(got, status, answer)
                self.assertTrue(answer["error"])
                self.assertEqual(self.node.get("/api/v1/jobs"), [])


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = Node().start()

    @classmethod
    def tearDownClass(cls):
        cls.node.__exit__(None)

    def tearDown(self):
        self.assertTrue(self.node.ready(), "something else was disturbed")
        self.assertEqual(self.node.get("/api/v1/status")["restarts"], 0)

    def refused(self, status, method, path, body=None):
        got, answer = self.node.api(method, path, body)
        self.assertEqual(got, status, f"{method} {path} {answer}")
        self.assertTrue(answer["error"])
        return answer["error"]

    def test_a_message_that_the_actor_does_not_understand(self):
        for message in ("subtract 5", "add", "add five", "add 1 2", "add 1.5",
                        "add 9223372036854775808", '"add" 5', "[", '{"a":',
                        "add " + "[" * 100_000, " "):
            with self.subTest(message=message[:40]):
                text = self.refused(
                    422, "POST", "/api/v1/actors/ask",
                    {"path": "alpha/examples/counter", "message": message})
                self.assertIn("add(integer)", text)
        code, _, err = self.node.shell("ask", "alpha/examples/counter", "what")
        self.assertEqual(code, 1)
        self.assertIn("add(integer)", err)
        self.refused(422, "POST", "/api/v1/actors/send",
                     {"path": "alpha/examples/counter", "message": "what"})
        self.refused(422, "POST", "/api/v1/actors/ask",
                     {"path": "alpha/controller/state", "message": "what"})
        self.refused(422, "POST", "/api/v1/actors/ask",
                     {"path": "alpha", "message": "what"})

    def test_the_total_of_the_counter_does_not_overflow(self):
        ask = {"path": "alpha/examples/counter",
               "message": "add 9223372036854775807"}
        self.node.post("/api/v1/actors/ask", ask)
        self.refused(422, "POST", "/api/v1/actors/ask", ask)

    def test_values_come_back_as_they_went(self):
        for message, reply in (("5", 5), ("hello", "hello"), ('"a b"', "a b"),
                               ("-5", -5), ("1.5", 1.5), ("[1,[2]]", [1, [2]]),
                               ('{"a": null}', {"a": None}), ("true", True),
                               ("[" + ",".join(["[1]"] * 100) + "]",
                                [[1]] * 100),
                               ('"' + "[" * 100 + '"', "[" * 100)):
            with self.subTest(message=message[:40]):
                answer = self.node.post(
                    "/api/v1/actors/ask",
                    {"path": "examples/echo", "message": message})
                self.assertEqual(answer, {"reply": reply})

    def test_unknown_paths(self):
        for path in "nowhere", "alpha/nowhere", "alpha/examples/echo/x", "/x":
            with self.subTest(path=path):
                for route in "ask", "send":
                    self.refused(404, "POST", "/api/v1/actors/" + route,
                                 {"path": path, "message": "get"})
                self.refused(404, "POST", "/api/v1/chaos/kill", {"path": path})
                self.refused(404, "POST", "/api/v1/children/stop",
                             {"path": path})
        self.refused(404, "GET", "/api/v1/tree?path=alpha/nowhere")
        self.refused(404, "GET", "/api/v1/jobs/j-1")
        self.refused(404, "GET", "/api/v1/models/none")
        self.refused(404, "GET", "/api/v1/store?name=none")
        self.refused(404, "GET", "/nowhere")
        code, _, err = self.node.shell("describe", "alpha/nowhere")
        self.assertEqual(code, 1, err)

    def test_bodies_that_are_no_json_or_of_the_wrong_shape(self):
        for route in ("actors/ask", "actors/send", "jobs", "chaos/kill",
                      "children/stop", "models/m/predict",
                      "models/m/evaluate"):
            for body in (b"", b"{", b"[]", b"null", b"5", b'"x"', b"\xff\xfe",
                         b'{"path": 5}', b"[" * 100_000,
                         b'{"a":' * 100_000):
                with self.subTest(route=route, body=body[:20]):
                    if route.startswith("models") and body == b'{"path": 5}':
                        continue  # the model is not there, which is said first
                    self.refused(400, "POST", "/api/v1/" + route, body)
        good = {"path": "alpha/examples/counter", "message": "get"}
        for change in ({"timeout_ms": "soon"}, {"timeout_ms": 0},
                       {"timeout_ms": -1}, {"timeout_ms": 1e300},
                       {"timeout_ms": 1.5}, {"timeout_ms": None},
                       {"timeout_ms": 2 ** 63}, {"message": 5},
                       {"message": ""}, {"path": None}):
            with self.subTest(change=change):
                self.refused(400, "POST", "/api/v1/actors/ask",
                             dict(good, **change))
        self.refused(400, "POST", "/v2/models/m/infer", b"{")
        self.refused(400, "POST", "/v2/models/m/infer", b"5")

    def test_queries_that_are_wrong(self):
        for path in ("events?limit=0", "events?limit=x", "events?since=-1",
                     "events?wait_ms=99999999", "events?x=1", "store",
                     "store/stat", "store?name=", "store?name=../etc/passwd",
                     "store?name=a%00b", "jobs/x?since=y"):
            with self.subTest(path=path):
                got, answer = self.node.api("GET", "/api/v1/" + path)
                self.assertIn(got, (400, 404), answer)
                if "jobs" not in path:
                    self.assertEqual(got, 400, answer)

    def test_methods_that_do_not_fit(self):
        self.refused(405, "POST", "/api/v1/tree", {})
        self.refused(405, "DELETE", "/healthz")

    def test_a_body_that_is_too_large(self):
        status, text = self.node.raw("POST", "/api/v1/actors/ask",
                                     b"x" * (2 << 20))
        self.assertEqual(status, 413, text)

    def test_an_object_that_is_too_large(self):
        with Node(**{"storage.max_object": "1MiB"}) as node:
            status, text = node.raw("PUT", "/api/v1/store?name=big",
                                    b"x" * (2 << 20))
            self.assertEqual(status, 413, text)
            path = node.home / "big"
            path.write_bytes(b"x" * (2 << 20))
            code, _, err = node.shell("put", "big", path)
            self.assertEqual(code, 1, err)
            self.assertEqual(node.get("/api/v1/store/list"), [])

    def test_garbage_on_the_port(self):
        for garbage in b"\0" * 1000, b"GET\r\n\r\n", b"\x16\x03\x01" * 50, \
                b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n":
            with socket.create_connection(
                    ("127.0.0.1", self.node.port)) as link:
                link.sendall(garbage)
                link.shutdown(socket.SHUT_WR)
                link.settimeout(PATIENCE)
                try:
                    answer = link.recv(4096)
                except ConnectionResetError:
                    answer = b""
                self.assertTrue(answer == b"" or answer.startswith(
                    b"HTTP/1.1 400"), answer)


class Unreachable(unittest.TestCase):
    def test_no_node_there_is_exit_3(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            silent.close()
            begin = time.monotonic()
            done = subprocess.run(
                [LEPTON, "--api",
                 f"http://127.0.0.1:{silent.getsockname()[1]}"
                 if silent.fileno() != -1 else "http://127.0.0.1:1",
                 "status"], capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertLess(time.monotonic() - begin, 20)
        for words in ("--no-such-flag", "status"), ("nosuchcommand",), \
                ("ask",), ("-o", "xml", "status"):
            done = subprocess.run([LEPTON, *words], capture_output=True,
                                  text=True, stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, 2, (words, done.stderr))


if __name__ == "__main__":
    unittest.main()
