#!/usr/bin/python3
"""Prints the reference values of the tests of clusterings and their measures.

Needs Debian's python3-sklearn (1.2.1 gave the values in the tests).
"""
import csv
import sys
from pathlib import Path

import numpy as np
from sklearn import metrics as m
from sklearn.cluster import KMeans

ROOT = Path(__file__).resolve().parents[3]
A = [0, 0, 0, 1, 1, 1, 2, 2, 2, 2]
B = [5, 5, 1, 1, 1, 1, 7, 7, 5, 7]
X = np.array([[0, 0], [1, 0], [0, 2], [5, 5], [6, 5], [5, 7], [9, 0],
              [8, 1], [9, 2], [7, 0]], dtype=np.float32)

print("ari", repr(m.adjusted_rand_score(A, B)))
print("nmi", repr(m.normalized_mutual_info_score(A, B)))
print("silhouette", repr(m.silhouette_score(X.astype(float), A)))
print("silhouette, one alone",
      repr(m.silhouette_score(X.astype(float), [0, 0, 0, 1, 1, 1, 2, 2, 2, 3])))

for name, columns, k in (("digits", 64, 10), ("breast_cancer", 30, 2)):
    rows = list(csv.reader(open(ROOT / f"models/data/{name}.csv")))[1:]
    data = np.array([r[:columns] for r in rows], dtype=np.float64)
    labels = [r[columns] for r in rows]
    best = KMeans(k, n_init=50, random_state=0, tol=0).fit(data)
    print(name, "inertia", repr(best.inertia_), "ari",
          repr(m.adjusted_rand_score(labels, best.labels_)), "silhouette",
          repr(m.silhouette_score(data, best.labels_)))
