#!/usr/bin/python3
"""Prints the reference values of the test of the kind `pca`.

Needs Debian's python3-sklearn (1.2.1 gave the values in tests/e2e).
"""
import csv
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA

ROOT = Path(__file__).resolve().parents[3]
rows = list(csv.reader(open(ROOT / "models/data/digits.csv")))[1:]
fitted = PCA(0.9).fit(np.array([r[:64] for r in rows], dtype=np.float64))
print(fitted.n_components_, fitted.explained_variance_ratio_.sum())
