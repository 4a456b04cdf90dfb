"""Restarts, budgets and settings of the tree, seen from outside."""

import os
import signal
import tempfile
import time
import unittest

from node import Failure, Node, until

WORKERS = "alpha/compute/workers"


def find(tree, path):
    for child in tree["children"]:
        if child["path"] == path:
            return child
        if path.startswith(child["path"] + "/"):
            return find(child, path)
    raise AssertionError(f"no {path}")


class Restarts(unittest.TestCase):
    def test_are_shown_in_tree_ps_status_events_and_metrics(self):
        with Node() as node:
            before = node.workers()[WORKERS + "/worker-1"]
            os.kill(before, signal.SIGKILL)
            after = until("another process", lambda: (
                node.workers().get(WORKERS + "/worker-1", before) != before
                and node.workers()[WORKERS + "/worker-1"]))
            until("the node to be whole", node.ready)
            worker = find(node.get("/api/v1/tree"), WORKERS + "/worker-1")
            self.assertEqual((worker["pid"], worker["restarts"],
                              worker["incarnation"], worker["state"]),
                             (after, 1, 2, "running"))
            row = node.ps("alpha/compute/workers/worker-1")[0]
            self.assertIn("killed", row["last_exit"])
            self.assertEqual(node.get("/api/v1/status")["restarts"], 1)
            events = [x for x in node.get("/api/v1/events", since=0)["events"]
                      if x["path"] == WORKERS + "/worker-1"]
            self.assertEqual([x["kind"] for x in events],
                             ["child_started", "child_ended", "restarting",
                              "child_started"])
            self.assertEqual(events[1]["reason"], "killed")
            self.assertEqual(
                [events[1][x] for x in ("supervisor", "child", "restart",
                                        "carrier", "incarnation", "pid")],
                [WORKERS, "worker-1", "permanent", "process", 1, before])
            self.assertEqual((events[2]["reason"], events[2]["pid"]),
                             ("killed", before))
            self.assertEqual(events[3]["pid"], after)
            self.assertEqual(events[1]["restarts_left"], 20)
            metrics = node.raw("GET", "/metrics")[1].decode()
            self.assertRegex(metrics, r'lepton_supervision_events_total'
                             r'\{kind="child_ended"\} 1')

    def test_a_crash_keeps_its_text(self):
        for isolation in "process", "thread", "actor":
            with self.subTest(isolation=isolation), \
                    Node(**{"compute.isolation": isolation}) as node:
                node.chaos("crash", WORKERS + "/worker-1")
                until("its end", lambda: node.ps(WORKERS + "/worker-1")[0]
                      .get("last_exit"))
                self.assertIn("injected",
                              node.ps(WORKERS + "/worker-1")[0]["last_exit"])

    def test_the_same_handle_and_fresh_state(self):
        with Node() as node:
            ask = {"path": "alpha/examples/counter", "message": "add 5"}
            self.assertEqual(
                node.post("/api/v1/actors/ask", ask), {"reply": 5})
            self.assertEqual(
                node.post("/api/v1/actors/ask", ask), {"reply": 10})
            node.chaos("crash", "alpha/examples/counter")
            until("the restart", lambda: node.ps(
                "alpha/examples/counter")[0]["restarts"] == 1)
            until("it to run", node.ready)
            self.assertEqual(
                node.post("/api/v1/actors/ask", ask), {"reply": 5})


