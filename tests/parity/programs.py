#!/usr/bin/env python3
"""Compare whole programs with the built-in network of the same parameters, through the cmdlets.

    python3 programs.py --shell 'bin/egress-shell' --module egress/Egress.psd1 --device cuda
    python3 programs.py --scores programs

The first form exports a network as TorchScript and, where this PyTorch can, as
compiled packages (fixed batch, any batch, NCHW order, tuple, auxiliary head), in
float32 without TF32, and runs each: no score may differ from the built-in
network's by more than 1e-5 of the largest one. The second compares what
bench/gpu/programs.ps1 wrote, in half precision: of the pixels that are no tie,
99.9 % have the label of the built-in network in float32.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile

import numpy as np
import torch

import make_reference as reference
import parity

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE = 97
PICTURES = 3
# What export.py is told, what the cmdlet is told, and the output.
CASES = {
    "script.pt": ([], "", "scripted, a dictionary"),
    "traced.pt": (["--wrap", "tuple"], "-OutputName 0", "traced, a tuple"),
    "fixed.pt2": (["--batch", "2"], "-BatchSize 2", "compiled for batches of 2, a dictionary"),
    "any.pt2": (["--batch", "2", "--dynamic-batch", "--contiguous", "--wrap", "tensor"], "-BatchSize 2", "compiled for any batch, NCHW, a tensor"),
}


def export(path, network, arguments, device):
    folders = (os.path.join(HERE, "..", "..", "bench", "peers"), os.path.join(HERE, "..", "peers"))
    script = next(p for p in (os.path.join(folder, "export.py") for folder in folders) if os.path.exists(p))
    environment = {**os.environ, "NVIDIA_TF32_OVERRIDE": "0"}
    return subprocess.Popen([sys.executable, script, "--out", path, "--network", network, "--size", str(SIZE), "--device", device, *arguments],
                            env=environment, stdin=subprocess.DEVNULL)


def compiles():
    try:
        import torch._inductor as inductor
    except ImportError:
        return False
    return hasattr(inductor, "aoti_compile_and_package")


def read(folder):
    return np.stack([np.load(os.path.join(folder, name)) for name in sorted(os.listdir(folder)) if name.endswith(".npy")])


def compare_programs(arguments):
    device = "cuda" if arguments.device.startswith("cuda") else "cpu"
    cases = {name: case for name, case in CASES.items() if compiles() or not name.endswith(".pt2")}
    with tempfile.TemporaryDirectory() as folder:
        weights = os.path.join(folder, "weights.safetensors")
        parity.write_safetensors(weights, reference.build_model(arguments.network).state_dict())
        common = f"-Synthetic {PICTURES} -Device {arguments.device} -ImageSize {SIZE} -OutputKind Logits -OutputFormat Npy -Force"
        lines = ["$ErrorActionPreference = 'Stop'", f"Import-Module {parity.quote(arguments.module)}",
                 f"$null = Invoke-SegmentationBatch {common} -Model {arguments.network} -Weights {parity.quote(weights)} -BatchSize 2"
                 f" -Destination {parity.quote(os.path.join(folder, 'built-in'))}"]
        exports = [export(os.path.join(folder, name), arguments.network, how, device) for name, (how, _, _) in cases.items()]
        if any([process.wait() for process in exports]):
            sys.exit("an export failed")
        for name, (_, use, _) in cases.items():
            path = os.path.join(folder, name)
            batch = "" if "-BatchSize" in use else "-BatchSize 2 "
            lines.append(f"$null = Invoke-SegmentationBatch {common} -Model {parity.quote(path)} {batch}{use} -AllowNativeCode"
                         f" -Destination {parity.quote(os.path.join(folder, name + '.out'))}")
        script = os.path.join(folder, "run.ps1")
        with open(script, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        environment = {**os.environ, "NVIDIA_TF32_OVERRIDE": "0"}
        subprocess.run([*shlex.split(arguments.shell), "-File", script], check=True, env=environment, stdin=subprocess.DEVNULL)
        expected = read(os.path.join(folder, "built-in"))
        good = True
        print(f"{arguments.network}, {PICTURES} pictures of {SIZE} pixels a side, PyTorch {torch.__version__}")
        for name, (_, _, what) in cases.items():
            worst = float(np.abs(read(os.path.join(folder, name + ".out")) - expected).max() / np.abs(expected).max())
            good &= worst < parity.TOLERANCE
            print(f"{name:10} {what:42} {worst:.1e}" + ("" if worst < parity.TOLERANCE else "  NOT AS WANTED"))
    return good


def read_half(folder):
    values = read(folder)
    if values.dtype == np.uint16 or values.dtype.kind == "V":
        values = (values.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    return torch.from_numpy(values.astype(np.float32))


def compare_scores(folder):
    single = read_half(os.path.join(folder, "eager float32"))
    best = single.topk(2, dim=1)
    margin = best.values[:, 0] - best.values[:, 1]
    counts = margin > parity.TIE * (read_half(os.path.join(folder, "eager bfloat16")) - single).abs().mean()
    good = True
    for name in ("eager bfloat16", "compiled bfloat16", "TorchScript bfloat16"):
        agreement = float((read_half(os.path.join(folder, name)).argmax(1) == best.indices[:, 0])[counts].float().mean())
        good &= agreement >= parity.AGREEMENT
        print(f"{name:22} {agreement:.5f} of the {float(counts.float().mean()):.3f} of the pixels that are no tie"
              + ("" if agreement >= parity.AGREEMENT else "  NOT AS WANTED"))
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shell", default="egress-shell", help="the program that runs PowerShell scripts (default: egress-shell)")
    parser.add_argument("--module", help="Egress.psd1")
    parser.add_argument("--device", default="cuda", help="cpu or cuda (default: cuda)")
    parser.add_argument("--network", default="lraspp_mobilenet_v3_large")
    parser.add_argument("--scores", help="a folder that programs.ps1 wrote to")
    arguments = parser.parse_args()
    return 0 if (compare_scores(arguments.scores) if arguments.scores else compare_programs(arguments)) else 1


if __name__ == "__main__":
    sys.exit(main())
