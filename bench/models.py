#!/usr/bin/python3
"""The benchmark `models`: the models and their data next to what people use.

usage: models.py [--quick] [--rounds N] [--only GROUP]...   (see scripts/bench)
"""
import json
import os
import random
import subprocess
import sys
import tempfile
from array import array
from pathlib import Path

import harness
from harness import middle

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


KMEANS = """
import sys, time, warnings
import numpy
from sklearn.cluster import KMeans
x = numpy.fromfile(sys.argv[1], dtype=numpy.float32).reshape(-1, 32)
k = int(sys.argv[2])
warnings.simplefilter("ignore")
begin = time.perf_counter()
model = KMeans(k, n_init=1, random_state=0, algorithm="lloyd").fit(x)
whole = time.perf_counter() - begin
def run(rounds):
    begin = time.perf_counter()
    done = KMeans(k, n_init=1, init=x[:k].copy(), max_iter=rounds, tol=0,
                  algorithm="lloyd").fit(x).n_iter_
    return time.perf_counter() - begin, done
few, many = run(2), run(22)
print(whole * 1e3, model.n_iter_, model.inertia_,
      (many[0] - few[0]) / (many[1] - few[1]) * 1e3)
"""


def numbers(words, environment=None):
    """The numbers that a program prints; none if it is not there."""
    run = subprocess.run([*map(str, words)], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True,
                         env={**os.environ, **(environment or {})})
    return [float(x) for x in run.stdout.split()] if run.returncode == 0 else []


def clouds(path, rows, columns):
    """Overlapping clouds of points, the same each time."""
    draw = random.Random(1)
    centres = [[draw.gauss(0, 0.7) for _ in range(columns)] for _ in range(64)]
    with open(path, "wb") as out:
        for _ in range(rows):
            centre = centres[draw.randrange(64)]
            array("f", [draw.gauss(c, 1) for c in centre]).tofile(out)


def kmeans(report, options):
    """100,000 x 32 floats, one thread: a round of Lloyd, and a whole fit."""
    program = harness.BUILD / "bench/bench_models"
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory(prefix="lepton-bench-") as directory:
        path = Path(directory) / "clouds.f32"
        clouds(path, 2000 if options.quick else 100000, 32)
        for k in (16, 64):
            ours, theirs = [], []
            for _ in range(options.rounds):
                ours.append(numbers([program, "kmeans", path, 32, k,
                                     "hamerly", 1]))
                theirs.append(numbers(["/usr/bin/python3", "-c", KMEANS, path,
                                       k], alone))
            theirs = [x for x in theirs if x]
            for figure, column, goal in ((f"kmeans_round_{k}", 3, "<= 0.4"),
                                         (f"kmeans_fit_{k}", 0, "<= 0.3")):
                report.add(figure, "ms", middle(x[column] for x in ours),
                           "scikit-learn", middle(x[column] for x in theirs),
                           goal)


def torch_speed(batch):
    run = subprocess.run(
        ["/usr/bin/python3", harness.ROOT / "bench/torch_mlp.py", str(batch),
         "0.5"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return json.loads(run.stdout)["by_the_clock"] if run.returncode == 0 \
        else None


def mlp(report, options):
    """784-128(ReLU, dropout 0.5)-10 with Adam: training by one and two threads,
    prediction of one row and of 256, next to PyTorch with one thread."""
    program = harness.BUILD / "bench/bench_models"
    goals = {32: ">= 5", 256: ">= 2"}
    found = {}
    for _ in range(options.rounds):
        for batch in goals:
            for threads in (1, 2):
                found.setdefault((batch, threads), []).extend(
                    numbers([program, "mlp", "train", batch, options.mlp_rows,
                             threads]))
            found.setdefault((batch, "torch"), []).append(torch_speed(batch))
        found.setdefault("predict", []).append(
            numbers([program, "mlp", "predict"]))
        found.setdefault("torch", []).append(numbers(
            ["/usr/bin/python3", harness.ROOT / "bench/torch_predict.py"]))
    for batch, goal in goals.items():
        one = middle(found[batch, 1])
        report.add(f"mlp_train_{batch}", "samples/s", one, "PyTorch, 1 thread",
                   middle(found[batch, "torch"]), goal)
        report.add(f"mlp_train_{batch}_two_threads", "samples/s",
                   middle(found[batch, 2]), "one thread", one,
                   ">= 1.8" if batch == 256 else None)
    for k, (name, unit, goal) in enumerate((
            ("mlp_predict_row", "us, p50", "<= 0.28"),
            ("mlp_predict_256", "rows/s", ">= 1.2"))):
        report.add(name, unit, middle(x[k] for x in found["predict"] if x),
                   "PyTorch, 1 thread",
                   middle(x[k] if x else None for x in found["torch"]), goal)


HCLUST = """
import sys, time
import numpy, fastcluster
x = numpy.fromfile(sys.argv[1], dtype=numpy.float32).reshape(-1, 32)
x = x.astype(numpy.float64)
begin = time.perf_counter()
tree = fastcluster.linkage(x, sys.argv[2])
print((time.perf_counter() - begin) * 1e3, tree[-1, 2])
"""


def hclust(report, options):
    """5,000 x 32 floats, one thread: distances and tree."""
    program = harness.BUILD / "bench/bench_models"
    with tempfile.TemporaryDirectory(prefix="lepton-bench-") as directory:
        path = Path(directory) / "clouds.f32"
        clouds(path, 500 if options.quick else 5000, 32)
        for method in ("average", "ward"):
            ours, theirs = [], []
            for _ in range(options.rounds):
                ours.append(numbers([program, "hclust", path, 32, method, 1]))
                theirs.append(numbers(["/usr/bin/python3", "-c", HCLUST, path,
                                       method]))
            theirs = [x for x in theirs if x]
            report.add(f"hclust_{method}", "ms", middle(x[0] for x in ours),
                       "fastcluster", middle(x[0] for x in theirs), "<= 0.35")


GROUPS = {"csv": csv, "mlp": mlp, "kmeans": kmeans, "hclust": hclust}


def main():
    options = harness.options_of("models", GROUPS)
    options.mlp_rows = 6000 if options.quick else 60000
    options.csv_mb = 10 if options.quick else 200
    harness.drive("models", GROUPS, options)


if __name__ == "__main__":
    sys.exit(main())
