"""Writing of safetensors files: a length, a header in JSON, and the numbers."""

import json
import struct

import numpy

TYPES = {'float16': 'F16', 'float32': 'F32', 'int64': 'I64'}


def write(path, arrays, metadata):
    """arrays: numpy arrays by name. metadata: texts by name."""
    header, offset = {'__metadata__': metadata}, 0
    for name, array in arrays.items():
        header[name] = {'dtype': TYPES[array.dtype.name], 'shape': list(array.shape), 'data_offsets': [offset, offset + array.nbytes]}
        offset += array.nbytes

    # Padded so that the numbers begin at a multiple of eight.
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text)
        for array in arrays.values():
            file.write(numpy.ascontiguousarray(array).tobytes())
