#!/usr/bin/python3
"""Prints the reference values of classification_test.cpp.

Needs Debian's python3-sklearn (1.2.1 gave the values in the test).
"""
import numpy as np
from sklearn import metrics as m

TRUTH = [0, 0, 0, 0, 1, 1, 1, 2, 2, 4]
PREDICTED = [0, 0, 1, 3, 1, 1, 0, 2, 0, 0]  # 3 never true, 4 never predicted
PROBABILITIES = np.array([
    [0.5, 0.2, 0.1, 0.1, 0.1],
    [0.9, 0.025, 0.025, 0.025, 0.025],
    [0.25, 0.5, 0.125, 0.0625, 0.0625],
    [0.125, 0.125, 0.125, 0.5, 0.125],
    [0.0, 1.0, 0.0, 0.0, 0.0],
    [0.1, 0.6, 0.1, 0.1, 0.1],
    [0.7, 0.3, 0.0, 0.0, 0.0],
    [0.2, 0.2, 0.4, 0.1, 0.1],
    [1.0, 0.0, 0.0, 0.0, 0.0],
    [0.6, 0.1, 0.1, 0.1, 0.1],
], dtype=np.float32)

print("accuracy", repr(m.accuracy_score(TRUTH, PREDICTED)))
print("balanced", repr(m.balanced_accuracy_score(TRUTH, PREDICTED)))
print("confusion", m.confusion_matrix(TRUTH, PREDICTED, labels=range(5)).tolist())
for average in ("macro", "micro", "weighted", None):
    values = m.precision_recall_fscore_support(
        TRUTH, PREDICTED, average=average, zero_division=0)
    print(average, [v.tolist() if hasattr(v, "tolist") else v for v in values[:3]])
print("log_loss", repr(m.log_loss(TRUTH, PROBABILITIES, labels=range(5))))
