"""The same weights whoever computes them, and whatever is broken meanwhile."""

import os
import signal
import unittest

from node import DIGITS, Failure, Node, alive, listening_inodes, open_files, until

# Long enough to be hit in the middle, short enough to be repeated.
JOB = {"hidden": [64], "epochs": 120, "patience": 0, "seed": 7, "dropout": 0.1,
       "checkpoint_every": 500}


class Reference:
    record = None

    @classmethod
    def hash(cls):
        """Of the job when nothing disturbs it, computed once."""
        if not cls.record:
            with Node() as node:
                cls.record = node.finished(node.train(JOB))
            assert cls.record["restarts"] == 0
        return cls.record["weights_sha256"]


class SameBits(unittest.TestCase):
    def train(self, **settings):
        with Node(**settings) as node:
            return node.finished(node.train(JOB))["weights_sha256"]

    def test_with_every_isolation_and_number_of_workers(self):
        for isolation, workers in (("process", 1), ("process", 4),
                                   ("thread", 2), ("thread", 4), ("actor", 1),
                                   ("actor", 2), ("actor", 4)):
            with self.subTest(isolation=isolation, workers=workers):
                got = self.train(**{"compute.isolation": isolation,
                                    "compute.workers": workers})
                self.assertEqual(got, Reference.hash())


class FaultWhileTraining(unittest.TestCase):
    """One fault each, injected while the job's state is `running`."""

    def disturbed(self, break_it, least_restarts=1, from_step=300, **settings):
        with Node(**settings) as node:
            job = node.train(JOB)
            self.assertEqual(node.running(job, from_step)["state"], "running")
            break_it(node, job)
            record = node.finished(job)
            self.assertEqual(record["weights_sha256"], Reference.hash())
            self.assertGreaterEqual(record["restarts"], least_restarts)
            until("the node to be whole again", node.ready)
            return record

    def crash(self, path, fault="crash", **options):
        def break_it(node, job):
            status, answer = node.chaos(fault, path.format(job=job))
            self.assertEqual(status, 200, answer)
        return self.disturbed(break_it, **options)

    def test_exception_in_a_worker(self):
        for isolation in "process", "thread", "actor":
            with self.subTest(isolation=isolation):
                self.crash("alpha/compute/workers/worker-1",
                           **{"compute.isolation": isolation})

    def test_chaos_kill_of_a_worker(self):
        for isolation in "process", "thread", "actor":
            with self.subTest(isolation=isolation):
                self.crash("alpha/compute/workers/worker-2", "kill",
                           **{"compute.isolation": isolation})

    def test_kill_9_of_a_worker_process(self):
        def break_it(node, job):
            os.kill(node.workers()["alpha/compute/workers/worker-2"],
                    signal.SIGKILL)
        self.disturbed(break_it)

    def test_kill_9_of_the_only_worker(self):
        def break_it(node, job):
            os.kill(*node.workers().values(), signal.SIGKILL)
        self.disturbed(break_it, **{"compute.workers": 1})

    def test_kill_9_of_all_workers_several_times(self):
        def break_it(node, job):
            for _ in range(3):
                pids = until("two workers",
                             lambda: len(node.workers()) == 2
                             and node.workers())
                for pid in pids.values():
                    os.kill(pid, signal.SIGKILL)
                until("their ends to be seen",
                      lambda: not set(pids.values())
                      & set(node.workers().values()))
        self.disturbed(break_it, least_restarts=2)

    def test_crash_and_kill_of_the_trainer(self):
        for fault in "crash", "kill":
            with self.subTest(fault=fault):
                self.crash("alpha/controller/jobs/{job}/trainer", fault)

    def test_crash_of_the_trainer_after_the_last_steps_checkpoint(self):
        # Few rows to train on, and so many to judge that workers are still at
        # it when the checkpoint has been written: it is hit while it is judged.
        params = {"hidden": [4096, 4096], "epochs": 2, "patience": 0,
                  "batch": 64, "test_split": 0.987, "checkpoint_every": 6}
        header, rows = DIGITS.read_bytes().split(b"\n", 1)
        with Node() as node:
            node.put("data/many", header + b"\n" + 8 * rows)
            data = {"name": "data/many", "path": "many.csv"}
            whole = node.finished(node.train(params, data))
            self.assertEqual(whole["steps"], 6)
            job = node.train(params, data)
            until("the last checkpoint",
                  lambda: "checkpoint" in node.job(job))
            status, answer = node.chaos(
                "crash", f"alpha/controller/jobs/{job}/trainer")
            self.assertEqual(status, 200, answer)
            record = node.finished(job)
            self.assertEqual(record["restarts"], 1)
            for what in "weights_sha256", "history", "metrics":
                self.assertEqual(record[what], whole[what], what)

    def test_crash_and_kill_of_the_state(self):
        for fault in "crash", "kill":
            with self.subTest(fault=fault):
                self.crash("alpha/controller/state", fault)

    def test_crash_of_the_scheduler(self):
        self.crash("alpha/controller/scheduler", least_restarts=0)

    def test_crash_and_kill_of_the_supervisor_of_the_jobs(self):
        for fault in "crash", "kill":
            with self.subTest(fault=fault):
                self.crash("alpha/controller/jobs", fault, least_restarts=0)

    def test_kill_of_the_supervisor_of_one_job(self):
        self.crash("alpha/controller/jobs/{job}", "kill", least_restarts=0)

    def test_crash_and_kill_of_the_supervisor_of_the_workers(self):
        for fault, isolation in (("crash", "process"), ("kill", "process"),
                                 ("kill", "thread"), ("kill", "actor")):
            with self.subTest(fault=fault, isolation=isolation):
                self.crash("alpha/compute/workers", fault,
                           **{"compute.isolation": isolation})

    def test_kill_of_whole_roles(self):
        for role in "compute", "controller", "storage", "network":
            with self.subTest(role=role):
                self.crash("alpha/" + role, "kill", least_restarts=0)

    def test_faults_are_refused_without_chaos(self):
        with Node(**{"chaos.enabled": "false"}) as node:
            status, answer = node.chaos("crash", "alpha/compute")
            self.assertEqual(status, 403, answer)
            code, _, text = node.shell("chaos", "kill", "alpha/compute")
            self.assertEqual(code, 1, text)
            self.assertIn("chaos", text)


