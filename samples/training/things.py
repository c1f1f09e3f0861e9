"""What stands in the landscape: trees, houses, cars, boats and balloons.

Each function draws one thing a scene, where present says so. x and y are its foot (of a balloon the middle), in scene units.
"""

import numpy
import torch

from canvas import box, circle, ellipse, trapezoid, triangle, union
from classes import BALLOON, BOAT, CAR, HOUSE, TREE

LEAVES = [[0.16, 0.40, 0.16], [0.24, 0.48, 0.18], [0.12, 0.34, 0.22], [0.40, 0.50, 0.16], [0.66, 0.42, 0.14], [0.72, 0.30, 0.16]]
NEEDLES = [[0.10, 0.30, 0.20], [0.14, 0.36, 0.22], [0.08, 0.26, 0.24]]
BARK = [[0.36, 0.25, 0.17], [0.44, 0.33, 0.24], [0.28, 0.20, 0.15]]
WALLS = [[0.92, 0.88, 0.80], [0.86, 0.72, 0.56], [0.74, 0.42, 0.32], [0.90, 0.82, 0.52], [0.70, 0.78, 0.82], [0.64, 0.34, 0.28]]
ROOFS = [[0.60, 0.24, 0.18], [0.42, 0.26, 0.20], [0.34, 0.34, 0.40], [0.70, 0.36, 0.22], [0.28, 0.36, 0.42]]
PAINTS = [[0.82, 0.14, 0.12], [0.12, 0.34, 0.74], [0.94, 0.76, 0.14], [0.90, 0.90, 0.90], [0.16, 0.58, 0.40], [0.94, 0.46, 0.12],
          [0.36, 0.20, 0.56], [0.20, 0.22, 0.26], [0.88, 0.36, 0.56]]
SAILS = [[0.96, 0.95, 0.92], [0.95, 0.90, 0.78], [0.86, 0.24, 0.20], [0.94, 0.60, 0.20], [0.24, 0.46, 0.70]]
GLASS = [[0.20, 0.28, 0.36], [0.44, 0.60, 0.70], [0.94, 0.84, 0.50], [0.14, 0.18, 0.24]]


class Thing:
    """A window around one thing a scene, with coordinates of its own: its foot is 0, 0 and its size 1."""

    def __init__(self, canvas, land, present, x, y, size, half_width, height, depth):
        """half_width, height above and depth below the foot bound the thing, in its own size."""
        self.canvas = canvas
        self.land = land
        middle = y + (depth - height) / 2 * size
        self.region, self.rows = canvas.window(present, x, middle, half_width * size, (height + depth) / 2 * size)
        if self.region is not None:
            self.size = self.number(size)
            self.x = (self.region.x - self.number(x)) / self.size
            self.y = (self.region.y - self.number(y)) / self.size
            self.noise = self.region.noise
            self.light = self.region.light

    @property
    def visible(self):
        return self.region is not None

    def number(self, values):
        return self.region.number(values[self.rows])

    def paint(self, distance, colour, label=None, texture=0.0, opacity=1.0):
        """The colour is an array with an element a scene; texture is a map to lighten and darken it by."""
        lit = self.region.colour(self.land.lit(colour)[self.rows])
        if torch.is_tensor(texture):
            lit = (lit * (1 + texture.unsqueeze(-1))).clamp(0, 1)
        self.region.paint(distance * self.size, lit, label, opacity)

    def shadow(self, half_width, thickness=0.045):
        """On the ground, away from the light."""
        distance = ellipse(self.x + 0.25 * half_width * self.light, self.y, half_width, half_width * 0 + thickness)
        self.region.darken(distance, 0.05, 0.35)

    def done(self):
        self.canvas.put(self.region)


def tree(canvas, land, dice, present, x, y, size):
    leafy = dice.chance(0.62)
    _leafy_tree(canvas, land, dice, present & leafy, x, y, size)
    _conifer(canvas, land, dice, present & ~leafy, x, y, size)


