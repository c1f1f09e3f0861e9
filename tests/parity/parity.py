#!/usr/bin/env python3
"""Compare the module's networks with this machine's torchvision, through the cmdlets.

Each of torchvision's segmentation networks gets random parameters (the formula
of make_reference.py, batch-norm statistics included), saved as safetensors, and
random pictures of several odd sizes, saved as PNG. Torchvision and
Invoke-SegmentationBatch compute both. What is wanted:

- float32 without TF32: no logit differs by more than 1e-5 of the largest one;
- half precision: at least 99.9 % of the labels are those of torchvision in
  float32, among the pixels that are no tie. A pixel is a tie where its two best
  scores are closer than eight roundings of the type, of the largest score:
  3 % in bfloat16, 0.4 % in float16. There, a winner is as good as drawn by lot.
  The share of the pixels that count is in the table and has to be 65 % at least.

    python3 parity.py --shell 'bin/egress-shell' --module egress/Egress.psd1 --out results --device cuda
"""

import argparse
import json
import os
import shlex
import struct
import subprocess
import sys
import tempfile
import zlib

import numpy as np
import torch
import torchvision

import make_reference as reference

SIZES = (65, 97, 131, 225)
TOLERANCE = 1e-5
AGREEMENT = 0.999
TIE = {"Float16": 8 * 2**-11, "BFloat16": 8 * 2**-8}  # of the largest score
LEAST_COUNTED = 0.65
TYPES = ("Float32", "Float16", "BFloat16")


def write_safetensors(path, state):
    """The format: a length, a JSON header, the values."""
    header, values, at = {}, [], 0
    for name, tensor in state.items():
        data = tensor.numpy().tobytes()
        kind = {torch.float32: "F32", torch.int64: "I64"}[tensor.dtype]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
        values.append(data)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.writelines(values)


def write_png(path, pixels):
    """An RGB picture, height × width × 3, losslessly."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
        file.write(chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def quote(text):
    return "'" + str(text).replace("'", "''") + "'"


def run_module(arguments, networks, precisions, folder):
    """The logits of every network, precision and size, as .npy files."""
    lines = ["$ErrorActionPreference = 'Stop'", f"Import-Module {quote(arguments.module)}"]
    for size in arguments.sizes:
        write_png(os.path.join(folder, f"{size}.png"), reference.picture(1, size, size)[0])
    for network in networks:
        weights = os.path.join(folder, f"{network}.safetensors")
        write_safetensors(weights, reference.build_model(network).state_dict())
        for precision in precisions:
            for size in arguments.sizes:
                lines.append(
                    f"$null = Invoke-SegmentationBatch -Path {quote(os.path.join(folder, f'{size}.png'))} -Model {network}"
                    f" -Weights {quote(weights)} -ImageSize {size} -Precision {precision} -Device {arguments.device} -BatchSize 1"
                    f" -OutputKind Logits -OutputFormat Npy -Force -Destination {quote(os.path.join(folder, network, precision))}")
    script = os.path.join(folder, "run.ps1")
    with open(script, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")

    # The libraries of NVIDIA read this; it holds for the module and for nothing else here.
    environment = {**os.environ, "NVIDIA_TF32_OVERRIDE": "0"}
    subprocess.run([*shlex.split(arguments.shell), "-File", script], check=True, env=environment, stdin=subprocess.DEVNULL)


def read_logits(folder, network, precision, size):
    """What the module wrote; NumPy has no bfloat16, so that comes as its bits."""
    values = np.load(os.path.join(folder, network, precision, f"{size}.npy"))
    if precision == "BFloat16" and values.dtype != np.float32:
        values = (values.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    return torch.from_numpy(values.astype(np.float32)).reshape(1, reference.CLASSES, size, size)


def torchvision_logits(network, dtype, device, sizes):
    model = reference.build_model(network).to(device=device, dtype=dtype)
    with torch.inference_mode():
        return {size: model(reference.normalise(reference.picture(1, size, size)).to(device=device, dtype=dtype))["out"].float().cpu()
                for size in sizes}


def compare(arguments, network, precisions, folder):
    """A row a precision: what was compared, and whether it is as wanted."""
    device = "cuda" if arguments.device.startswith("cuda") else "cpu"
    single = torchvision_logits(network, torch.float32, device, arguments.sizes)
    for precision in precisions:
        ours = {size: read_logits(folder, network, precision, size) for size in arguments.sizes}
        if precision == "Float32":
            worst = max(float((ours[s] - single[s]).abs().max() / single[s].abs().max()) for s in arguments.sizes)
            yield {"network": network, "precision": precision, "difference": worst, "ok": worst < TOLERANCE}
            continue

        agree = counted = pixels = 0
        for size in arguments.sizes:
            best = single[size].topk(2, dim=1)
            margin = best.values[:, 0] - best.values[:, 1]
            counts = margin > TIE[precision] * single[size].abs().max()
            agree += int(((ours[size].argmax(1) == best.indices[:, 0]) & counts).sum())
            counted += int(counts.sum())
            pixels += size * size
        yield {"network": network, "precision": precision, "agreement": agree / counted, "counted": counted / pixels,
               "ok": agree >= AGREEMENT * counted and counted >= LEAST_COUNTED * pixels}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shell", default="egress-shell", help="the program that runs PowerShell scripts (default: egress-shell)")
    parser.add_argument("--module", required=True, help="Egress.psd1")
    parser.add_argument("--device", default="cuda", help="cpu or cuda (default: cuda)")
    parser.add_argument("--model", nargs="+", choices=reference.NETWORKS, default=list(reference.NETWORKS))
    parser.add_argument("--precision", nargs="+", choices=TYPES, default=list(TYPES))
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help="sides of the pictures")
    parser.add_argument("--out", help="a folder for parity.json")
    arguments = parser.parse_args()

    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    print(f"torch {torch.__version__}, torchvision {torchvision.__version__}, {arguments.device}, sides {list(arguments.sizes)}", flush=True)
    print(f"{'network':30} {'precision':9} {'difference':>10} {'agreement':>10} {'counted':>8}")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        run_module(arguments, arguments.model, arguments.precision, folder)
        for network in arguments.model:
            for row in compare(arguments, network, arguments.precision, folder):
                rows.append(row)
                difference = f"{row['difference']:.1e}" if "difference" in row else ""
                agreement = f"{row['agreement']:.5f}" if "agreement" in row else ""
                counted = f"{row['counted']:.3f}" if "counted" in row else ""
                print(f"{row['network']:30} {row['precision']:9} {difference:>10} {agreement:>10} {counted:>8}"
                      + ("" if row["ok"] else "  NOT AS WANTED"), flush=True)
    if arguments.out:
        os.makedirs(arguments.out, exist_ok=True)
        with open(os.path.join(arguments.out, "parity.json"), "w", encoding="utf-8") as file:
            json.dump({"torch": str(torch.__version__), "torchvision": str(torchvision.__version__), "rows": rows}, file, indent=1)
    return 0 if all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
