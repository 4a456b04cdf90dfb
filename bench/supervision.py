#!/usr/bin/python3
"""The benchmark `supervision`: what supervision costs, next to Erlang/OTP's and
next to the least CAF code that monitors and starts again (bare CAF).

usage: supervision.py [--quick] [--rounds N] [--only GROUP]...

GROUP is messages, requests, crashes, restarts, trees, dynamic, memory, idle or
processes. The sides take turns, a process each; medians of the rounds count.
`scripts/bench supervision` builds and installs what this needs. JSON lines on
standard output.
"""
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from functools import partial
from pathlib import Path

import harness
from harness import middle

PROGRAM = harness.BUILD / "bench/bench_supervision"
OTP = "Erlang/OTP 25 supervisor"
BARE = "bare CAF monitor-and-respawn loop"
RAW = "raw CAF actor"

# Group to (runs of the C++ program, which sides there are).
RUNS = {
    "messages": (["messages"], ["ours"]),  # prints both sides itself
    "requests": (["requests"], ["ours", "bare", "otp"]),
    "crashes": (["crashes"], ["ours", "bare", "otp"]),
    "restarts": (["restarts"], ["ours", "bare", "otp"]),
    "trees": (["trees"], ["ours", "bare", "otp"]),
    "dynamic": (["dynamic"], ["ours", "bare", "otp"]),
    "memory": (["memory", "memory_dynamic"], ["ours", "bare", "otp"]),
    "idle": (["idle"], ["ours"]),
    "processes": (["processes"], ["ours"]),
}

# Figure, unit, goal next to OTP, goal next to bare CAF. At least 0.9 of its
# speed is at most 1/0.9 of its time.
SLOWER = "<= 1.11"
FIGURES = {
    "messages": [
        ("message_send", "messages/s", None, ">= 0.98"),
        ("message_ping_pong", "messages/s", None, ">= 0.98"),
        ("message_request", "requests/s", None, ">= 0.98")],
    "requests": [
        ("request", "us, p50", "<= 0.75", SLOWER),
        ("request_p99", "us, p99", "<= 0.80", None)],
    "crashes": [
        ("crash_to_answer", "us, p50", "<= 0.60", SLOWER),
        ("crash_to_answer_p99", "us, p99", "<= 0.80", None),
        ("kill_to_answer", "us, p50", "<= 0.55", SLOWER),
        ("kill_to_answer_p99", "us, p99", "<= 0.80", None),
        ("crash_among_10k", "us, p50", "<= 0.06", SLOWER),
        ("kill_among_10k", "us, p50", "<= 0.06", SLOWER)],
    "restarts": [
        ("restarts_serial", "restarts/s", ">= 22", ">= 0.9"),
        ("restarts_burst_10k", "restarts/s", ">= 40", ">= 0.9"),
        ("one_for_all_1k", "ms, p50", "<= 0.80", SLOWER),
        ("one_for_all_10k", "ms, p50", "<= 0.60", SLOWER)],
    "trees": [
        ("start_100k", "ms", "<= 0.25", SLOWER),
        ("stop_100k", "ms", "<= 0.75", SLOWER),
        ("start_100x1000", "ms", "<= 0.40", SLOWER),
        ("stop_100x1000", "ms", "<= 1.05", SLOWER)],
    "dynamic": [
        ("start_child", "starts/s", ">= 1.8", ">= 0.9"),
        ("stop_dynamic_100k", "ms", "<= 0.40", SLOWER)],
    "memory": [
        ("memory_per_child", "bytes", "<= 0.30", None),
        ("memory_per_dynamic_child", "bytes", "<= 0.52", None)],
    "idle": [("idle_100k", "% of a core", "<= 0.1", None)],
    "processes": [
        ("process_restart", "ms, p50", "<= 15", None),
        ("process_restarts_memory", "MiB", "<= 1", None),
        ("process_restarts_descriptors", "", "<= 0", None)],
}


def compile_erlang(directory):
    """Where the compiled module is; nothing if there is no Erlang."""
    if not shutil.which("erlc") or not shutil.which("erl"):
        return None
    source = harness.ROOT / "bench/erlang/supervision.erl"
    done = subprocess.run(["erlc", "-o", directory, source])
    return directory if done.returncode == 0 else None


def command(side, run, options):
    if side != "otp":
        return [PROGRAM, run, side] + ["--quick"] * options.quick
    return ["erl", "-noshell", "+S", "2", "-pa", options.erlang, "-s",
            "supervision", "main", run, "quick" if options.quick else "full"]


def measure(group, options):
    """Figure and side to what was measured in each round."""
    found = defaultdict(list)
    runs, sides = RUNS[group]
    sides = [x for x in sides if x != "otp" or options.erlang]
    rounds = min(options.rounds, 1) if group in ("idle", "processes") \
        else options.rounds
    for i in range(rounds):
        turn = i % len(sides)
        for side in sides[turn:] + sides[:turn]:
            for run in runs:
                text = subprocess.run(
                    command(side, run, options), stdout=subprocess.PIPE,
                    text=True, check=True, timeout=600).stdout
                for line in text.splitlines():
                    figure, who, value = line.split()
                    found[figure, who].append(float(value))
    return found


def add(report, group, found):
    for figure, unit, otp_goal, bare_goal in FIGURES[group]:
        ours = middle(found[figure, "ours"])
        if group in ("idle", "processes"):
            report.add(figure, unit, ours, goal=otp_goal)
            continue
        bare = RAW if group in ("messages", "requests") else BARE
        if otp_goal:
            report.add(figure, unit, ours, OTP, middle(found[figure, "otp"]),
                       otp_goal)
        if bare_goal:
            name = figure + "_bare" if otp_goal else figure
            report.add(name, unit, ours, bare, middle(found[figure, "bare"]),
                       bare_goal)


def measure_and_add(group, report, options):
    add(report, group, measure(group, options))


def main():
    options = harness.options_of("supervision", RUNS)
    groups = {x: partial(measure_and_add, x) for x in RUNS}
    with tempfile.TemporaryDirectory(prefix="lepton-bench-") as directory:
        options.erlang = compile_erlang(Path(directory))
        harness.drive("supervision", groups, options)


if __name__ == "__main__":
    sys.exit(main())
