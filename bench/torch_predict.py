#!/usr/bin/python3
"""Prediction by PyTorch of a network of 784-128-10, one thread: microseconds of
one row (median), rows a second of 256 at once. Needs Debian's python3-torch AND
libopenblas0-pthread, see torch_mlp.py.
"""
import os
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import torch  # noqa: E402  (reads the environment when it is loaded)


def main():
    torch.set_num_threads(1)
    net = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(),
                              torch.nn.Linear(128, 10), torch.nn.Softmax(1))
    x = torch.clamp((torch.rand(256, 784) - 0.8) * 5, min=0)
    one = []
    with torch.inference_mode():
        for i in range(5000):
            row = x[i % 256:i % 256 + 1]
            begin = time.perf_counter()
            net(row)
            one.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        for _ in range(300):
            net(x)
        rate = 300 * 256 / (time.perf_counter() - begin)
    print(sorted(one)[len(one) // 2] * 1e6, rate)


if __name__ == "__main__":
    main()
