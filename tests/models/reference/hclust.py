#!/usr/bin/python3
"""Prints the reference values of the tests of hierarchical clustering.

Needs Debian's python3-scipy (1.10.1 gave the values in the tests).
"""
import csv
from pathlib import Path

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.metrics import adjusted_rand_score

ROOT = Path(__file__).resolve().parents[3]
X = np.array([[0, 0], [1, 0], [0, 2.5], [5, 5], [6, 5.25], [5, 7], [9, 0],
              [8, 1.125], [9, 2], [7, 0.5]])

for metric in ("euclidean", "cityblock"):
    for method in ("single", "complete", "average", "ward"):
        if method == "ward" and metric != "euclidean":
            continue
        print(metric, method)
        for a, b, height, rows in linkage(X, method, metric):
            print("    {%d, %d, %s, %d}," % (a, b, repr(float(height)), rows))

rows = list(csv.reader(open(ROOT / "models/data/breast_cancer.csv")))[1:]
data = np.array([r[:30] for r in rows], dtype=np.float32).astype(np.float64)
labels = [r[30] for r in rows]
for method in ("single", "complete", "average", "ward"):
    tree = linkage(data, method)
    cut = fcluster(tree, 4, "maxclust")
    print(method, "heights", repr(tree[:, 2].sum()), repr(tree[-1, 2]), "ari",
          repr(adjusted_rand_score(labels, cut)), "sizes",
          sorted(np.bincount(cut)[1:].tolist()))
