"""How right a network is, measured as a user of Egress meets it: a JPEG goes in, and a mask of the picture's own size comes out."""

import io
import pathlib

import numpy
import torch
from PIL import Image

from canvas import View
from classes import CLASSES
from scenes import SIZES, draw, to_bytes

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)

# Between the seeds of the pictures that are kept and those of training.
EVALUATION_SEED = 500_000


def normalise(pictures):
    """count × 3 × height × width, 0 to 1."""
    mean, deviation = (torch.tensor(values, device=pictures.device).reshape(1, 3, 1, 1) for values in (MEAN, DEVIATION))
    return (pictures - mean) / deviation


def kept_scenes(folder):
    """Yields JPEG bytes, truth and name of the scenes in a folder."""
    for path in sorted(pathlib.Path(folder).glob('*.jpg')):
        truth = Image.open(path.parent / 'truth' / f'{path.stem}.png')
        yield path.read_bytes(), numpy.asarray(truth), path.stem


def fresh_scenes(count, device, strength=0.6):
    """Yields as many scenes that no training saw, in several sizes and qualities."""
    each = -(-count // len(SIZES))
    for number, (width, height) in enumerate(SIZES):
        aspect = numpy.full(each, width / height)
        pictures, labels, dice = draw(EVALUATION_SEED + number, View.whole(width, height, aspect), aspect, device, strength)
        for index, (picture, label) in enumerate(zip(to_bytes(pictures).cpu().numpy(), labels.cpu().numpy())):
            file = io.BytesIO()
            Image.fromarray(picture).save(file, 'JPEG', quality=int(dice.number(70, 95)[0]))
            yield file.getvalue(), label, f'fresh-{number}-{index}'


@torch.no_grad()
def predict(model, jpeg, size, device):
    """The mask of a picture, in the picture's size."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        width, height = picture.size
        resized = numpy.asarray(picture.convert('RGB').resize((size, size), Image.LANCZOS))
    pixels = torch.as_tensor(resized.copy(), device=device).permute(2, 0, 1)[None].float() / 255
    labels = model(normalise(pixels))['out'][0].argmax(0).cpu().numpy().astype(numpy.uint8)
    rows = numpy.arange(height) * size // height
    columns = numpy.arange(width) * size // width
    return labels[rows[:, None], columns]


def confusion(truth, label):
    """How many pixels of each class (rows) got each label (columns)."""
    count = len(CLASSES)
    return numpy.bincount(truth.astype(numpy.int64).ravel() * count + label.ravel(), minlength=count * count).reshape(count, count)


def intersection_over_union(matrix):
    """A number a class; not a number where a class is in neither."""
    both = numpy.diag(matrix).astype(float)
    either = matrix.sum(0) + matrix.sum(1) - both
    return numpy.divide(both, either, out=numpy.full(len(both), numpy.nan), where=either > 0)


def report(title, matrix):
    scores = intersection_over_union(matrix)
    print(f'{title}: mean IoU {numpy.nanmean(scores):.4f}, pixels right {numpy.trace(matrix) / matrix.sum():.4f}')
    print('  ' + ', '.join(f'{name} {score:.3f}' for name, score in zip(CLASSES, scores)), flush=True)
    return float(numpy.nanmean(scores))