class DeathOfTheNode(unittest.TestCase):
    def test_kill_9_in_the_middle_and_start_at_once(self):
        with Node() as node:
            job = node.train(JOB)
            for part in 1, 2:
                node.running(job, 700 * part)
                workers = node.workers().values()
                node.kill()
                node.again()
                until("the old workers to end",
                      lambda: not any(map(alive, workers)))
            record = node.finished(job)
            self.assertEqual(record["weights_sha256"], Reference.hash())
            self.assertGreaterEqual(record["restarts"], 2)

    def test_a_job_that_is_acknowledged_is_never_lost(self):
        with Node() as node:
            data = node.digits()
            jobs = [node.train(JOB, data) for _ in range(3)]
            node.kill()
            node.again()
            for job in jobs:
                self.assertEqual(node.finished(job)["weights_sha256"],
                                 Reference.hash())

    def test_workers_inherit_no_socket_that_listens_and_no_lock(self):
        with Node(**{"compute.workers": 3}) as node:
            ours = set(open_files(node.process.pid).values())
            for path, pid in node.workers().items():
                files = open_files(pid)
                listening = listening_inodes(pid)
                for fd, target in files.items():
                    with self.subTest(worker=path, fd=fd, target=target):
                        self.assertFalse(target.startswith(str(node.home)))
                        if target.startswith("socket:["):
                            self.assertNotIn(target[8:-1], listening)
                        if fd > 2 and target != "anon_inode:[eventpoll]" \
                                and not target.startswith("anon_inode") \
                                and not target.startswith("/memfd:progress"):
                            self.assertNotIn(target, ours - {"/dev/null"})