class Limits(unittest.TestCase):
    """What `[compute]` says of worker processes holds for each of them."""

    def test_memory_and_nice_are_those_of_the_configuration(self):
        with Node(**{"compute.memory": "256MiB", "compute.nice": "7",
                     "compute.cpu_time": "1h"}) as node:
            for pid in node.workers().values():
                limits = open(f"/proc/{pid}/limits").read()
                self.assertRegex(limits, r"Max data size +268435456 ")
                self.assertRegex(limits, r"Max cpu time +3600 ")
                self.assertEqual(os.getpriority(os.PRIO_PROCESS, pid), 7)

    def test_processor_time_ends_a_worker_and_says_why(self):
        with Node(**{"compute.cpu_time": "1s"}) as node:
            node.train({"hidden": [256, 256], "epochs": 100000,
                        "patience": 0})
            def ended():
                return [x for x in node.get("/api/v1/events", since=0)["events"]
                        if x["kind"] == "child_ended"]
            event = until("the end of a worker", ended)[0]
            self.assertIn("processor-time limit of 1 s", event["text"])

    def test_limits_need_a_process(self):
        with tempfile.TemporaryDirectory() as home:
            node = Node(home, **{"compute.isolation": "thread",
                                 "compute.memory": "1GiB"})
            with self.assertRaises(Failure) as why:
                node.start()
            self.assertIn("compute.memory", str(why.exception))

    def test_deadline_decides_when_a_worker_is_hung(self):
        with Node(**{"compute.deadline": "500ms"}) as node:
            self.assertEqual(
                node.get("/api/v1/children/spec",
                         path=WORKERS + "/worker-1")["spec"]["liveness"],
                "500ms")
            pid = node.workers()[WORKERS + "/worker-1"]
            os.kill(pid, signal.SIGSTOP)
            until("it to be found", lambda: [
                x for x in node.get("/api/v1/events", since=0)["events"]
                if x["kind"] == "child_hung" and x["pid"] == pid], 5)


class Looking(unittest.TestCase):
    def test_a_trace_shows_messages_while_somebody_looks(self):
        with Node() as node:
            path = "alpha/examples/counter"
            begin = node.get("/api/v1/trace", path=path)
            self.assertEqual((begin["messages"], begin["lost"]), ([], 0))
            node.post("/api/v1/actors/ask",
                      {"path": path, "message": "add 5"})
            seen = node.get("/api/v1/trace", path=path, since=begin["next"])
            first, second = seen["messages"]
            self.assertEqual(
                (first["message"], first["request"], first["outcome"]),
                ("add 5", True, "delivered"))
            self.assertEqual(
                (second["message"], second["answers"], second["outcome"]),
                ("5", first["id"], "answered"))
            self.assertGreaterEqual(second["latency_ms"], 0)
            self.assertEqual(node.raw("GET", "/api/v1/trace?path=alpha")[0],
                             409)
            self.assertEqual(node.raw("GET", "/api/v1/trace?path=nobody")[0],
                             404)

    def test_dead_letters_are_none_on_a_healthy_node(self):
        with Node() as node:
            self.assertEqual(node.get("/api/v1/dead-letters"),
                             {"dead_letters": [], "total": 0})


