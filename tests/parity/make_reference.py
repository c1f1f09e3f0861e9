#!/usr/bin/env python3
"""Write the reference numbers that the parity tests compare against.

Runs torchvision's segmentation networks (21 classes, no auxiliary head) on
pictures and weights that come from a formula instead of a download, so any
language can rebuild the same network and input bit for bit and compare its
logits with the ones recorded here.

    apt install python3-torch python3-torchvision      # Debian 12: 1.13, 0.14
    python3 make_reference.py --out tests/EgressBackend.Tests/Fixtures

writes <network>.reference.json for each network; --model names some of them.

The formula
-----------
Every tensor has a name (its state_dict key, or "input" for a picture); element
i is counted flat, in C order (pictures: N, H, W, C). All integers are mod 2^64.

    h0   = FNV-1a 64-bit hash of the UTF-8 name
    z    = h0 + (i + 1) * 0x9E3779B97F4A7C15              (splitmix64)
    z    = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
    z    = (z ^ (z >> 27)) * 0x94D049BB133111EB
    bits = (z ^ (z >> 31)) >> 40                          (the top 24 bits)
    u    = bits / 2^24                                    (float64, 0 <= u < 1)

and then, computed in float64 in the order written and rounded once to float32:

    convolution weight      (2u - 1) * sqrt(6 / fan_in)   fan_in = in * kh * kw; in MobileNetV3: * 0.9
    batch-norm weight       0.75 + 0.5 * u                "*.bn3.weight": * 0.25
    batch-norm running_var  0.5 + u
    any bias, running_mean  (2u - 1) * 0.1
    num_batches_tracked     0                             (int64)
    picture                 floor(u * 256)                (uint8)

The 0.25 and 0.9 keep activations from growing through the blocks: where they
grow, float32 itself loses the digits that are to be compared.
A picture enters the network as (x / 255 - mean) / std, in float32.
"""

import argparse
import json
import math
import os
import re
import zlib

import numpy as np
import torch
import torchvision
from torchvision.models import segmentation

CLASSES = 21
# N, H, W. The last is wide enough (40 columns of features) for every atrous rate,
# 36 included, to reach past its centre tap.
SIZES = [(2, 64, 64), (1, 65, 97), (1, 128, 96), (1, 40, 320)]
# Sizes that no stride of a network divides, one of them smaller than the widest kernel.
ODD_SIZES = [(2, 65, 97), (1, 31, 129), (1, 40, 325)]
# For each network: its sizes, and parameters whose checksums tell a wrong formula from a wrong network.
RESNET = ("backbone.conv1.weight", "backbone.bn1.running_var", "backbone.layer1.0.bn3.weight")
MOBILENET = ("backbone.0.0.weight", "backbone.1.block.0.1.running_var", "backbone.4.block.2.fc1.bias")
NETWORKS = {
    "deeplabv3_resnet50": (SIZES, (*RESNET, "classifier.4.bias")),
    "deeplabv3_resnet101": (ODD_SIZES, (*RESNET, "classifier.4.bias")),
    "deeplabv3_mobilenet_v3_large": (ODD_SIZES, (*MOBILENET, "classifier.4.bias")),
    "fcn_resnet50": (ODD_SIZES, (*RESNET, "classifier.4.bias")),
    "fcn_resnet101": (ODD_SIZES, (*RESNET, "classifier.4.bias")),
    "lraspp_mobilenet_v3_large": (ODD_SIZES, (*MOBILENET, "classifier.high_classifier.bias")),
}
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
SAMPLES = 64
# Scores have to agree to this, as a share of the largest of them.
TOLERANCE = 1e-5


def fnv1a64(name):
    h = 0xCBF29CE484222325
    for byte in name.encode("utf-8"):
        h = ((h ^ byte) * 0x100000001B3) % 2**64
    return h


def uniform(name, count):
    """The first `count` values u of the tensor called `name`, as float64."""
    u64 = np.uint64
    z = np.arange(1, count + 1, dtype=u64) * u64(0x9E3779B97F4A7C15) + u64(fnv1a64(name))
    z = (z ^ (z >> u64(30))) * u64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> u64(27))) * u64(0x94D049BB133111EB)
    bits = (z ^ (z >> u64(31))) >> u64(40)
    return bits.astype(np.float64) / 2**24


