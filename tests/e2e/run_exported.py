#!/usr/bin/python3
"""Runs an exported network with NumPy alone: run_exported.py MODEL ROWS.json
prints its outputs as JSON. MODEL is an .h5 file of Keras (python3-h5py) or an
.onnx file (python3-onnx). Exit 77 if the package is not installed."""
import json
import math
import sys

try:
    import numpy as np
    import h5py
    import onnx
    from onnx import numpy_helper
except ImportError:
    sys.exit(77)

ERF = np.vectorize(math.erf)


def activated(word, x):
    if word == "softmax":
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    return {"linear": lambda: x, "relu": lambda: np.maximum(x, 0),
            "leaky_relu": lambda: np.where(x > 0, x, 0.01 * x),
            "tanh": lambda: np.tanh(x), "sigmoid": lambda: 1 / (1 + np.exp(-x)),
            "gelu": lambda: x / 2 * (1 + ERF(x / math.sqrt(2)))}[word]()


def convolved(x, kernel, bias):
    """Images [n, h, w, c]; kernel [h, w, in, out], zeros outside."""
    k = kernel.shape[0] // 2
    padded = np.pad(x, ((0, 0), (k, k), (k, k), (0, 0)))
    h, w = x.shape[1:3]
    out = np.zeros((*x.shape[:3], kernel.shape[3])) + bias
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            out += padded[:, i:i + h, j:j + w] @ kernel[i, j]
    return out


def pooled(x, size, how):
    h, w = x.shape[1] // size, x.shape[2] // size
    parts = x[:, :h * size, :w * size].reshape(x.shape[0], h, size, w, size, -1)
    return how(parts, axis=(2, 4))


def keras(path, x):
    with h5py.File(path, "r") as file:
        config = json.loads(file.attrs["model_config"])
        assert config["class_name"] == "Sequential"
        root = file["model_weights"]
        listed = [x.decode() for x in root.attrs["layer_names"]]
        for layer in config["config"]["layers"]:
            what, own = layer["class_name"], layer["config"]
            if what == "InputLayer":
                assert own["batch_input_shape"] == [None, x.shape[1]]
                continue
            assert listed.pop(0) == own["name"]
            group = root[own["name"]]
            w = {n.decode().split("/")[-1]: group[n.decode()][()]
                 for n in group.attrs["weight_names"]}
            if what == "Dense":
                x = activated(own["activation"], x @ w["kernel:0"] + w["bias:0"])
            elif what == "BatchNormalization":
                x = (x - w["moving_mean:0"]) / np.sqrt(w["moving_variance:0"]
                                                       + own["epsilon"])
            elif what == "Reshape":
                x = x.reshape(-1, *own["target_shape"])
            elif what == "Conv2D":
                assert own["padding"] == "same"
                x = activated(own["activation"],
                              convolved(x, w["kernel:0"], w["bias:0"]))
            elif what in ("MaxPooling2D", "AveragePooling2D"):
                x = pooled(x, own["pool_size"][0],
                           np.max if what.startswith("Max") else np.mean)
            elif what == "Flatten":
                x = x.reshape(len(x), -1)
            elif what == "LeakyReLU":
                x = np.where(x > 0, x, own["alpha"] * x)
            else:
                raise ValueError(what)
    return x


def onnx_node(node, get):
    a = {x.name: onnx.helper.get_attribute_value(x) for x in node.attribute}
    x = get(node.input[0])
    more = [get(name) for name in node.input[1:]]
    op = node.op_type
    if op in ("Sub", "Div", "Mul", "Add"):
        return {"Sub": np.subtract, "Div": np.divide, "Mul": np.multiply,
                "Add": np.add}[op](x, more[0])
    if op == "Gemm":
        assert a["transB"] == 1
        return x @ more[0].T + more[1]
    if op == "Conv":
        assert a["pads"] == [a["kernel_shape"][0] // 2] * 4
        return convolved(x.transpose(0, 2, 3, 1), more[0].transpose(2, 3, 1, 0),
                         more[1]).transpose(0, 3, 1, 2)
    if op in ("MaxPool", "AveragePool"):
        assert a["strides"] == a["kernel_shape"]
        how = np.max if op == "MaxPool" else np.mean
        return pooled(x.transpose(0, 2, 3, 1), a["strides"][0],
                      how).transpose(0, 3, 1, 2)
    if op == "Reshape":
        return x.reshape(more[0])
    if op == "Transpose":
        return x.transpose(a["perm"])
    if op == "Flatten":
        return x.reshape(len(x), -1)
    if op == "Erf":
        return ERF(x)
    return activated({"Relu": "relu", "LeakyRelu": "leaky_relu", "Tanh": "tanh",
                      "Sigmoid": "sigmoid", "Softmax": "softmax"}[op], x)


def run_onnx(path, x):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    assert [i.name for i in model.graph.input] == ["inputs"]
    values["inputs"] = x
    for node in model.graph.node:
        values[node.output[0]] = onnx_node(node, values.__getitem__)
    return values[model.graph.output[0].name]


if __name__ == "__main__":
    rows = np.array(json.load(open(sys.argv[2])), dtype=np.float64)
    run = keras if sys.argv[1].endswith(".h5") else run_onnx
    print(json.dumps(run(sys.argv[1], rows).tolist()))
