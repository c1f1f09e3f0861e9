#!/usr/bin/env python3
"""Draws scenes with their ground truth.

A scene is decided by its seed and its place in the batch: its layout by numpy on the processor, its grain by PyTorch on the
device. Training takes seeds from TRAINING_SEEDS on; the pictures in samples/scenes have lower ones, so no training sees them.

    python3 scenes.py --out ../scenes

draws the kept pictures anew; it needs PyTorch, numpy and Pillow.
"""

import argparse
import pathlib

import numpy
import torch

import things
from camera import photograph
from canvas import Canvas, View
from dice import Dice
from landscape import Landscape

TRAINING_SEEDS = 1_000_000

# Sizes of the pictures that are kept: each seed has its own.
SIZES = ((700, 700), (800, 600), (720, 720), (840, 560), (600, 750), (800, 500))

KEPT_SEEDS = (1, 6, 7, 8, 10, 14, 17, 20, 25, 29, 33, 36)


def draw(seed, view, aspect, device, strength=1.0):
    """Draws a scene for each element of the view.

    Returns pictures (count × 3 × height × width, 0 to 1), labels (count × height × width, uint8) and the dice, for more rolls.
    """
    generator = torch.Generator(device).manual_seed(seed)
    dice = Dice(seed, view.count)
    land = Landscape(dice, numpy.float32(aspect))
    canvas = Canvas(view, land.light, device, generator)
    land.draw(canvas)
    furnish(canvas, land, dice)
    return photograph(canvas, dice, generator, strength), canvas.label, dice


def furnish(canvas, land, dice):
    """Things, from the farthest to the nearest."""
    aspect, shore = land.aspect, land.shore
    water = shore - land.horizon
    for near in (0.25, 0.65):
        size = numpy.minimum(dice.number(0.20, 0.34), land.horizon * 0.7 + water * near)
        y = land.horizon + water * (near + dice.number(-0.1, 0.2))
        present = land.has_water & dice.chance(0.62) & (water > 0.12)
        things.boat(canvas, land, dice, present, dice.number(0.06, 0.94) * aspect, y, size)

    for _ in range(2):
        size = dice.number(0.18, 0.34)
        things.balloon(canvas, land, dice, dice.chance(0.42), dice.number(0.06, 0.94) * aspect, dice.number(0.14, 0.36), size)

    # Feet between the shore and the lower edge, in order; what stands nearer is larger.
    kinds = ('tree', 'house', 'tree', 'tree', 'house', 'car', 'tree', 'car', 'tree')
    feet = numpy.sort(numpy.stack([dice.number(0.02, 0.98) for _ in kinds]), axis=0)
    for kind, foot in zip(kinds, feet):
        y = shore + (1 - shore) * foot
        x = dice.number(0.0, 1.0) * aspect
        depth = 0.65 + 0.45 * (y - shore) / 0.5
        if kind == 'tree':
            things.tree(canvas, land, dice, dice.chance(0.5), x, y, dice.number(0.24, 0.46) * depth)
        elif kind == 'house':
            things.house(canvas, land, dice, dice.chance(0.5), x, y, dice.number(0.24, 0.36) * depth)
        else:
            on_road = land.road_across & dice.chance(0.8)
            y = numpy.where(on_road, land.road_line + 0.3 * land.road_half, numpy.minimum(y, 0.96))
            things.car(canvas, land, dice, dice.chance(0.55), x, y, dice.number(0.30, 0.44) * depth)


def to_bytes(pictures):
    """count × height × width × 3, uint8."""
    return (pictures * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def save(folder, seeds, quality, strength=0.6):
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'truth').mkdir(exist_ok=True)
    for number, seed in enumerate(seeds):
        width, height = SIZES[seed % len(SIZES)]
        aspect = numpy.array([width / height])
        pictures, labels, _ = draw(seed, View.whole(width, height, aspect), aspect, torch.device('cpu'), strength)
        name = f'scene-{number + 1:02}'
        Image.fromarray(to_bytes(pictures)[0].numpy()).save(folder / f'{name}.jpg', quality=quality, optimize=True)
        truth = Image.fromarray(labels[0].numpy())
        truth.putpalette(voc_palette(256))
        truth.save(folder / 'truth' / f'{name}.png', bits=8)


def voc_palette(count):
    """The colours of the Pascal VOC devkit, which Egress's masks have: the bits of a label, dealt to red, green and blue."""
    return [sum((label >> (3 * bit + channel) & 1) << (7 - bit) for bit in range(8)) for label in range(count) for channel in range(3)]


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=pathlib.Path, required=True)
    parser.add_argument('--seeds', type=int, nargs='+', default=KEPT_SEEDS, help='one a picture')
    parser.add_argument('--quality', type=int, default=85, help='of the JPEG files')
    arguments = parser.parse_args()
    save(arguments.out, arguments.seeds, arguments.quality)