def parameter(name, shape):
    """The float32 values of one state_dict entry."""
    u = uniform(name, math.prod(shape))
    if len(shape) == 4:  # convolution weight: out, in, kh, kw
        values = (2 * u - 1) * math.sqrt(6 / math.prod(shape[1:]))
        if re.match(r"backbone\.\d", name):  # MobileNetV3 counts its parts
            values = values * 0.9
    elif name.endswith(".running_var"):
        values = 0.5 + u
    elif name.endswith((".bias", ".running_mean")):
        values = (2 * u - 1) * 0.1
    elif name.endswith(".weight"):
        values = 0.75 + 0.5 * u
        if name.endswith(".bn3.weight"):
            values = values * 0.25
    else:
        raise ValueError(f"no formula for {name} {shape}")
    return values.astype(np.float32).reshape(shape)


def build_model(network, aux=False):
    options = {"aux_loss": True} if aux else {}
    model = getattr(segmentation, network)(weights=None, weights_backbone=None, num_classes=CLASSES, **options).eval()
    state = {}
    for name, old in model.state_dict().items():
        if name.endswith(".num_batches_tracked"):
            state[name] = torch.zeros_like(old)
        else:
            state[name] = torch.from_numpy(parameter(name, tuple(old.shape)))
    model.load_state_dict(state, strict=True)
    return model


def picture(n, h, w):
    u = uniform("input", n * h * w * 3)
    return np.floor(u * 256).astype(np.uint8).reshape(n, h, w, 3)


def normalise(pixels):
    x = pixels.astype(np.float32) / np.float32(255)
    x = (x - np.array(MEAN, dtype=np.float32)) / np.array(STD, dtype=np.float32)
    return torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))


def number(value):
    """A float32 as the shortest decimal that reads back to the same float32."""
    return float(np.format_float_scientific(np.float32(value), unique=True))


def describe(model, n, h, w):
    pixels = picture(n, h, w)
    with torch.inference_mode():
        logits = model(normalise(pixels))["out"].numpy()
    assert logits.shape == (n, CLASSES, h, w) and np.isfinite(logits).all()

    flat = logits.reshape(-1)
    at = [k * 2654435761 % flat.size for k in range(SAMPLES)]
    labels = logits.argmax(axis=1).astype(np.uint8).reshape(-1)  # N, H, W; a tie takes the lower class
    top2 = np.sort(logits, axis=1)[:, -2:]
    margin = (top2[:, 1] - top2[:, 0]).reshape(-1)  # how far the winner is ahead of the runner-up
    # What may differ by rounding alone counts as class 0.
    tied = np.flatnonzero(margin <= 4 * TOLERANCE * np.abs(flat).max())
    labels[tied] = 0
    wide = flat.astype(np.float64)
    return {
        "input_shape": [n, h, w, 3],
        "input_crc32": zlib.crc32(pixels.tobytes()),
        "logits_shape": list(logits.shape),
        "mean": wide.mean(),
        "std": wide.std(),
        "max_abs": number(np.abs(flat).max()),
        "sample_index": at,
        "sample_logits": [number(flat[i]) for i in at],
        "label_histogram": np.bincount(labels, minlength=CLASSES).tolist(),
        "label_crc32": zlib.crc32(labels.tobytes()),
        "tied_pixels": tied.tolist(),
    }


def write(network, path):
    sizes, checked = NETWORKS[network]
    model = build_model(network)
    state = model.state_dict()
    reference = {
        "model": f"torchvision.models.segmentation.{network}",
        "torch": str(torch.__version__),
        "torchvision": str(torchvision.__version__),
        "mean": MEAN,
        "std": STD,
        "cases": [describe(model, *size) for size in sizes],
        # CRC32 of the little-endian float32 bytes
        "parameter_crc32": {name: zlib.crc32(state[name].numpy().tobytes()) for name in checked},
        "parameters": {name: list(value.shape) for name, value in state.items()},
    }
    # One line per entry: small, and still readable in a diff.
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write("{\n")
        for n, (key, value) in enumerate(reference.items()):
            file.write(",\n" if n else "")
            if key == "cases":
                body = ",\n".join("    " + json.dumps(case) for case in value)
                file.write(f'  "cases": [\n{body}\n  ]')
            elif key == "parameters":
                body = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items())
                file.write(f'  "parameters": {{\n{body}\n  }}')
            else:
                file.write(f"  {json.dumps(key)}: {json.dumps(value)}")
        file.write("\n}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True, help="the folder for the JSON files")
    parser.add_argument("--model", nargs="+", choices=NETWORKS, default=list(NETWORKS), help="the networks (default: all)")
    arguments = parser.parse_args()
    for network in arguments.model:
        write(network, os.path.join(arguments.out, f"{network}.reference.json"))


if __name__ == "__main__":
    main()
