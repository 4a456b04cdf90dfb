#!/usr/bin/python3
"""Prints the reference values of preparation_test.cpp.

Needs Debian's python3-sklearn and python3-scipy (1.2.1 and 1.10.1 gave the
values in the test).
"""
import pathlib

import numpy as np
from scipy import ndimage
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

DATA = pathlib.Path(__file__).resolve().parents[3] / "models/data"


def rows(name, columns, first, last):
    """Feature columns of some rows of a shipped file, as float32."""
    table = np.genfromtxt(DATA / name, delimiter=",", skip_header=1,
                          usecols=range(columns), dtype=np.float32)
    return table[first:last].astype(np.float64)


def show(name, values):
    print(name, ", ".join(f"{x:.9g}" for x in np.ravel(values)))


cancer = rows("breast_cancer.csv", 30, 0, 569)
train = cancer[:400]
for scaler in (StandardScaler(), MinMaxScaler(), RobustScaler()):
    scaler.fit(train)
    show(type(scaler).__name__, scaler.transform(cancer[500:501])[0, :6])

scaled = StandardScaler().fit(train)
pca = PCA(5, svd_solver="full").fit(scaled.transform(train))
flip = np.sign(pca.components_[range(5), np.abs(pca.components_).argmax(1)])
show("pca variance", pca.explained_variance_)
show("pca kept", [pca.explained_variance_ratio_.sum()])
show("pca row 500",
     pca.transform(scaled.transform(cancer[500:501]))[0] * flip)


def image(row):
    return rows("digits.csv", 64, row, row + 1).reshape(8, 8)


def deskewed(x):
    y, c = np.mgrid[:8, :8]
    mass = x.sum()
    cy, cx = (x * y).sum() / mass, (x * c).sum() / mass
    slant = ((x * (y - cy) * (c - cx)).sum() / (x * (y - cy) ** 2).sum())
    return ndimage.affine_transform(x, [[1, 0], [slant, 1]],
                                    offset=[0, -slant * cy], order=1,
                                    mode="grid-constant")


def centred(x):
    cy, cx = ndimage.center_of_mass(x)
    return ndimage.shift(x, (round(3.5 - cy), round(3.5 - cx)), order=0)


for row in (1, 1000):
    show(f"deskewed {row}", deskewed(image(row))[2:4])
moved = np.roll(image(1), (2, -2), (0, 1))
show("centred", centred(moved)[2:4])