class OrdersOnJobs(unittest.TestCase):
    def test_cancel_ends_a_running_job_and_frees_the_workers(self):
        with Node() as node:
            data = node.digits()
            job = node.train(dict(JOB, epochs=5000), data)
            waiting = [node.train(dict(JOB, epochs=5000), data)
                       for _ in range(4)]
            node.running(job)
            for each in [job] + waiting:
                self.assertEqual(
                    node.post(f"/api/v1/jobs/{each}/cancel")["state"],
                    "cancelled")
            status, answer = node.api("POST", f"/api/v1/jobs/{job}/cancel")
            self.assertEqual(status, 409, answer)
            after = node.finished(node.train(JOB, data))
            self.assertEqual(after["weights_sha256"], Reference.hash())
            node.finished(job, "cancelled")

    def test_verify_replays_to_the_same_bits_and_publishes_nothing(self):
        with Node() as node:
            job = node.train(JOB)
            self.assertEqual(
                node.api("POST", f"/api/v1/jobs/{job}/verify")[0], 409)
            node.finished(job)
            replay = node.post(f"/api/v1/jobs/{job}/verify")
            self.assertEqual(replay["of"], job)
            verdict = node.finished(replay["job"])["verify"]
            self.assertEqual(verdict, {"expected": Reference.hash(),
                                       "equal": True})
            self.assertEqual(node.get("/api/v1/models/digits")["version"], 1)
            self.assertEqual(
                node.api("POST", "/api/v1/jobs/j-999999/verify")[0], 404)

    def test_old_checkpoints_do_not_fill_the_disk(self):
        params = {"hidden": [1024, 1024], "epochs": 1, "patience": 0,
                  "checkpoint_every": 3}  # 15 of 18 MB each
        with Node() as node:
            job = node.train(params)
            node.finished(job)
            chunks = node.home / "data/store/chunks"

            def stored():
                try:
                    return sum(x.stat().st_size for x in chunks.rglob("*")
                               if x.is_file())
                except FileNotFoundError:  # it is being cleared just now
                    return 1 << 62

            until("old checkpoints to be removed", lambda: stored() < 120e6)

    def test_records_of_old_jobs_go_and_lists_are_short(self):
        with Node(**{"controller.keep_jobs": 2}) as node:
            data = node.digits()
            jobs = [node.train(dict(JOB, epochs=2), data) for _ in range(4)]
            for job in jobs:  # nobody waits for one that is gone
                node.api("GET", f"/api/v1/jobs/{job}?since={10 ** 12}"
                         "&wait_ms=20000")
            kept = until("the old ones to go", lambda: [
                x for x in [node.get("/api/v1/jobs")] if len(x) == 2])[0]
            for each in kept:
                self.assertEqual(each["state"], "succeeded")
                self.assertIn("accuracy", each["metrics"])
                for what in "history", "params", "data":
                    self.assertNotIn(what, each)
                self.assertNotIn("confusion", each["metrics"])
                self.assertEqual(len(node.job(each["id"])["history"]), 2)
            gone = ({*jobs} - {x["id"] for x in kept}).pop()
            self.assertEqual(node.api("GET", f"/api/v1/jobs/{gone}")[0], 404)
            self.assertEqual(node.get("/api/v1/models/digits")["version"], 4)

    def test_many_jobs_at_once_share_the_workers(self):
        with Node(**{"compute.workers": 3}) as node:
            data = node.digits()
            jobs = [node.train(JOB, data) for _ in range(5)]
            for job in jobs:
                self.assertEqual(node.finished(job)["weights_sha256"],
                                 Reference.hash())


if __name__ == "__main__":
    unittest.main()
