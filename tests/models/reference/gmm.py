#!/usr/bin/python3
"""Prints the reference values of the tests of Gaussian mixtures.

Needs Debian's python3-sklearn (1.2.1 gave the values in the tests).
"""
import csv
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

ROOT = Path(__file__).resolve().parents[3]
rows = list(csv.reader(open(ROOT / "models/data/breast_cancer.csv")))[1:]
data = np.array([r[:4] for r in rows], dtype=np.float32).astype(np.float64)
labels = [r[30] for r in rows]
for form in ("full", "diag"):
    best = GaussianMixture(2, covariance_type=form, tol=1e-9, max_iter=5000,
                           n_init=5, random_state=0).fit(data)
    order = np.argsort(best.means_[:, 0])
    print(form, "score", repr(best.score(data)), "bic", repr(best.bic(data)),
          "ari", repr(adjusted_rand_score(labels, best.predict(data))),
          "weights", best.weights_[order].tolist())
    print("  means", best.means_[order].tolist())
    variances = best.covariances_[order]
    if form == "full":
        variances = [np.diag(v).tolist() for v in variances]
    print("  variances", np.array(variances).tolist())
    print("  first row", best.predict_proba(data[:1])[0][order].tolist())
