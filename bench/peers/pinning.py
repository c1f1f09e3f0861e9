#!/usr/bin/env python3
"""Times cudaHostAlloc, the usual way to pinned memory, for as many buffers of the article's output as a pool has.

Twice: the first time also pays for memory that nobody used before, which in a virtual machine is slow for whoever comes first.
"""

import argparse
import ctypes
import json
import time

import torch


def pin(runtime, count, size):
    """Seconds that count allocations take; they are freed again."""
    buffers = []
    start = time.perf_counter()
    for _ in range(count):
        buffer = ctypes.c_void_p()
        code = runtime.cudaHostAlloc(ctypes.byref(buffer), size, 1)
        if code != 0:
            raise SystemExit(f"cudaHostAlloc returned {code}")
        buffers.append(buffer)
    seconds = time.perf_counter() - start
    for buffer in buffers:
        runtime.cudaFreeHost(buffer)
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--bytes", type=int, default=64 * 21 * 512 * 512 * 4)
    parser.add_argument("--json", metavar="OUT")
    args = parser.parse_args()

    torch.cuda.init()
    torch.cuda.synchronize()
    # The runtime that PyTorch brought; a second one would have to start first.
    runtime = ctypes.CDLL(f"libcudart.so.{torch.version.cuda.split('.')[0]}")
    runtime.cudaHostAlloc.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_size_t, ctypes.c_uint]
    runtime.cudaFreeHost.argtypes = [ctypes.c_void_p]

    first = pin(runtime, args.count, args.bytes)
    seconds = pin(runtime, args.count, args.bytes)
    print(f"cudaHostAlloc: {args.count} buffers of {args.bytes} bytes in {first:.2f} s, then in {seconds:.2f} s")
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump({"count": args.count, "bytes": args.bytes, "first": first, "seconds": seconds}, file)


if __name__ == "__main__":
    main()
