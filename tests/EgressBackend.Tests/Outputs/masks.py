"""Reads an output with NumPy or Pillow, and writes its arrays as JSON: masks.py FILE"""

import json
import sys

import numpy
from PIL import Image


def arrays(path):
    if path.endswith(".png"):
        with Image.open(path) as picture:
            return {"": numpy.asarray(picture)}
    loaded = numpy.load(path)
    return {"": loaded} if isinstance(loaded, numpy.ndarray) else dict(loaded)


json.dump({name: {"shape": array.shape, "values": array.ravel().tolist()} for name, array in arrays(sys.argv[1]).items()}, sys.stdout)
