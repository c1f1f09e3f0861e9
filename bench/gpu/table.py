#!/usr/bin/env python3
"""Makes the table of BENCHMARKS.md from what throughput.ps1 and the peers measured in one go."""

import argparse
import csv
import json
import os


def read_figures(path):
    with open(path, encoding="utf-8", newline="") as file:
        return {name: float(value) for name, value in csv.reader(file)}


def read_peer(folder):
    results = {}
    for name in sorted(os.listdir(folder)):
        if name.startswith("peer") and name.endswith(".json"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                for result in json.load(file)["results"]:
                    results[result["strategy"]] = result["steps_per_second"]
    return results


def rows(ours, peer, pinning):
    """Each work, the figure, what it is divided by, and the least that is wanted of the ratio."""
    yield "float32 logits: Pipelined ÷ compute alone", "float32 logits/Pipelined", "float32 logits/compute alone", 0.99
    yield "bfloat16 logits: Pipelined ÷ compute alone", "bfloat16 logits/Pipelined", "bfloat16 logits/compute alone", 0.985
    yield "float32 logits: Pipelined ÷ the article's last version in Python", "float32 logits/Pipelined", peer.get("pipelined"), 1.9
    yield "float32 logits: Pipelined ÷ Baseline", "float32 logits/Pipelined", "float32 logits/Baseline", 8
    yield "labels: Pipelined ÷ compute alone", "labels/Pipelined", "labels/compute alone", None
    yield "JPEG files in, label PNGs out ÷ compute alone", "disk to disk", "labels/compute alone", 0.97
    yield "pointwise logits (copy-bound): Pipelined ÷ pinned copy alone", "pointwise logits/Pipelined", "pointwise logits/copy out alone", 0.97
    yield "float32 logits: two GPUs ÷ one", "several GPUs/Pipelined", "one GPU/Pipelined", 1.95
    yield "ten pinned buffers, memory used before: cudaHostAlloc's time ÷ ours", pinning, "pool of 10/again s", 2.5
    yield "bfloat16 logits, compiled package: Pipelined ÷ compute alone", "compiled bfloat16/Pipelined", "compiled bfloat16/compute alone", 0.98
    yield "bfloat16, compute alone: built-in network ÷ compiled package", "eager bfloat16/compute alone", "compiled bfloat16/compute alone", 0.85
    yield "bfloat16, compute alone: TorchScript ÷ compiled package", "TorchScript bfloat16/compute alone", "compiled bfloat16/compute alone", None
    yield "built-in network, compute alone: bfloat16 ÷ float32", "eager bfloat16/compute alone", "eager float32/compute alone", None
    yield "tokens of a BERT base, float16: Pipelined ÷ compute alone", "tokens float16/Pipelined", "tokens float16/compute alone", 0.98
    yield "tokens of a BERT base, float16: Pipelined ÷ Baseline", "tokens float16/Pipelined", "tokens float16/Baseline", None
    for strategy in ("Baseline", "MultiWorker", "BufferPool", "AsyncCopy", "Pipelined"):
        theirs = peer.get(strategy.lower())
        yield f"float32 logits: {strategy} ÷ the same in Python", f"float32 logits/{strategy}", theirs, None
    yield "float32: compute alone ÷ the same in Python", "float32 logits/compute alone", peer.get("compute"), None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="where figures.csv, programs.csv, peer*.json and pinning.json are")
    folder = parser.parse_args().folder

    ours = {}
    for name in ("figures.csv", "programs.csv"):
        if os.path.exists(os.path.join(folder, name)):
            ours.update(read_figures(os.path.join(folder, name)))
    peer = read_peer(folder)
    pinning = None
    if os.path.exists(os.path.join(folder, "pinning.json")):
        with open(os.path.join(folder, "pinning.json"), encoding="utf-8") as file:
            pinning = json.load(file)["seconds"]

    def value(figure):
        return ours.get(figure) if isinstance(figure, str) else figure

    print("| work | | ÷ | ratio | wanted |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, figure, base, wanted in rows(ours, peer, pinning):
        upper, lower = value(figure), value(base)
        if upper is None or lower is None:
            continue
        print(f"| {name} | {upper:.3f} | {lower:.3f} | {upper / lower:.3f} | {'' if wanted is None else wanted} |")


if __name__ == "__main__":
    main()