class Budgets(unittest.TestCase):
    def kill_worker(self, node):
        """Kills worker-1 once it runs; whether its supervisor was there."""
        def probe():
            pid = node.workers().get(WORKERS + "/worker-1")
            if not pid:
                return False
            try:
                os.kill(pid, signal.SIGKILL)
                return pid
            except ProcessLookupError:
                return False
        pid = until("worker-1", probe)
        until("its end", lambda: pid not in node.workers().values())

    def gave_up(self, node):
        return [x["path"] for x in node.get("/api/v1/events", since=0,
                                            limit=10000)["events"]
                if x["kind"] == "gave_up"]

    def test_more_deaths_than_allowed_restart_the_pool_above(self):
        settings = {"supervision.compute.workers.backoff": "1ms",
                    "supervision.compute.workers.backoff_max": "1ms",
                    "supervision.compute.workers.within": "10min",
                    "supervision.compute.workers.max_restarts": 20}
        with Node(**settings) as node:
            for _ in range(20):
                self.kill_worker(node)
            until("it to be whole", node.ready)
            self.assertEqual(self.gave_up(node), [])
            self.kill_worker(node)
            self.assertEqual(until("the end of the pool",
                                   lambda: self.gave_up(node)), [WORKERS])
            until("a new pool", lambda: node.ready()
                  and len(node.workers()) == 2)
            pool = find(node.get("/api/v1/tree"), WORKERS)
            self.assertEqual((pool["restarts"], pool["incarnation"]), (1, 2))

    def test_a_node_that_cannot_go_on_ends_with_1_and_leaves_nothing(self):
        settings = {"supervision.max_restarts": 0,
                    "supervision.compute.max_restarts": 0,
                    "supervision.compute.workers.max_restarts": 0}
        with Node(**settings) as node:
            os.kill(node.workers()[WORKERS + "/worker-1"], signal.SIGKILL)
            self.assertEqual(node.process.wait(60), 1)
            self.assertIn("gave up", node.last_words())
            node.again()
            self.assertTrue(until("it to serve again", node.ready))
            self.assertEqual(node.stop(), 0)

    def test_strategy_of_the_pool(self):
        settings = {"supervision.compute.workers.strategy": "one_for_all"}
        with Node(**settings) as node:
            before = node.workers()
            tree = node.get("/api/v1/tree", path=WORKERS)
            self.assertEqual(tree["strategy"], "one_for_all")
            os.kill(before[WORKERS + "/worker-2"], signal.SIGKILL)
            until("both to be new", lambda: len(node.workers()) == 2
                  and not set(node.workers().values()) & set(before.values()))


class Orders(unittest.TestCase):
    def child(self, node, verb, path):
        return node.api("POST", "/api/v1/children/" + verb, {"path": path})

    def test_stop_start_restart_and_what_is_not_allowed(self):
        path = WORKERS + "/worker-1"
        with Node() as node:
            status, answer = self.child(node, "stop", path)
            self.assertEqual((status, answer["state"]), (200, "stopped"))
            self.assertEqual(node.api("GET", "/readyz")[0], 200)  # one is left
            status, answer = self.child(node, "start", path)
            self.assertEqual((status, answer["state"]), (200, "running"))
            self.assertEqual(self.child(node, "start", path)[0], 409)
            status, answer = self.child(node, "restart", path)
            self.assertEqual((status, answer["state"]), (200, "running"))
            self.assertEqual(self.child(node, "delete", path)[0], 409)
            self.assertEqual(self.child(node, "stop", "alpha/no/such")[0], 404)
            self.assertEqual(self.child(node, "stop", "alpha")[0], 409)

    def test_a_node_is_ready_when_its_roles_can_work(self):
        router = "alpha/network/router"
        with Node() as node:
            self.child(node, "stop", "alpha/examples/echo")
            self.assertEqual(node.api("GET", "/readyz")[0], 200)
            self.child(node, "stop", router)
            status, answer = node.api("GET", "/readyz")
            self.assertEqual(status, 503)
            self.assertIn(router, answer["error"])
            self.child(node, "start", router)
            self.assertEqual(node.api("GET", "/readyz")[0], 200)
            for worker in node.workers():
                self.child(node, "stop", worker)
            self.assertEqual(node.api("GET", "/readyz")[0], 503)

    def test_a_suspended_actor_keeps_its_messages_for_later(self):
        path = "alpha/examples/counter"
        with Node() as node:
            self.child(node, "suspend", path)
            for _ in range(3):
                node.post("/api/v1/actors/send",
                          {"path": path, "message": "add 2"})
            status, answer = node.api("POST", "/api/v1/actors/ask",
                                      {"path": path, "message": "get",
                                       "timeout_ms": 50})
            self.assertEqual(status, 504, answer)
            self.child(node, "resume", path)
            self.assertEqual(
                node.post("/api/v1/actors/ask",
                          {"path": path, "message": "get"}), {"reply": 6})