def _leafy_tree(canvas, land, dice, present, x, y, size):
    thing = Thing(canvas, land, present, x, y, size, 0.55, 1.02, 0.08)
    trunk, crown = dice.number(0.045, 0.07), dice.number(0.60, 0.68)
    puffs = [(dice.number(-0.24, 0.24), dice.number(-0.16, 0.16), dice.number(0.15, 0.23)) for _ in range(5)]
    leaves, bark = dice.colour(LEAVES), dice.colour(BARK)
    if not thing.visible:
        return

    thing.shadow(thing.number(crown) * 0.6)
    stem = trapezoid(thing.x, thing.y, thing.number(trunk) * 0.7, thing.number(trunk), 0.6)
    thing.paint(stem, bark, TREE, 0.25 * thing.noise[..., 2] - 0.25 * (thing.x / thing.number(trunk)) * thing.light)
    y = thing.y + thing.number(crown)
    blobs = [ellipse(thing.x, y, thing.number(crown) * 0.45, thing.number(crown) * 0.36)]
    blobs += [circle(thing.x - thing.number(px), y - thing.number(py), thing.number(r)) for px, py, r in puffs]
    crown_shape = union(*blobs) + 0.012 * thing.noise[..., 1]
    shading = 0.34 * thing.light * thing.x - 0.5 * y + 0.16 * thing.noise[..., 1] + 0.26 * thing.noise[..., 2]
    for blob in blobs[1:]:
        shading = shading + 0.10 * (blob / 0.05 + 0.5).clamp(0, 1) * (blob < 0.02) - 0.05
    thing.paint(crown_shape, leaves, TREE, shading)
    thing.done()


def _conifer(canvas, land, dice, present, x, y, size):
    thing = Thing(canvas, land, present, x, y, size, 0.40, 1.02, 0.08)
    width, steps = dice.number(0.20, 0.32), dice.number(0.45, 0.65)
    needles, bark = dice.colour(NEEDLES), dice.colour(BARK)
    if not thing.visible:
        return

    width, steps = thing.number(width), thing.number(steps)
    thing.shadow(width * 1.2)
    thing.paint(trapezoid(thing.x, thing.y, width * 0.18, width * 0.2, 0.2), bark, TREE, 0.25 * thing.noise[..., 2])
    tiers = [trapezoid(thing.x, thing.y + low, width * share * (1 - steps) * (high < 0.95), width * share, high - low)
             for low, high, share in ((0.12, 0.50, 1.0), (0.34, 0.72, 0.84), (0.56, 1.0, 0.64))]
    shape = union(*tiers) + 0.008 * thing.noise[..., 1]
    shading = 0.5 * thing.light * thing.x / width * 0.6 + 0.12 * thing.noise[..., 1] + 0.28 * thing.noise[..., 2]
    for tier in tiers[1:]:
        shading = shading - 0.22 * ((0.06 - tier) / 0.06).clamp(0, 1) * (tier > 0)
    thing.paint(shape, needles, TREE, shading)
    thing.done()


