#!/usr/bin/python3
"""Prints the reference values of metrics/regression_test.cpp.

Needs Debian's python3-sklearn (1.2.1 gave the values in the test).
"""
import numpy as np
from sklearn import metrics as m

TRUTH = np.array([[3, -0.5], [2, 1], [7, 6], [-1, 2]])
PREDICTED = np.array([[2.5, 0], [0, 2], [8, 5], [-1, 1.5]])
for t, p in ((TRUTH, PREDICTED), (TRUTH[:, 0], PREDICTED[:, 0])):
    print(m.mean_absolute_error(t, p), m.mean_squared_error(t, p, squared=False),
          m.r2_score(t, p))

FLAGS = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 0], [1, 0, 0]])
SURE = np.array([[.9, .2, .4], [.1, .8, .6], [.7, .3, .2], [.2, .1, .1],
                 [.6, .7, .1]])
SAID = (SURE > .5).astype(int)
print(m.accuracy_score(FLAGS, SAID), m.hamming_loss(FLAGS, SAID),
      *(f(FLAGS, SAID, average="macro", zero_division=0) for f in
        (m.precision_score, m.recall_score, m.f1_score)))
