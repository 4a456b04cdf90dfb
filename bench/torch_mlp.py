#!/usr/bin/python3
"""Samples a second of PyTorch on a network of 784-128-10 with Adam, one thread.

usage: torch_mlp.py [BATCH [DROPOUT [IMAGES LABELS]]]      (defaults: 128 0)

On the IDX files if they are named, as a job of `lepton train` has them, else on
60000 made-up rows as train_engine.cpp. Best of three epochs after one to warm
up, by processor time and by the clock; prints a JSON line. Denormal numbers
are flushed to zero, as we do, although it is not PyTorch's default: without it
Adam's state can halve its speed. Needs Debian's python3-torch AND
libopenblas0-pthread: without the latter it falls back to the reference BLAS
and is thirteen times slower.
"""
import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import torch  # noqa: E402  (reads the environment when it is loaded)


def network(dropout):
    layers = [torch.nn.Linear(784, 128), torch.nn.ReLU()]
    if dropout > 0:
        layers.append(torch.nn.Dropout(dropout))
    return torch.nn.Sequential(*layers, torch.nn.Linear(128, 10))


def epoch(net, optimizer, x, y, batch):
    loss = torch.nn.CrossEntropyLoss()
    order = torch.randperm(len(x))
    for first in range(0, len(x), batch):
        rows = order[first:first + batch]
        optimizer.zero_grad()
        loss(net(x[rows]), y[rows]).backward()
        optimizer.step()


def made_up(rows):
    x = torch.rand(rows, 784)
    x = torch.clamp((x - 0.8) * 5, min=0)  # four fifths zeros, as MNIST
    return x, torch.randint(0, 10, (rows,))


def idx(path, header):
    with open(path, "rb") as file:
        return torch.frombuffer(bytearray(file.read()[header:]),
                                dtype=torch.uint8)


def read(images, labels):
    return idx(images, 16).reshape(-1, 784) / 255.0, idx(labels, 8).long()


def best_of(epochs, run, rows):
    """The most rows a second of (processor, clock)."""
    cpu = wall = 0
    for _ in range(epochs):
        begin = time.process_time(), time.perf_counter()
        run()
        cpu = max(cpu, rows / (time.process_time() - begin[0]))
        wall = max(wall, rows / (time.perf_counter() - begin[1]))
    return round(cpu), round(wall)


def main():
    batch = int(sys.argv[1]) if len(sys.argv) > 1 else 128
    dropout = float(sys.argv[2]) if len(sys.argv) > 2 else 0
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    x, y = read(*sys.argv[3:5]) if len(sys.argv) > 4 else made_up(60000)
    net = network(dropout)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    epoch(net, optimizer, x, y, batch)
    cpu, wall = best_of(3, lambda: epoch(net, optimizer, x, y, batch), len(x))
    print(json.dumps({"bench": "torch_mlp", "unit": "samples/s",
                      "figure": f"batch {batch}, dropout {dropout}, 1 thread",
                      "value": cpu, "by_the_clock": wall}))


if __name__ == "__main__":
    main()
