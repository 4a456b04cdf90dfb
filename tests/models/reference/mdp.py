#!/usr/bin/python3
"""Prints the reference values of tests/models/rl/mdp_test.cpp: the best values
of a random process, by policy iteration with exact solutions.

Needs Debian's python3-numpy.
"""
import numpy as np

S, A, N = 30, 3, 4


def noise(i):
    """The same numbers as in the test: a linear congruential sequence."""
    x = (i * 1103515245 + 12345) % 2147483648
    x = (x * 1103515245 + 12345) % 2147483648
    return x / 2147483648


P = np.zeros((S, A, S))
R = np.zeros((S, A))
i = 0
for s in range(S):
    for a in range(A):
        weights = []
        for n in range(N):
            weights.append((int(noise(i) * S), 0.1 + noise(i + 1), noise(i + 2)))
            i += 3
        total = sum(w for _, w, _ in weights)
        for t, w, r in weights:
            P[s, a, t] += w / total
            R[s, a] += w / total * r
policy = np.zeros(S, dtype=int)
while True:
    rows = np.arange(S)
    v = np.linalg.solve(np.eye(S) - 0.95 * P[rows, policy], R[rows, policy])
    q = R + 0.95 * P @ v
    better = q.argmax(axis=1)
    if (better == policy).all():
        break
    policy = better
print("values", [repr(x) for x in v[[0, 7, 29]]], "sum", repr(v.sum()))
print("policy", policy.tolist())
