#!/usr/bin/python3
"""Prints the reference values of tests/models/metrics/measures_test.cpp.

Needs Debian's python3-sklearn (1.2.1 gave the values in the test).
"""
import numpy as np
from sklearn import metrics as m
from sklearn.calibration import calibration_curve

Y = [0, 1, 1, 0, 1, 0, 0, 1, 1, 0]
P = np.array([0.125, 0.875, 0.5, 0.5, 0.25, 0.0, 0.375, 1.0, 0.75, 0.5])
T = [0, 1, 2, 2, 1, 0]
Q = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.125, 0.375, 0.5],
              [0.5, 0.25, 0.25], [0.25, 0.25, 0.5], [0.25, 0.5, 0.25]])

print("auc", repr(m.roc_auc_score(Y, P)))
print("auc of three", repr(m.roc_auc_score(T, Q, multi_class="ovr")))
print("brier", repr(m.brier_score_loss(Y, P)))
print("brier of three", repr(float(((Q - np.eye(3)[T]) ** 2).sum(1).mean())))
observed, predicted = calibration_curve(Y, P, n_bins=4)
print("calibration", predicted.tolist(), observed.tolist())
