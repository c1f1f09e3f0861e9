"""What lies behind: sky, sun, clouds, mountains, water, fields and roads."""

import numpy
import torch

import canvas as shapes
from classes import CLOUD, FIELD, MOUNTAIN, ROAD, SKY, SUN, WATER
from dice import mix

# Top of the sky, sky at the horizon, the tint that the light gives to everything.
DAYTIMES = numpy.array([
    [[0.22, 0.48, 0.84], [0.70, 0.86, 0.97], [1.00, 1.00, 1.00]],   # noon
    [[0.38, 0.62, 0.90], [0.86, 0.93, 0.97], [1.00, 0.99, 0.96]],   # haze
    [[0.42, 0.50, 0.78], [0.98, 0.76, 0.62], [1.00, 0.90, 0.80]],   # dawn
    [[0.30, 0.26, 0.52], [0.96, 0.56, 0.40], [0.96, 0.80, 0.74]],   # dusk
    [[0.56, 0.62, 0.70], [0.80, 0.83, 0.86], [0.88, 0.90, 0.92]],   # overcast
    [[0.14, 0.40, 0.62], [0.56, 0.86, 0.86], [0.96, 1.00, 0.98]],   # teal
], numpy.float32)

FIELDS = [[0.36, 0.56, 0.20], [0.48, 0.64, 0.26], [0.28, 0.48, 0.22], [0.68, 0.64, 0.30], [0.78, 0.68, 0.34], [0.52, 0.52, 0.24]]
ROCKS = [[0.44, 0.42, 0.46], [0.50, 0.44, 0.42], [0.36, 0.40, 0.50], [0.40, 0.44, 0.42], [0.56, 0.50, 0.46]]
WATERS = [[0.12, 0.36, 0.50], [0.16, 0.44, 0.54], [0.10, 0.28, 0.46], [0.20, 0.46, 0.50]]
ROADS = [[0.40, 0.40, 0.42], [0.32, 0.32, 0.35], [0.50, 0.48, 0.47], [0.62, 0.50, 0.38], [0.56, 0.42, 0.30]]


def wave(x, dice, periods, sharpness=0.0):
    """A curve over x of about -1 to 1, out of waves of the given lengths; with sharpness, more jagged than round."""
    total, weight = 0, 0
    for period in periods:
        phase = x.number(dice.number(0, 1))
        at = x.x / x.number(dice.number(0.8, 1.25) * period) + phase
        jagged = 1 - 4 * (at - torch.floor(at) - 0.5).abs()
        total = total + period * (torch.sin(2 * numpy.pi * at) * (1 - sharpness) - jagged * sharpness)
        weight += period
    return total / weight


