#!/usr/bin/env python3
"""Export one of torchvision's segmentation networks as a file that -Model takes, or as ONNX.

    python3 export.py --out deeplab.pt2 --device cuda --dtype bfloat16 --batch 64 --size 512

What is written depends on the ending: .pt2 is a package compiled by AOTInductor
for the device, .pt TorchScript, .onnx ONNX, .safetensors the parameters alone,
.pth PyTorch's own file of them. The parameters are random: those of
tests/parity/make_reference.py, so that every file of a network has the same.
--wrap tuple or tensor exports a network that returns those instead of
torchvision's dictionary; --aux adds the auxiliary head, and its output.
"""

import argparse
import os
import sys
import time

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
# In the repository, and in a kit of bench/gpu.
sys.path[:0] = [os.path.join(HERE, "..", "..", "tests", "parity"), os.path.join(HERE, "..", "parity")]

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


class Unpacked(torch.nn.Module):
    """A network that returns the values of its dictionary as a tuple, or the first of them alone."""

    def __init__(self, network, as_tuple):
        super().__init__()
        self.network = network
        self.as_tuple = as_tuple

    def forward(self, x):
        values = tuple(self.network(x).values())
        return values if self.as_tuple else values[0]


class Pointwise(torch.nn.Module):
    """The smallest network that is one: a colour's scores, and in its dictionary twice those."""

    def __init__(self):
        super().__init__()
        self.scores = torch.nn.Conv2d(3, 5, 1)

    def forward(self, x):
        scores = self.scores(x)
        return {"out": scores, "aux": scores * 2}


def build(arguments):
    if arguments.network == "pointwise":
        torch.manual_seed(1)
        model = Pointwise().eval()
    else:
        import make_reference

        model = make_reference.build_model(arguments.network, aux=arguments.aux)
    if arguments.wrap:
        model = Unpacked(model, arguments.wrap == "tuple").eval()
    return model


def compile_package(model, example, arguments):
    import torch._inductor as inductor

    shapes = ({0: torch.export.Dim("batch", max=1024)},) if arguments.dynamic_batch else None
    inductor.aoti_compile_and_package(torch.export.export(model, (example,), dynamic_shapes=shapes), package_path=arguments.out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True, help="the file")
    parser.add_argument("--network", default="deeplabv3_resnet50", help="a network of torchvision, or pointwise (default: %(default)s)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--dtype", choices=DTYPES, default="float32")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--size", type=int, default=512, help="side of the pictures")
    parser.add_argument("--wrap", choices=("tuple", "tensor"), help="return this instead of a dictionary")
    parser.add_argument("--aux", action="store_true", help="with the auxiliary head")
    parser.add_argument("--dynamic-batch", action="store_true", help="a package for batches of up to 1024")
    parser.add_argument("--contiguous", action="store_true", help="a package for pictures in NCHW order instead of channels-last")
    arguments = parser.parse_args()

    start = time.monotonic()
    model = build(arguments)
    kind = os.path.splitext(arguments.out)[1]
    if kind == ".safetensors":
        import parity

        parity.write_safetensors(arguments.out, (model.network if arguments.wrap else model).state_dict())
    elif kind == ".pth":
        torch.save(model.state_dict(), arguments.out)
    else:
        layout = torch.contiguous_format if arguments.contiguous else torch.channels_last
        model = model.to(device=arguments.device, dtype=DTYPES[arguments.dtype], memory_format=layout)
        example = torch.zeros(arguments.batch, 3, arguments.size, arguments.size, device=arguments.device, dtype=DTYPES[arguments.dtype])
        example = example.contiguous(memory_format=layout)
        with torch.no_grad():
            if kind == ".pt2":
                compile_package(model, example, arguments)
            elif kind == ".pt":
                program = torch.jit.trace(model, example) if arguments.wrap else torch.jit.script(model)
                program.save(arguments.out)
            elif kind == ".onnx":
                torch.onnx.export(model, example, arguments.out, input_names=["pictures"], output_names=["scores"])
            else:
                sys.exit(f"no such kind of file: {kind}")
    print(f"{arguments.out}: {os.path.getsize(arguments.out) / 1e6:.1f} MB after {time.monotonic() - start:.0f} s, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
