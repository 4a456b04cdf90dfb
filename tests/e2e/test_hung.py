"""Workers that hang: found by their supervisor, and their job goes on."""

import os
import signal
import unittest

from node import Node, until

WORKER = "alpha/compute/workers/worker-1"
JOB = {"epochs": 1000, "hidden": [64], "patience": 0}


def hung(node):
    return [x for x in node.get("/api/v1/events", since=0,
                                limit=10000)["events"]
            if x["kind"] == "child_hung" and x["path"] == WORKER]


class Hung(unittest.TestCase):
    def replaced(self, node, incarnation=2):
        return until("the next worker", lambda: (
            node.ps(WORKER)[0]["incarnation"] >= incarnation
            and node.ps(WORKER)[0]["state"] == "running"))

    def test_a_worker_is_found_and_its_job_goes_on(self):
        for isolation in "process", "thread", "actor":
            with self.subTest(isolation=isolation), \
                    Node(**{"compute.isolation": isolation}) as node:
                job = node.train(JOB, data=node.digits())
                node.running(job)
                node.chaos("hang", WORKER)
                until("the verdict", lambda: hung(node))
                self.replaced(node)
                row = node.ps(WORKER)[0]
                self.assertIn("hung" if isolation == "process" else "lost",
                              row["last_exit"] + " lost" * row.get("lost", 0))
                node.finished(job)
                if isolation != "process":
                    self.assertEqual(row["lost"], 1)
                    node.kill()  # a thread that hangs cannot be ended

    def test_a_stopped_process_is_killed_and_its_job_goes_on(self):
        with Node() as node:
            job = node.train(JOB, data=node.digits())
            node.running(job)
            pid = node.workers()[WORKER]
            os.kill(pid, signal.SIGSTOP)
            until("the verdict", lambda: hung(node))
            self.replaced(node)
            self.assertNotEqual(node.workers()[WORKER], pid)
            node.finished(job)

    def test_workers_in_long_work_are_not_taken_for_hung(self):
        with Node() as node:
            job = node.train(dict(JOB, epochs=2000), data=node.digits())
            node.finished(job)
            self.assertEqual(hung(node), [])
