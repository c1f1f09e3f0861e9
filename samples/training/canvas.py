"""A canvas that draws the same kind of thing in many pictures at once, each with its own measures.

Shapes are signed distances: negative inside, in scene units (the height of a whole scene is 1; y points down). Every shape colours
the pixels that it covers, with edges one pixel soft, and sets the class of exactly those pixels whose centre it covers. So the
ground truth is no estimate.
"""

from dataclasses import dataclass

import numpy
import torch
import torch.nn.functional as F


@dataclass
class View:
    """What part of each scene a picture shows. Arrays have one element a scene."""

    width: int            # of the pictures, in pixels
    height: int
    left: numpy.ndarray   # scene units
    top: numpy.ndarray
    step_x: numpy.ndarray  # scene units a pixel
    step_y: numpy.ndarray

    @property
    def count(self):
        return len(self.left)

    @staticmethod
    def whole(width, height, aspect):
        """Whole scenes of the given widths (in heights), stretched to the picture where their proportions differ."""
        zeros = numpy.zeros(len(aspect), numpy.float32)
        return View(width, height, zeros, zeros, numpy.float32(aspect / width), numpy.full(len(aspect), 1 / height, numpy.float32))


class Region:
    """A rectangle of pixels in each of several pictures."""

    def __init__(self, image, label, noise, x, y, pixel, light):
        self.image = image    # count, height, width, 3; 0 to 1
        self.label = label    # count, height, width; uint8
        self.noise = noise    # count, height, width, 3: coarse, middle and fine, each about -1 to 1
        self.x = x            # scene units; count, 1, width
        self.y = y            # count, height, 1
        self.pixel = pixel    # count, 1, 1: size of a pixel, scene units
        self.light = light    # count, 1, 1: where the light comes from, -1 (left) to 1

    def number(self, values):
        """One number a picture, to compute with the pixels'."""
        return torch.as_tensor(numpy.asarray(values, numpy.float32), device=self.image.device).reshape(-1, 1, 1)

    def colour(self, values):
        """One colour a picture."""
        return torch.as_tensor(numpy.asarray(values, numpy.float32), device=self.image.device).reshape(-1, 1, 1, 3)

    def paint(self, distance, colour, label=None, opacity=1.0):
        """Colours the inside of a shape, and makes it a class where one is given."""
        cover = (0.5 - distance / self.pixel).clamp_(0, 1).mul_(opacity).unsqueeze(-1)
        self.image = torch.lerp(self.image, colour.expand_as(self.image), cover.expand_as(self.image))
        if label is not None:
            self.label.masked_fill_((distance < 0).expand_as(self.label), label)

    def darken(self, distance, softness, amount):
        """A soft shadow; it belongs to what it falls on."""
        shadow = (0.5 - distance / softness).clamp_(0, 1).mul_(amount).unsqueeze(-1)
        self.image = self.image * (1 - shadow)


