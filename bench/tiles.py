"""What bench/tiles.ps1 needs of NumPy and Pillow: pictures of any size, and the difference of two runs.

    tiles.py enlarge SCENE OUT SIDE         the scene, SIDE x SIDE pixels
    tiles.py picture OUT WIDTH HEIGHT       a baseline JPEG of a repeated pattern
    tiles.py compare WHOLE TILED [TRUTH]    two .npy of probabilities (classes, rows, columns); prints one line of JSON
"""

import json
import sys

import numpy
from PIL import Image

Image.MAX_IMAGE_PIXELS = None


def enlarge(scene: str, out: str, side: str) -> None:
    with Image.open(scene) as picture:
        picture.convert("RGB").resize((int(side), int(side)), Image.BICUBIC).save(out)


def picture(out: str, width: str, height: str) -> None:
    rows, columns = numpy.mgrid[0 : int(height), 0 : int(width)].astype(numpy.uint16)
    channels = [rows // 3, columns // 5, (rows + columns) // 7]
    Image.fromarray(numpy.stack([channel.astype(numpy.uint8) for channel in channels], axis=-1)).save(out, quality=90)


def compare(whole: str, tiled: str, truth: "str | None" = None) -> None:
    expected = numpy.load(whole, mmap_mode="r")
    found = numpy.load(tiled, mmap_mode="r")
    if expected.shape != found.shape:
        raise SystemExit(f"{whole} is {expected.shape}, {tiled} is {found.shape}.")
    difference = numpy.abs(numpy.asarray(expected) - found).max(axis=0)
    labels = expected.argmax(axis=0), found.argmax(axis=0)
    result = {
        "different": float((labels[0] != labels[1]).mean()),
        "largest": float(difference.max()),
        "mean": float(difference.mean()),
        "p99": float(numpy.quantile(difference, 0.99)),
    }
    if truth:
        with Image.open(truth) as classes:
            right = numpy.asarray(classes.resize(labels[0].shape[::-1], Image.NEAREST))
        result["rightWhole"], result["rightTiled"] = (float((label == right).mean()) for label in labels)
    print(json.dumps(result))


if __name__ == "__main__":
    {"enlarge": enlarge, "picture": picture, "compare": compare}[sys.argv[1]](*sys.argv[2:])
