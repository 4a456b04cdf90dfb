#!/usr/bin/python3
"""The benchmark `models`: the models and their data next to what people use.

usage: models.py [--quick] [--rounds N] [--only GROUP]...   (see scripts/bench)
"""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import harness
from harness import middle, say

PANDAS = """
import sys, time
import pandas
begin = time.perf_counter()
table = pandas.read_csv(sys.argv[1], engine="c")
print(time.perf_counter() - begin, len(table))
"""


def seconds_of(words, rows=None):
    """What a reader prints: seconds and rows. None if it is not there."""
    run = subprocess.run([*map(str, words)], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True)
    if run.returncode != 0:
        return None, rows
    seconds, count = run.stdout.split()
    if rows not in (None, count):
        raise RuntimeError(f"{count} rows read instead of {rows}")
    return float(seconds), count


def csv(report, options):
    """A file of numbers, read into memory: pandas makes columns of doubles and
    words, we rows of floats, classes, and the report of what was there."""
    program = harness.BUILD / "bench/bench_csv_read"
    ours, theirs = [], []
    with tempfile.TemporaryDirectory(prefix="lepton-bench-") as directory:
        path = Path(directory) / "numbers.csv"
        subprocess.run([program, "write", path, str(options.csv_mb)],
                       check=True)
        size = path.stat().st_size / 1e6
        rows = None
        for _ in range(options.rounds):
            seconds, rows = seconds_of([program, "read", path], rows)
            ours.append(size / seconds)
            seconds, _ = seconds_of(["/usr/bin/python3", "-c", PANDAS, path],
                                    rows)
            theirs.append(seconds and size / seconds)
    report.add("csv_read", "MB/s", middle(ours), "pandas, C engine",
               middle(theirs), ">= 3")


GROUPS = {"csv": csv}


def parse():
    parser = argparse.ArgumentParser(
        description="The benchmark `models`; see scripts/bench.")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--only", action="append", choices=GROUPS)
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 5)
    options.csv_mb = 10 if options.quick else 200
    return options


def main():
    options = parse()
    report = harness.Report("models")
    for name, run in GROUPS.items():
        if not options.only or name in options.only:
            say(f"models: {name} ...")
            run(report, options)
    report.table()


if __name__ == "__main__":
    sys.exit(main())
