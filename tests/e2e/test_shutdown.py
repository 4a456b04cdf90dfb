"""SIGTERM: what is asked to end, ends in time and in order."""

import http.client
import signal
import socket
import threading
import time
import unittest

from node import Node, alive, until
from test_training import JOB, Reference


class AskedToEnd(unittest.TestCase):
    def end(self, node, number=signal.SIGTERM, within=10):
        """Exit status; with the time that it took checked."""
        workers = node.workers().values()
        begin = time.monotonic()
        node.process.send_signal(number)
        status = node.process.wait(within * 3)
        self.assertLess(time.monotonic() - begin, within)
        until("the workers to end", lambda: not any(map(alive, workers)))
        return status

    def test_while_idle(self):
        for number in signal.SIGTERM, signal.SIGINT:
            with Node() as node:
                self.assertEqual(self.end(node, number), 0)

    def test_with_connections_open_and_polls_that_wait(self):
        with Node() as node:
            since = node.get("/api/v1/events")["next"]
            answers = []

            def poll(path):
                try:
                    answers.append(node.raw("GET", path, timeout=60)[0])
                except (OSError, http.client.HTTPException):
                    answers.append(None)

            job = node.train(dict(JOB, epochs=5000))
            far = 10 ** 12
            polls = [
                threading.Thread(target=poll, args=(path,)) for path in (
                    f"/api/v1/events?since={since + 10 ** 6}&wait_ms=60000",
                    f"/api/v1/jobs/{job}?since={far}&wait_ms=60000")]
            for each in polls:
                each.start()
            idle = socket.create_connection(("127.0.0.1", node.port))
            half = socket.create_connection(("127.0.0.1", node.port))
            half.sendall(b"PUT /api/v1/store?name=x HTTP/1.1\r\nHost: x\r\n"
                         b"Content-Length: 1000\r\n\r\nabc")
            node.running(job)
            self.assertEqual(self.end(node), 0)
            for each in polls:
                each.join()
            self.assertEqual(len(answers), 2)
            idle.close()
            half.close()

    def test_while_training_and_the_job_goes_on_to_the_same_bits(self):
        for isolation in "process", "thread", "actor":
            with self.subTest(isolation=isolation), \
                    Node(**{"compute.isolation": isolation}) as node:
                data = node.digits()
                jobs = [node.train(JOB, data), node.train(JOB, data)]
                node.running(jobs[0], 500)
                self.assertEqual(self.end(node), 0)
                node.again()
                for job in jobs:
                    record = node.finished(job)
                    self.assertEqual(record["weights_sha256"],
                                     Reference.hash())
                    self.assertEqual(record["restarts"], 0)

    def test_while_training_and_no_step_is_repeated(self):
        # Without a checkpoint on leaving there would be none at all.
        params = dict(JOB, epochs=400, checkpoint_every=10 ** 9)
        with Node() as node:
            job = node.train(params)
            reached = node.running(job, 2000)["step"]
            self.assertEqual(self.end(node), 0)
            node.again()
            record = node.running(job)
            self.assertGreaterEqual(record["checkpoint"]["step"], reached)
            self.assertGreaterEqual(record["step"], reached)
            curve = [x["epoch"] for x in node.finished(job)["history"]]
            self.assertEqual(curve, list(range(1, 401)))

    def test_while_a_worker_hangs(self):
        with Node(**{"node.shutdown_within": "20s"}) as node:
            path = "alpha/compute/workers/worker-1"
            self.assertEqual(node.chaos("hang", path)[0], 200)
            self.assertEqual(self.end(node, within=20), 0)

    def test_a_second_signal_ends_it_at_once(self):
        with Node(**{"node.shutdown_within": "60s"}) as node:
            for worker in 1, 2:
                node.chaos("hang", f"alpha/compute/workers/worker-{worker}")
            workers = node.workers().values()
            node.process.terminate()
            until("it to begin", lambda: "stopping" in node.last_words())
            begin = time.monotonic()
            node.process.terminate()
            node.process.wait(60)
            self.assertLess(time.monotonic() - begin, 3)
            until("the workers to end", lambda: not any(map(alive, workers)))

    def test_it_starts_again_at_once_on_the_same_port(self):
        with Node() as node:
            for _ in range(5):
                self.assertEqual(self.end(node), 0)
                node.again()
                self.assertTrue(node.ready())


if __name__ == "__main__":
    unittest.main()
