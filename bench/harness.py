"""What the drivers of the benchmarks share: figures, processes, leptond.

Only Python's own library. Figures go to standard output, a JSON object a line
(the format is a contract: docs/performance.md); what people read goes to
standard error.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("LEPTON_BUILD", ROOT / "build/release"))
TICK = os.sysconf("SC_CLK_TCK")
KEYS = ("bench", "figure", "unit", "value", "reference", "reference_value",
        "ratio", "goal", "met")


def say(text):
    print(text, file=sys.stderr, flush=True)


def rounded(x):
    return None if x is None else float(f"{x:.4g}")


def holds(goal, ratio, value, reference):
    """Whether a goal such as ">= 1.5" is met; None if nothing can tell."""
    if goal is None or (reference is not None and ratio is None):
        return None
    sign, limit = goal.split()
    x = value if reference is None else ratio
    return {">=": x >= float(limit), "<=": x <= float(limit),
            "<": x < float(limit)}[sign]


class Report:
    """Prints figures as they come, and at the end a table."""

    def __init__(self, bench):
        self.bench = bench
        self.lines = []

    def add(self, figure, unit, value, reference=None, reference_value=None,
            goal=None):
        """`goal` is about the ratio if there is a reference, else about the
        value. A reference that could not be measured has no value."""
        ratio = value / reference_value if reference_value else None
        met = holds(goal, ratio, value, reference)
        found = reference if reference_value else None
        self.lines.append(dict(zip(KEYS, (
            self.bench, figure, unit, rounded(value), found,
            rounded(reference_value), rounded(ratio), goal, met))))
        print(json.dumps(self.lines[-1]), flush=True)
        if reference and not reference_value:
            say(f"{figure}: no reference, {reference} is not installed")

    def table(self):
        say(f"\n{'figure':26}{'value':>12} {'unit':20}{'reference':>12} "
            f"{'ratio':>7}  goal")
        for x in self.lines:
            verdict = {True: "met", False: "MISSED", None: ""}[x["met"]]
            show = ["-" if x[k] is None else f"{x[k]:g}"
                    for k in ("value", "reference_value", "ratio")]
            say(f"{x['figure']:26}{show[0]:>12} {x['unit']:20}{show[1]:>12} "
                f"{show[2]:>7}  {x['goal'] or '':8} {verdict}")
            if x["reference"]:
                say(f"{'':26}next to {x['reference']}")


# -- processes ----------------------------------------------------------------

def resident_mib(pid):
    """Resident memory, MiB, as `ps` shows it: libraries count for each."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def cpu_seconds(pids):
    """User and system time of all threads of these processes."""
    ticks = 0
    for pid in pids:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(stat[11]) + int(stat[12])
    return ticks / TICK


class Node:
    """A leptond of one's own: any free port, a data directory in /tmp."""

    def __init__(self, workers):
        self.dir = tempfile.TemporaryDirectory(prefix="lepton-bench-")
        begin = time.perf_counter()
        self.process = subprocess.Popen(
            [BUILD / "apps/leptond/leptond", "--config",
             ROOT / "config/single.toml", "--set", "api.listen=127.0.0.1:0",
             "--set", f"node.data_dir={self.dir.name}/node",
             "--set", f"compute.workers={workers}", "--set",
             "compute.isolation=process", "--set", "log.level=error"],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.start_ms = (time.perf_counter() - begin) * 1e3
        if not line.startswith("ready:"):
            raise RuntimeError(f"leptond did not start: {line!r}")
        self.url = line.split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.dir.cleanup()

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return json.load(answer)

    def shell(self, *words):
        """A command of `lepton`; its JSON."""
        done = subprocess.run(
            [BUILD / "apps/lepton/lepton", "--api", self.url, "-o", "json",
             *map(str, words)], stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)

    def workers(self):
        """The pids of the worker processes."""
        return [x["pid"] for x in self.get("/api/v1/ps?path=compute/workers")
                if x.get("pid") and "worker-" in x["path"]]

    def pids(self):
        return [self.process.pid, *self.workers()]


def middle(values):
    """The median; None if there are none."""
    values = [x for x in values if x is not None]
    return median(values) if values else None


def options_of(bench, groups):
    """What the driver of a benchmark was called with."""
    parser = argparse.ArgumentParser(
        description=f"The benchmark `{bench}`; see scripts/bench.")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--only", action="append", choices=groups)
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 5)
    return options


def drive(bench, groups, options):
    """Runs the groups that are wanted, `group(report, options)` each."""
    report = Report(bench)
    for name, group in groups.items():
        if not options.only or name in options.only:
            say(f"{bench}: {name} ...")
            group(report, options)
    report.table()
