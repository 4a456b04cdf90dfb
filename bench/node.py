#!/usr/bin/python3
"""The benchmark `node`: one leptond, its jobs, its messages, its idleness.

usage: node.py [--quick] [--rounds N] [--only GROUP]...

GROUP is messages, train, workers or idle; without it all. `scripts/bench node`
builds and installs what this needs. JSON lines on standard output.
"""
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import harness
import mnist_shaped
import supervision
from harness import Node, middle


# -- messages and crashes -----------------------------------------------------

def messages(report, options):
    """The short part of the benchmark `supervision`, under the old names."""
    with tempfile.TemporaryDirectory(prefix="lepton-bench-") as directory:
        options.erlang = supervision.compile_erlang(Path(directory))
        found = {**supervision.measure("messages", options),
                 **supervision.measure("crashes", options)}
    ours = {x: middle(found[x, "ours"]) for x, side in found if side == "ours"}
    bare = {x: middle(found[x, "bare"]) for x, side in found if side == "bare"}
    for name, figure in (("handle_message", "message_ping_pong"),
                         ("handle_message_one_way", "message_send")):
        report.add(name, "ns/message", 1e9 / ours[figure], supervision.RAW,
                   1e9 / bare[figure], "<= 1.02")
    for name, goal in (("crash_to_answer", "<= 0.60"),
                       ("crash_to_answer_p99", "<= 0.80")):
        report.add(name, "us", ours[name], supervision.OTP,
                   middle(found.get((name, "otp"), [])), goal)
    report.add("crash_to_answer_bare", "us, p50", ours["crash_to_answer"],
               supervision.BARE, bare["crash_to_answer"], "<= 1.11")


# -- training -----------------------------------------------------------------

def start_job(node, data, batch, epochs):
    return node.shell(
        "train", "mlp", "--data", data[0], "--labels", data[1], "--hidden",
        128, "--batch", batch, "--optimizer", "adam", "--epochs", epochs,
        "--patience", 0, "--test-split", 0, "--classes", 10)["job"]


def progress(node, job, pids):
    """The record just after it changed, so that its step is that of now, with
    the clock and the processor time used so far."""
    path = f"/api/v1/jobs/{job}?wait_ms=20000&since="
    x = node.get(path + str(node.get(path + "0")["revision"]))
    return x, time.perf_counter(), harness.cpu_seconds(pids)


def follow(node, job, pids):
    """Looks now and then, which takes time from the workers, until the end.
    Returns the first look after an epoch, the last before the end, the
    record."""
    looks = []
    while True:
        look = progress(node, job, pids)
        if look[0]["state"] not in ("queued", "running"):
            return looks[0], looks[-1], look[0]
        if look[0]["epoch"] >= 1:
            looks.append(look)
            time.sleep(0.4)


def train(node, data, rows, batch, epochs):
    """Samples a second of a job, by the clock and by processor time of leptond
    and its workers together. What is timed: the steps between two looks at
    the record, the first after an epoch, the last before the end; so neither
    the upload nor reading and scaling the data nor the last evaluation, but
    all that goes on between steps, checkpoints among it."""
    pids = node.pids()
    job = start_job(node, data, batch, epochs)
    first, last, record = follow(node, job, pids)
    if record["state"] != "succeeded" or first is last:
        raise RuntimeError(f"the job {record['state']}: {record.get('error')}")
    if record["metrics"]["accuracy"] < 0.9:
        raise RuntimeError(f"nothing was learnt: {record['metrics']}")
    samples = (last[0]["step"] - first[0]["step"]) / record["steps"] \
        * rows * epochs
    return (samples / (last[1] - first[1]),
            samples / max(last[2] - first[2], 0.01))


def torch(data, batch):
    """The same by PyTorch, one thread; nothing if it is not installed."""
    run = subprocess.run(
        ["/usr/bin/python3", harness.ROOT / "bench/torch_mlp.py", str(batch),
         "0", *map(str, data)], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True)
    if run.returncode != 0:
        return None, None
    x = json.loads(run.stdout)
    return x["by_the_clock"], x["value"]


def train_job(report, options):
    ours, theirs = [], []
    for _ in range(options.rounds):
        with Node(1) as node:
            ours.append(train(node, options.data, options.rows, 128,
                              options.epochs))
        theirs.append(torch(options.data, 128))
    for k, name in enumerate(("train_job", "train_job_processor")):
        unit = "samples/s" if k == 0 else "samples/CPU s"
        report.add(name, unit, middle(x[k] for x in ours),
                   "PyTorch, 1 thread", middle(x[k] for x in theirs), ">= 1.5")


def two_workers(report, options):
    speeds = {1: [], 2: []}
    for _ in range(options.rounds):
        for workers, all_of in speeds.items():
            with Node(workers) as node:
                all_of.append(train(node, options.data, options.rows, 256,
                                    options.epochs)[0])
    report.add("train_two_workers", "samples/s", middle(speeds[2]),
               "one worker", middle(speeds[1]), ">= 1.6")


# -- idleness -----------------------------------------------------------------

def idle(report, options):
    starts = []
    for _ in range(options.rounds):
        with Node(2) as node:
            starts.append(node.start_ms)
    with Node(2) as node:
        pids = node.pids()
        time.sleep(1)  # what was just done comes to its end
        before, begin = harness.cpu_seconds(pids), time.perf_counter()
        time.sleep(options.idle_s)
        used = harness.cpu_seconds(pids) - before
        share = used / (time.perf_counter() - begin) * 100
        own, *workers = [harness.resident_mib(x) for x in pids]
    report.add("idle_memory_leptond", "MiB", own, goal="< 60")
    report.add("idle_memory_worker", "MiB", max(workers), goal="< 30")
    report.add("idle_cpu", "% of a core", share, goal="< 1")
    report.add("start_to_ready", "ms", middle(starts))


GROUPS = {"messages": messages, "train": train_job, "workers": two_workers,
          "idle": idle}


def main():
    options = harness.options_of("node", GROUPS)
    options.rows = 4000 if options.quick else 20000
    options.epochs = 100 if options.quick else 60
    options.idle_s = 2 if options.quick else 12
    with tempfile.TemporaryDirectory(prefix="lepton-bench-") as directory:
        options.data = mnist_shaped.write(Path(directory), options.rows)
        harness.drive("node", GROUPS, options)


if __name__ == "__main__":
    sys.exit(main())
