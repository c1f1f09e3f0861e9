"""What a camera makes of a scene: exposure, colour, softness, grain, and the losses of JPEG."""

import numpy
import torch
import torch.nn.functional as F

# ITU-T T.81, Annex K: the tables that encoders scale by their quality.
LUMINANCE = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99]
CHROMINANCE = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99]

TO_YCC = [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
TO_RGB = [[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]]


def photograph(canvas, dice, generator, strength=1.0):
    """Returns pictures as float, count × 3 × height × width, 0 to 1. With less strength they differ less from what was drawn."""
    image = canvas.image
    vignette = canvas.number(dice.number(0, 0.25) * strength)
    from_middle = ((canvas.x / canvas.x.amax(-1, True) - 0.5) ** 2 + (canvas.y - 0.5) ** 2) * 2
    gain = numpy.exp(strength * (dice.number(-0.18, 0.18)[:, None] + numpy.stack([dice.number(-0.06, 0.06) for _ in range(3)], 1)))
    image = image * canvas.colour(gain) * (1 - vignette * from_middle).unsqueeze(-1)
    grey = image.mean(-1, keepdim=True)
    image = grey + (image - grey) * canvas.number(1 + strength * dice.number(-0.4, 0.3)).unsqueeze(-1)
    contrast = canvas.number(1 + strength * dice.number(-0.22, 0.18)).unsqueeze(-1)
    image = ((image - 0.5) * contrast + 0.5).clamp(0, 1) ** canvas.number(numpy.exp(strength * dice.number(-0.25, 0.25))).unsqueeze(-1)

    image = image.permute(0, 3, 1, 2)
    image = soften(image, canvas.number(strength * dice.number(-0.3, 1.0)).unsqueeze(1).clamp(0, 1))
    image = soften(image, canvas.number(strength * dice.number(-1.5, 1.0)).unsqueeze(1).clamp(0, 1))
    grain = canvas.number(strength * dice.number(0, 0.03)).unsqueeze(1)
    noise = torch.randn(image.shape, device=image.device, generator=generator)
    return (image + grain * noise).clamp(0, 1)


def soften(image, share):
    """Blurs with a binomial kernel of 3 × 3, by the given share."""
    kernel = torch.tensor([0.25, 0.5, 0.25], device=image.device)
    kernel = (kernel[:, None] * kernel).expand(3, 1, 3, 3).contiguous()
    blurred = F.conv2d(F.pad(image, (1, 1, 1, 1), mode='replicate'), kernel, groups=3)
    return torch.lerp(image, blurred, share.expand_as(image))


def file(image, quality, side):
    """What comes back of pictures that were stored as JPEG, with the given side, and are read in their old size."""
    size = image.shape[-2:]
    if side == size[-1]:
        return jpeg(image, quality)
    smaller = F.interpolate(image, (side, side), mode='bilinear', align_corners=False, antialias=True)
    return F.interpolate(jpeg(smaller, quality), size, mode='bicubic', align_corners=False).clamp_(0, 1)


def jpeg(image, quality):
    """Loses what JPEG with chroma at half resolution loses. Sides are multiples of 16; quality has an element a picture."""
    quality = torch.as_tensor(quality, device=image.device).reshape(-1, 1, 1, 1, 1)
    scale = torch.where(quality < 50, 50 / quality, 2 - quality / 50)
    ycc = torch.einsum('ij,njhw->nihw', torch.tensor(TO_YCC, device=image.device), image * 255)
    light = _quantise(ycc[:, :1] - 128, LUMINANCE, scale) + 128
    colour = _quantise(F.avg_pool2d(ycc[:, 1:], 2), CHROMINANCE, scale)
    ycc = torch.cat([light, F.interpolate(colour, scale_factor=2, mode='bilinear', align_corners=False)], 1)
    return (torch.einsum('ij,njhw->nihw', torch.tensor(TO_RGB, device=image.device), ycc) / 255).clamp(0, 1)


def _quantise(planes, table, scale):
    count, channels, height, width = planes.shape
    index = torch.arange(8, device=planes.device, dtype=torch.float32)
    cosines = torch.cos((2 * index + 1) * index[:, None] * numpy.pi / 16) * 0.5
    cosines[0] *= 0.5 ** 0.5
    blocks = planes.reshape(count, channels, height // 8, 8, width // 8, 8).permute(0, 1, 2, 4, 3, 5)
    blocks = blocks.reshape(count, channels, -1, 8, 8)
    steps = (torch.tensor(table, device=planes.device, dtype=torch.float32).reshape(8, 8) * scale).round().clamp(1, 255)
    blocks = torch.round(cosines @ blocks @ cosines.T / steps) * steps
    blocks = cosines.T @ blocks @ cosines
    blocks = blocks.reshape(count, channels, height // 8, width // 8, 8, 8).permute(0, 1, 2, 4, 3, 5)
    return blocks.reshape(count, channels, height, width)