class Canvas(Region):
    """Whole pictures."""

    def __init__(self, view, light, device, generator):
        self.view = view
        self.rows = numpy.arange(view.count)
        shape = (view.count, view.height, view.width)
        columns = torch.arange(view.width, device=device, dtype=torch.float32) + 0.5
        lines = torch.arange(view.height, device=device, dtype=torch.float32) + 0.5
        super().__init__(
            torch.zeros(*shape, 3, device=device), torch.zeros(shape, device=device, dtype=torch.uint8), None, None, None, None, None)
        self.x = self.number(view.left) + columns.reshape(1, 1, -1) * self.number(view.step_x)
        self.y = self.number(view.top) + lines.reshape(1, -1, 1) * self.number(view.step_y)
        self.pixel = self.number(numpy.sqrt(view.step_x * view.step_y))
        self.light = self.number(light)
        self.noise = self._noise(generator)

    def _noise(self, generator):
        pixel = float(numpy.sqrt(self.view.step_x * self.view.step_y).mean())
        layers = [value_noise(self, period / pixel, generator) for period in (0.10, 0.022, 0.0045)]
        return torch.stack(layers, dim=-1)

    def window(self, present, x, y, half_width, half_height):
        """The part of each picture around an object, or None where no picture shows it.

        present, x, y, half_width, half_height: an element a picture; scene units. Returns the region and the pictures' indices.
        """
        view = self.view
        left = (x - half_width - view.left) / view.step_x
        right = (x + half_width - view.left) / view.step_x
        top = (y - half_height - view.top) / view.step_y
        bottom = (y + half_height - view.top) / view.step_y
        rows = numpy.flatnonzero(present & (right > 0) & (left < view.width) & (bottom > 0) & (top < view.height))
        if len(rows) == 0:
            return None, rows

        width = min(view.width, int(numpy.ceil((right - left)[rows].max())) + 3)
        height = min(view.height, int(numpy.ceil((bottom - top)[rows].max())) + 3)
        device = self.image.device
        first_column = numpy.clip(numpy.floor(left[rows]) - 1, 0, view.width - width).astype(numpy.int64)
        first_line = numpy.clip(numpy.floor(top[rows]) - 1, 0, view.height - height).astype(numpy.int64)
        index = torch.as_tensor(rows, device=device).reshape(-1, 1, 1)
        column = torch.as_tensor(first_column, device=device).reshape(-1, 1, 1) + torch.arange(width, device=device).reshape(1, 1, -1)
        line = torch.as_tensor(first_line, device=device).reshape(-1, 1, 1) + torch.arange(height, device=device).reshape(1, -1, 1)
        place = (index, line, column)
        region = Region(
            self.image[place], self.label[place], self.noise[place],
            self.x[index, torch.zeros_like(column), column], self.y[index, line, torch.zeros_like(line)],
            self.pixel[index.flatten()], self.light[index.flatten()])
        region.place = place
        return region, rows

    def put(self, region):
        """Puts a window back."""
        self.image[region.place] = region.image
        self.label[region.place] = region.label


def value_noise(canvas, period, generator):
    """Smooth noise of about one swing in so many pixels."""
    count, height, width = canvas.label.shape
    grid = (max(2, round(height / period) + 2), max(2, round(width / period) + 2))
    values = torch.rand(count, 1, *grid, device=canvas.image.device, generator=generator) * 2 - 1
    return F.interpolate(values, (height, width), mode='bilinear', align_corners=False)[:, 0]


# Signed distances. x and y are relative to the shape's own origin.

def circle(x, y, radius):
    return torch.sqrt(x * x + y * y) - radius


def ellipse(x, y, half_width, half_height):
    k0 = torch.sqrt((x / half_width) ** 2 + (y / half_height) ** 2)
    k1 = torch.sqrt((x / half_width ** 2) ** 2 + (y / half_height ** 2) ** 2)
    return k0 * (k0 - 1) / (k1 + 1e-6)


def box(x, y, half_width, half_height, corner=0.0):
    qx = x.abs() - (half_width - corner)
    qy = y.abs() - (half_height - corner)
    return torch.sqrt(qx.clamp(min=0) ** 2 + qy.clamp(min=0) ** 2) + torch.maximum(qx, qy).clamp(max=0) - corner


def trapezoid(x, y, half_top, half_bottom, height):
    """Stands on y = 0; half_top and half_bottom are half its widths."""
    slope = (half_bottom - half_top) / height
    side = (x.abs() - half_bottom - slope * y) / torch.sqrt(1 + slope * slope)
    return torch.maximum(side, torch.maximum(y, -height - y))


def half_plane(x, y, x0, y0, x1, y1):
    """What lies to the left, on the screen, of the line from one point to the other: above a line that goes to the right."""
    dx, dy = x1 - x0, y1 - y0
    return ((y - y0) * dx - (x - x0) * dy) / torch.sqrt(dx * dx + dy * dy)


def triangle(x, y, a, b, c):
    """Corners given so that, on the screen, they go round anticlockwise."""
    return torch.maximum(torch.maximum(half_plane(x, y, *a, *b), half_plane(x, y, *b, *c)), half_plane(x, y, *c, *a))


def union(*distances):
    result = distances[0]
    for distance in distances[1:]:
        result = torch.minimum(result, distance)
    return result
