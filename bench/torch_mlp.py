#!/usr/bin/python3
"""Samples a second of PyTorch on the network of train_engine.cpp.

usage: torch_mlp.py [BATCH [DROPOUT]]      (defaults: 128 0)

One thread, processor time, best of three epochs of 60000 rows; prints a JSON
line. Needs Debian's python3-torch AND libopenblas0-pthread: without the latter
it falls back to the reference BLAS and is thirteen times slower.
"""
import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import torch  # noqa: E402  (reads the environment when it is loaded)

ROWS = 60000


def network(dropout):
    layers = [torch.nn.Linear(784, 128), torch.nn.ReLU()]
    if dropout > 0:
        layers.append(torch.nn.Dropout(dropout))
    return torch.nn.Sequential(*layers, torch.nn.Linear(128, 10))


def epoch(net, optimizer, x, y, batch):
    loss = torch.nn.CrossEntropyLoss()
    order = torch.randperm(ROWS)
    for first in range(0, ROWS, batch):
        rows = order[first:first + batch]
        optimizer.zero_grad()
        loss(net(x[rows]), y[rows]).backward()
        optimizer.step()


def main():
    batch = int(sys.argv[1]) if len(sys.argv) > 1 else 128
    dropout = float(sys.argv[2]) if len(sys.argv) > 2 else 0
    torch.set_num_threads(1)
    x = torch.rand(ROWS, 784)
    x = torch.clamp((x - 0.8) * 5, min=0)  # four fifths zeros, as MNIST
    y = torch.randint(0, 10, (ROWS,))
    net = network(dropout)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    best = 0
    for _ in range(3):
        begin = time.process_time()
        epoch(net, optimizer, x, y, batch)
        best = max(best, ROWS / (time.process_time() - begin))
    print(json.dumps({"bench": "torch_mlp", "unit": "samples/s",
                      "figure": f"batch {batch}, dropout {dropout}, 1 thread",
                      "value": round(best)}))


if __name__ == "__main__":
    main()
