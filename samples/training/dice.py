"""Random measures for several scenes at once. They come from the processor, so a scene is laid out alike on every device."""

import numpy


class Dice:
    """Each call rolls once a scene."""

    def __init__(self, seed, count):
        self._random = numpy.random.default_rng(seed)
        self.count = count

    def number(self, low, high):
        return self._random.uniform(low, high, self.count).astype(numpy.float32)

    def chance(self, probability):
        return self._random.random(self.count) < probability

    def side(self):
        """-1 or 1."""
        return numpy.where(self.chance(0.5), -1, 1).astype(numpy.float32)

    def pick(self, choices):
        """One of the rows of a table."""
        return numpy.asarray(choices, numpy.float32)[self._random.integers(0, len(choices), self.count)]

    def colour(self, choices, spread=0.06):
        """About one of these colours, as red, green and blue of 0 to 1."""
        shift = self._random.uniform(-spread, spread, (self.count, 3)) + self._random.uniform(-spread, spread, (self.count, 1))
        return numpy.clip(self.pick(choices) + shift, 0.02, 1).astype(numpy.float32)


def mix(a, b, share):
    """Between two tables, with a share of b for each scene."""
    share = numpy.asarray(share, numpy.float32)
    return a + (b - a) * (share[:, None] if a.ndim == 2 else share)