class Landscape:
    """Where things are in each scene, and the drawing of what lies behind them."""

    def __init__(self, dice, aspect):
        self.dice = dice
        self.aspect = aspect
        share = dice.number(0, 1)
        first, second = dice.pick(range(len(DAYTIMES))).astype(int), dice.pick(range(len(DAYTIMES))).astype(int)
        self.sky_top, self.sky_low, self.tint = (mix(DAYTIMES[first, i], DAYTIMES[second, i], share * 0.5) for i in range(3))
        self.light = dice.side() * dice.number(0.4, 1)
        self.horizon = dice.number(0.40, 0.58)

        kind = dice.number(0, 1)
        self.has_water = kind < 0.62
        reaches = numpy.where(kind < 0.14, 0.40, dice.number(0.15, 0.30))
        self.shore = numpy.where(self.has_water, numpy.minimum(self.horizon + reaches, 0.92), self.horizon).astype(numpy.float32)

    def lit(self, colour):
        return colour * self.tint

    def draw(self, canvas):
        self._sky(canvas)
        self._sun(canvas)
        self._clouds(canvas)
        self._mountains(canvas)
        self._hills(canvas)
        self._water(canvas)
        self._field(canvas)
        self._road(canvas)

    def _sky(self, canvas):
        height = (canvas.y / canvas.number(self.horizon)).clamp(0, 1).unsqueeze(-1)
        sky = torch.lerp(canvas.colour(self.sky_top), canvas.colour(self.sky_low), height ** 1.3)
        canvas.image = (sky + 0.025 * canvas.noise[..., :1] * canvas.number(self.dice.number(0, 1)).unsqueeze(-1)).clamp(0, 1)
        canvas.label.fill_(SKY)

    def _sun(self, canvas):
        dice = self.dice
        present = dice.chance(0.72)
        radius = dice.number(0.055, 0.10)
        x = numpy.where(self.light < 0, dice.number(0.06, 0.46), dice.number(0.54, 0.94)) * self.aspect
        y = dice.number(0.09, 0.34)
        disc = dice.colour([[1.0, 0.93, 0.58], [1.0, 0.86, 0.40], [1.0, 0.72, 0.32], [1.0, 0.97, 0.80]], 0.03)
        distance = shapes.circle(canvas.x - canvas.number(x), canvas.y - canvas.number(y), canvas.number(radius))
        glow = torch.exp(-distance.clamp(min=0) / canvas.number(dice.number(0.03, 0.12))) * canvas.number(dice.number(0.05, 0.4) * present)
        canvas.image = torch.lerp(canvas.image, canvas.colour(disc * 0.9), glow.unsqueeze(-1))
        absent = canvas.number(numpy.where(present, 0, 9))
        shine = canvas.colour(disc) * (1 + 0.25 * (distance / canvas.number(radius)).clamp(-1, 0).neg().unsqueeze(-1))
        canvas.paint(distance + absent, shine.clamp(0, 1), SUN)

    def _clouds(self, canvas):
        dice = self.dice
        for _ in range(4):
            present = dice.chance(0.55)
            length, x, y = dice.number(0.13, 0.26), dice.number(0.0, 1.0) * self.aspect, dice.number(0.08, 0.32)
            puffs = [(dice.number(-0.75, 0.75), dice.number(0.25, 0.42)) for _ in range(3)] + [(dice.number(-0.2, 0.2), dice.number(0.42, 0.58))]
            white = numpy.clip(mix(dice.colour([[0.97, 0.97, 0.98]], 0.02), self.sky_low, dice.number(0, 0.3)) * self.tint, 0, 1)
            shade = dice.number(0.70, 0.9)
            region, rows = canvas.window(present, x, y, 1.25 * length, 0.9 * length)
            if region is None:
                continue

            size = region.number(length[rows])
            along = (region.x - region.number(x[rows])) / size
            above = (region.number(y[rows]) - region.y) / size
            cloud = shapes.box(along, above - 0.13, 0.8, 0.13, 0.13)
            for place, radius in puffs:
                cloud = torch.minimum(cloud, shapes.circle(along - region.number(place[rows]), above - 0.18, region.number(radius[rows])))
            cloud = torch.maximum(cloud + 0.05 * region.noise[..., 1], -above)
            body = region.colour(white[rows])
            low = (0.55 - above * 0.9 - 0.3 * region.light * along + 0.25 * region.noise[..., 0]).clamp(0, 1).unsqueeze(-1)
            region.paint(cloud * size, body * (1 - low * (1 - region.number(shade[rows]).unsqueeze(-1))), CLOUD)
            canvas.put(region)

    def _mountains(self, canvas):
        dice = self.dice
        some = dice.chance(0.72)
        for distance in (0, 1):
            present = some & (dice.chance(0.55) if distance == 0 else True)
            height = dice.number(0.14, 0.30) * (1.15 if distance == 0 else 0.8)
            profile = wave(canvas, dice, (0.9, 0.37, 0.16, 0.07), 0.75)
            ridge = canvas.number(self.horizon) - canvas.number(height) * (0.55 + 0.55 * profile).clamp(min=0.03)
            below = canvas.y - ridge
            colour = self.lit(mix(dice.colour(ROCKS), self.sky_low, dice.number(0.3, 0.5) if distance == 0 else dice.number(0.0, 0.25)))
            slope = torch.diff(ridge, dim=-1, append=ridge[..., -1:]) / canvas.number(canvas.view.step_x)
            steep = 0.5 * slope * canvas.light * torch.exp(-below.clamp(min=0) / 0.03)
            facing = (steep + 0.35 * canvas.noise[..., 0] + 0.2 * canvas.noise[..., 1]).clamp(-0.9, 0.9)
            body = canvas.colour(colour) * (1 + 0.30 * facing.unsqueeze(-1))
            snowy = canvas.number(numpy.where(dice.chance(0.5), dice.number(0.25, 0.6) * height, -1))
            snow = (below + ridge - canvas.number(self.horizon) + canvas.number(height) - snowy + 0.03 * canvas.noise[..., 1]) / 0.006
            white = canvas.colour(self.lit(dice.colour([[0.93, 0.94, 0.97]], 0.02))) * (1 + 0.12 * facing.unsqueeze(-1))
            body = torch.lerp(white, body, (0.5 + snow).clamp(0, 1).unsqueeze(-1))
            absent = canvas.number(numpy.where(present, 0, 9))
            steepness = torch.sqrt(1 + slope * slope).clamp(max=3)
            mountain = torch.maximum(-below / steepness, canvas.y - canvas.number(self.horizon + 0.02))
            canvas.paint(mountain + absent, body.clamp(0, 1), MOUNTAIN)

    def _hills(self, canvas):
        """Fields that rise to the horizon; without water they are where the field begins."""
        dice = self.dice
        present = dice.chance(0.6) | ~self.has_water
        height = dice.number(0.025, 0.08)
        top = canvas.number(self.horizon) - canvas.number(height) * (0.6 + 0.4 * wave(canvas, dice, (1.3, 0.5)))
        colour = self.lit(mix(dice.colour(FIELDS), self.sky_low, dice.number(0.05, 0.3)))
        shade = 1 + 0.16 * canvas.noise[..., :1] + 0.10 * canvas.noise[..., 1:2]
        hills = torch.maximum(top - canvas.y, canvas.y - canvas.number(self.horizon + 0.02))
        canvas.paint(hills + canvas.number(numpy.where(present, 0, 9)), (canvas.colour(colour) * shade).clamp(0, 1), FIELD)

    def _water(self, canvas):
        dice = self.dice
        depth = ((canvas.y - canvas.number(self.horizon)) / 0.5).clamp(0.004, 1)
        mirror = canvas.colour(self.lit(mix(dice.colour(WATERS), self.sky_low, dice.number(0.1, 0.5))))
        deep = canvas.colour(self.lit(dice.colour(WATERS)))
        ripples = torch.sin(canvas.number(dice.number(50, 90)) * torch.sqrt(depth) + 2.2 * canvas.noise[..., 0] + 1.5 * canvas.noise[..., 1])
        body = torch.lerp(mirror, deep, depth.unsqueeze(-1)) * (1 + (0.07 * ripples + 0.05 * canvas.noise[..., 2]).unsqueeze(-1))
        glints = ((ripples + canvas.noise[..., 2] - 1.35) * 2).clamp(0, 1) * canvas.number(dice.number(0, 0.5))
        body = torch.lerp(body, canvas.colour(self.sky_low), glints.unsqueeze(-1))
        absent = canvas.number(numpy.where(self.has_water, 0, 9))
        canvas.paint(canvas.number(self.horizon) - canvas.y + absent, body.clamp(0, 1), WATER)

    def _field(self, canvas):
        dice = self.dice
        shore = canvas.number(self.shore) + canvas.number(numpy.where(self.has_water, 0.018, 0)) * wave(canvas, dice, (0.8, 0.3))
        depth = ((canvas.y - canvas.number(self.shore)) / (1 - canvas.number(self.shore))).clamp(0, 1)
        near, far = canvas.colour(self.lit(dice.colour(FIELDS))), canvas.colour(self.lit(dice.colour(FIELDS)))
        share = (depth + 0.35 * canvas.noise[..., 0]).clamp(0, 1).unsqueeze(-1)
        grass = 0.10 * canvas.noise[..., 1] + (0.06 + 0.12 * depth) * canvas.noise[..., 2]
        furrows = torch.sin(canvas.number(dice.number(20, 50)) * (canvas.x + canvas.number(dice.number(-1, 1)) * depth) / (0.3 + depth))
        grass = grass + canvas.number(numpy.where(dice.chance(0.3), 0.07, 0)) * furrows
        body = torch.lerp(far, near, share) * (1 + grass.unsqueeze(-1))
        sand = canvas.number(numpy.where(self.has_water & dice.chance(0.5), dice.number(0.01, 0.03), -1))
        beach = ((sand - (canvas.y - shore)) / 0.006 + 0.5).clamp(0, 1).unsqueeze(-1)
        body = torch.lerp(body, canvas.colour(self.lit(dice.colour([[0.86, 0.78, 0.58]]))), beach)
        canvas.paint(shore - canvas.y, body.clamp(0, 1), FIELD)

    def _road(self, canvas):
        """Towards the horizon, or across."""
        dice = self.dice
        present = dice.chance(0.62) & (self.shore < 0.82)
        self.road_across = present & dice.chance(0.5)
        self.road_line = numpy.minimum(self.shore + dice.number(0.16, 0.28), 0.90).astype(numpy.float32)
        self.road_half = dice.number(0.045, 0.075)

        top = canvas.number(self.shore)
        along = ((canvas.y - top) / (1 - top)).clamp(0, 1.2)
        start, end = dice.number(0.15, 0.85) * self.aspect, dice.number(0.1, 0.9) * self.aspect
        bend = canvas.number(dice.number(-0.25, 0.25)) * torch.sin(numpy.pi * along)
        centre = canvas.number(start) + canvas.number(end - start) * along + bend
        half = canvas.number(dice.number(0.014, 0.025)) + canvas.number(dice.number(0.09, 0.20)) * along
        lean = torch.sqrt(1 + (canvas.number(end - start) / (1 - top)) ** 2)
        away = torch.maximum(((canvas.x - centre).abs() - half) / lean, top + 0.02 - canvas.y)

        middle = canvas.number(self.road_line) + canvas.number(dice.number(-0.02, 0.02)) * torch.sin(2 * canvas.x + canvas.number(dice.number(0, 6)))
        across = (canvas.y - middle).abs() - canvas.number(self.road_half)

        sideways = canvas.number(self.road_across) > 0
        road = torch.where(sideways, across, away)
        width = torch.where(sideways, canvas.number(self.road_half), half)
        body = canvas.colour(self.lit(dice.colour(ROADS))) * (1 + (0.05 * canvas.noise[..., 0] + 0.07 * canvas.noise[..., 2]).unsqueeze(-1))
        line = torch.where(sideways, (canvas.y - middle).abs(), (canvas.x - centre).abs() / lean) - 0.045 * width
        beat = torch.where(sideways, canvas.x * 9, torch.log(along + 0.12) * 11)
        dashed = torch.where(torch.frac(beat.abs()) < 0.55, line, torch.ones_like(line))
        body = torch.lerp(body, torch.full_like(body, 0.88), (0.5 - dashed / canvas.pixel).clamp(0, 1).unsqueeze(-1)
                          * canvas.number(dice.chance(0.7)).unsqueeze(-1))
        canvas.paint(road + canvas.number(numpy.where(present, 0, 9)), body.clamp(0, 1), ROAD)