def house(canvas, land, dice, present, x, y, size):
    """Its size is its height."""
    width, wall, over = dice.number(0.42, 0.72), dice.number(0.50, 0.66), dice.number(0.03, 0.08)
    ridge = numpy.where(dice.chance(0.5), 0.0, dice.number(0.4, 0.8))
    chimney, door = dice.side() * dice.number(0.3, 0.55), dice.number(-0.5, 0.5)
    walls, roof, glass, wood = dice.colour(WALLS), dice.colour(ROOFS), dice.colour(GLASS), dice.colour(PAINTS)
    boards, smoke_stack = dice.number(0, 0.08), dice.chance(0.7)
    thing = Thing(canvas, land, present, x, y, size, 0.85, 1.05, 0.08)
    if not thing.visible:
        return

    w, h = thing.number(width), thing.number(wall)
    thing.shadow(w * 1.15)
    stack = box(thing.x - thing.number(chimney) * w, thing.y + 0.82, thing.number(numpy.full_like(width, 0.055)), 0.16)
    thing.paint(stack + thing.number(numpy.where(smoke_stack, 0, 9)), walls * 0.7, HOUSE, 0.12 * thing.noise[..., 2])
    courses = torch.sin(thing.y * 90) * thing.number(boards)
    shade = courses + 0.10 * thing.light * thing.x / w + 0.05 * thing.noise[..., 0] + 0.07 * thing.noise[..., 2]
    thing.paint(trapezoid(thing.x, thing.y, w, w, h), walls, HOUSE, shade)
    eaves = trapezoid(thing.x, thing.y + h, w * 0.98, w * 0.98, 0.05)
    thing.paint(eaves, walls * 0.72)
    tiles = torch.sin((thing.y + h) * 110) * 0.07 + 0.08 * thing.noise[..., 2] + 0.10 * thing.noise[..., 1]
    top = trapezoid(thing.x, thing.y + h - 0.02, (w + thing.number(over)) * thing.number(ridge), w + thing.number(over), 0.98 - h)
    thing.paint(top, roof, HOUSE, tiles)

    across = thing.number(door) * w
    thing.paint(box(thing.x - across, thing.y + h * 0.27, w * 0 + 0.075, h * 0.27, 0.01), wood)
    for place in (-0.68, 0.0, 0.68):
        clear = ((across - place * w).abs() < 0.17) * 9.0
        pane = box(thing.x - place * w, thing.y + h * 0.58, w * 0 + 0.075, h * 0.17, 0.005) + clear
        thing.paint(pane - 0.018, numpy.full_like(walls, 0.9))
        thing.paint(pane, glass, None, 0.5 * (thing.y + h * 0.58))
        thing.paint(torch.minimum((thing.x - place * w).abs(), (thing.y + h * 0.58).abs()) - 0.007 + 9.0 * (pane > 0), numpy.full_like(walls, 0.9))
    thing.done()


def car(canvas, land, dice, present, x, y, size):
    """Seen from the side; its size is its length."""
    facing = dice.side()
    cabin, cabin_length, tall = dice.number(-0.10, 0.04), dice.number(0.20, 0.32), dice.number(0.34, 0.44)
    van = dice.chance(0.25)
    paint, glass, stripe = dice.colour(PAINTS), dice.colour([[0.36, 0.50, 0.60], [0.24, 0.32, 0.40], [0.60, 0.74, 0.80]]), dice.chance(0.3)
    thing = Thing(canvas, land, present, x, y, size, 0.56, 0.56, 0.06)
    if not thing.visible:
        return

    along = thing.x * thing.number(facing)
    flip = thing.light * thing.number(facing)
    top, half = thing.number(numpy.where(van, 0.46, tall)), thing.number(numpy.where(van, 0.40, cabin_length))
    middle = thing.number(numpy.where(van, -0.06, cabin))
    thing.shadow(half * 0 + 0.56, 0.05)
    roof = trapezoid(along - middle, thing.y + 0.2, half * 0.72, half, top - 0.2) - 0.02
    body = box(along, thing.y + 0.17, half * 0 + 0.5, 0.10, 0.06)
    shell = torch.minimum(roof, body)
    gloss = 0.20 * (-(thing.y + 0.2) / 0.2).clamp(-1, 1) + 0.10 * flip * along + 0.03 * thing.noise[..., 1]
    thing.paint(shell, paint, CAR, gloss)
    window = trapezoid(along - middle, thing.y + 0.24, half * 0.68, half * 0.90, top - 0.27)
    pillar = ((along - middle - 0.02).abs() < 0.018) * 9.0
    thing.paint(window + pillar, glass, None, 0.7 * (along + thing.y) + 0.1)
    band = (thing.y + 0.155).abs() - 0.012 + 9.0 * (body > -0.01)
    thing.paint(band + thing.number(numpy.where(stripe, 0, 9)), numpy.full_like(paint, 0.93))
    thing.paint(box(along - 0.465, thing.y + 0.19, half * 0 + 0.03, 0.03, 0.01), numpy.full_like(paint, 1) * [1, 0.95, 0.7])
    thing.paint(box(along + 0.475, thing.y + 0.19, half * 0 + 0.02, 0.03, 0.01), numpy.full_like(paint, 1) * [0.8, 0.1, 0.1])
    for wheel in (-0.29, 0.29):
        distance = circle(along - wheel, thing.y + 0.085, half * 0 + 0.095)
        thing.paint(distance, numpy.full_like(paint, 0.12), CAR)
        thing.paint(distance + 0.045, numpy.full_like(paint, 0.68), None, 0.3 * thing.noise[..., 2])
    thing.done()