class Replacing(unittest.TestCase):
    """Other specifications for what runs, as an operator gives them."""

    PATH = WORKERS + "/worker-1"

    def replace(self, node, path, **settings):
        return node.api("POST", "/api/v1/children/replace",
                        {"path": path, "set": settings})

    def spec(self, node, path):
        return node.get("/api/v1/children/spec", path=path)

    def test_a_child_runs_on_under_its_new_specification(self):
        with Node() as node:
            before = node.workers()
            status, answer = self.replace(node, self.PATH, shutdown="2s",
                                          restart="temporary")
            self.assertEqual(status, 200, answer)
            self.assertEqual(answer["spec"]["restart"], "temporary")
            self.assertEqual(answer["spec"]["grace"], "2s")
            self.assertEqual(answer["spec"]["backoff"], "50ms")  # as it was
            self.assertEqual(node.workers(), before)
            os.kill(before[self.PATH], signal.SIGKILL)
            until("it to be gone for good", lambda: [
                x["path"] for x in node.ps("compute/workers")
                if x["kind"] == "worker"] == [WORKERS + "/worker-2"])
            events = node.get("/api/v1/events", since=0)["events"]
            self.assertIn(("replaced", self.PATH,
                           "restart = temporary, grace = 2 s"),
                          [(x["kind"], x["path"], x["text"]) for x in events])

    def test_a_supervisor_keeps_its_change_over_its_restart(self):
        with Node() as node:
            before = node.workers()
            code, out, err = node.shell(
                "child", "replace", "compute/workers", "--set",
                "strategy=one_for_all", "--set", "max_restarts=33")
            self.assertEqual((code, out), (
                0, "alpha/compute/workers: running, incarnation 1\n"), err)
            self.assertEqual(node.workers(), before)
            node.chaos("kill", WORKERS)
            until("another pool", lambda: node.ready()
                  and node.ps(WORKERS)[0]["incarnation"] == 2)
            told = self.spec(node, WORKERS)["supervisor"]
            self.assertEqual((told["strategy"], told["max_restarts"],
                              told["within"]), ("one_for_all", 33, "10s"))
            code, out, err = node.shell("child", "spec", WORKERS)
            self.assertEqual(code, 0, err)
            self.assertRegex(out, r"max_restarts +33\n")
            self.assertRegex(out, r"restart +permanent\n")

    def test_what_cannot_be_is_refused_and_changes_nothing(self):
        refused = [
            (400, self.PATH, {"restart": "often"}, "permanent, transient"),
            (400, self.PATH, {"grace": "5"}, "duration"),
            (400, self.PATH, {"graze": "5s"}, "did you mean grace?"),
            (400, self.PATH, {}, "set: expected"),
            (400, WORKERS, {"restart": "transient", "within": "1s"},
             "one after the other"),
            (404, "alpha/no/such", {"grace": "1s"}, "no child"),
            (409, self.PATH, {"strategy": "one_for_all"}, "is a worker"),
            (409, WORKERS, {"template.grace": "1s"}, "dynamic"),
            (409, "alpha", {"grace": "1s"}, "root"),
            (422, self.PATH, {"backoff": "1min"}, "min <= max"),
            (422, self.PATH, {"significant": "true"}, "permanent"),
            (422, WORKERS, {"within": "0s"}, "within must be positive"),
        ]
        with Node() as node:
            before = self.spec(node, self.PATH), self.spec(node, WORKERS)
            for status, path, settings, words in refused:
                with self.subTest(path=path, settings=settings):
                    got, answer = self.replace(node, path, **settings)
                    self.assertEqual(got, status, answer)
                    self.assertIn(words, answer["error"])
            self.assertEqual(
                (self.spec(node, self.PATH), self.spec(node, WORKERS)), before)
            code, _, err = node.shell("child", "replace", self.PATH)
            self.assertEqual(code, 2)
            self.assertIn("--set KEY=VALUE", err)
            code, _, err = node.shell("child", "stop", self.PATH, "--set",
                                      "grace=1s")
            self.assertEqual(code, 2)
            self.assertIn("child replace", err)


if __name__ == "__main__":
    unittest.main()