def boat(canvas, land, dice, present, x, y, size):
    """A sailing boat; its size is its height."""
    facing = dice.side()
    length, hull_height = dice.number(0.34, 0.44), dice.number(0.15, 0.2)
    hull, sail, jib = dice.colour(PAINTS), dice.colour(SAILS, 0.04), dice.colour(SAILS, 0.04)
    thing = Thing(canvas, land, present, x, y, size, 0.52, 1.02, 0.25)
    if not thing.visible:
        return

    along = thing.x * thing.number(facing)
    long, high = thing.number(length), thing.number(hull_height)
    mirrored = torch.maximum(trapezoid(along, -thing.y, long, long * 0.75, 0.22), -thing.y)
    thing.region.darken(mirrored * thing.size, 0.02, 0.4)
    shape = trapezoid(along, thing.y, long, long * 0.72, high)
    thing.paint(shape, hull, BOAT, 0.5 * (-thing.y - high * 0.5) + 0.05 * thing.noise[..., 1])
    thing.paint((thing.y + high * 0.78).abs() - 0.014 + 9.0 * (shape > -0.008), numpy.full_like(hull, 0.94))
    zero = long * 0
    deck = -high - 0.01
    main = triangle(along, thing.y, (zero - 0.015, zero - 1.0), (-long * 0.92, deck - 0.05), (zero - 0.015, deck))
    front = triangle(along, thing.y, (zero + 0.02, zero - 0.92), (zero + 0.02, deck), (long * 0.92, deck))
    billow = 0.25 * thing.light * thing.number(facing) * along / long + 0.03 * thing.noise[..., 0]
    seams = 0.04 * torch.sign(torch.sin(thing.y * 45))
    thing.paint(box(along - 0.0, thing.y + 0.55, zero + 0.02, 0.46), numpy.full_like(hull, 0.4), BOAT)
    thing.paint(main, sail, BOAT, billow + seams)
    thing.paint(front, jib, BOAT, billow - 0.06)
    thing.done()


def balloon(canvas, land, dice, present, x, y, size):
    """A hot-air balloon; its size is its height, and x and y are its middle."""
    wide, gores, turn = dice.number(0.36, 0.42), dice.number(3, 6), dice.number(0, 1)
    first, second = dice.colour(PAINTS), dice.colour(PAINTS)
    band = dice.chance(0.4)
    thing = Thing(canvas, land, present, x, y, size, 0.46, 0.52, 0.52)
    if not thing.visible:
        return

    w = thing.number(wide)
    y = thing.y + 0.5 - w
    envelope = torch.where(y < 0, circle(thing.x, y, w), ellipse(thing.x, y, w, w * 1.12))
    skirt = trapezoid(thing.x, thing.y - 0.37, w * 0.66, w * 0.24, 0.87 - w * 1.55)
    cloth = torch.minimum(envelope, skirt)
    angle = torch.asin((thing.x / (w * (1 - (y.clamp(min=0) / (w * 1.9)) ** 2).clamp(min=0.06).sqrt())).clamp(-1, 1))
    stripes = torch.sin(angle * thing.number(numpy.round(gores)) + 6.28 * thing.number(turn))
    volume = 0.42 * thing.light * thing.x - 0.35 * y + 0.06 * thing.noise[..., 0] + 0.04 * thing.noise[..., 2]
    thing.paint(cloth, first, BALLOON, volume)
    thing.paint(torch.maximum(cloth, -stripes * 0.04), second, None, volume)
    ring = (y + w * 0.05).abs() - w * 0.14
    thing.paint(torch.maximum(cloth, ring) + thing.number(numpy.where(band, 0, 9)), numpy.full_like(first, 0.93), None, volume)
    basket = box(thing.x, thing.y - 0.43, w * 0.26, 0.065, 0.01)
    weave = 0.16 * torch.sin(thing.x * 150) + 0.16 * torch.sin(thing.y * 150)
    thing.paint(basket, numpy.full_like(first, 1) * [0.52, 0.36, 0.20], BALLOON, weave)
    thing.done()
