#!/usr/bin/env python3
"""Trains torchvision's lraspp_mobilenet_v3_large on scenes that it draws as it goes; no scene is seen twice.

    python3 train.py --out results

needs PyTorch with torchvision, numpy, Pillow, and a GPU to be done in minutes. It stops by itself when its time is over, and
leaves in the folder: the parameters in half precision (scenes.safetensors), the classes' names, how right they are
(evaluation.json), and pictures of what they see (kept.jpg, fresh.jpg: the worst ones).
"""

import argparse
import io
import json
import math
import pathlib
import time

START = time.monotonic()

import numpy
import torch
import torch.nn.functional as F
import torchvision
from PIL import Image

import camera
import evaluation
import safetensors_file
from canvas import View
from classes import CLASSES
from scenes import TRAINING_SEEDS, draw, voc_palette

NAME = 'lraspp_mobilenet_v3_large'


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=pathlib.Path, required=True)
    parser.add_argument('--scenes', type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent / 'scenes',
                        help='pictures with their truth, for the evaluation')
    parser.add_argument('--seconds', type=float, default=142, help='when training ends, counted from the start of the program')
    parser.add_argument('--stages', nargs='+', default=['768:10:1'],
                        help='side of the pictures, pictures a step, and share of the time')
    parser.add_argument('--rate', type=float, default=2.5e-3, help='largest learning rate')
    parser.add_argument('--decay', type=float, default=0.02, help='weight decay')
    parser.add_argument('--average', type=float, default=0.997, help='how slowly the averaged parameters follow')
    parser.add_argument('--draw', type=int, default=16, help='batches that are drawn at once')
    parser.add_argument('--turns', type=int, default=2, help='how often a scene is used')
    parser.add_argument('--half', action='store_true', help='compute in bfloat16 on the CPU as well, as on a GPU')
    parser.add_argument('--size', type=int, default=768, help='side of the pictures that the network is for')
    parser.add_argument('--also', type=int, nargs='*', default=[512], help='other sides to evaluate at')
    parser.add_argument('--fresh', type=int, default=48, help='scenes to draw for the evaluation')
    parser.add_argument('--statistics', type=int, default=40, help='batches for the statistics of the averaged parameters')
    parser.add_argument('--evaluation', type=float, default=10, help='seconds that the evaluation may take')
    parser.add_argument('--slow', type=float, default=0.1, help='seconds a step from which on cuDNN is to look for better algorithms')
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def batches(side, size, count, options, seed, device, spent):
    """Yields pictures (count × 3 × side × side, normalised) and labels, without end.

    size is the side of a whole scene where the network is used. Most pictures show things at that scale; in the others they are
    between 0.7 and 1.5 times as large. What does not fit is left out. Appends to spent the seconds that it took to draw.
    """
    random = numpy.random.default_rng(seed)
    while True:
        begin = time.monotonic()
        pictures, labels = fresh(side, size, count * options.draw, seed, random, device)
        if device.type == 'cuda':
            torch.cuda.synchronize()
        spent.append(time.monotonic() - begin)
        for turn in range(options.turns):
            # Drawing takes as long as a step or longer, so scenes come again, in another order and as seen in a mirror.
            if turn % 2 == 1:
                pictures, labels = pictures.flip(-1), labels.flip(-1)
            order = torch.as_tensor(random.permutation(len(pictures)), device=device)
            for first in range(0, len(pictures), count):
                chosen = order[first:first + count]
                yield pictures[chosen].contiguous(memory_format=torch.channels_last), labels[chosen].long()
        seed += 1


@torch.no_grad()
def fresh(side, size, total, seed, random, device):
    """Draws scenes as they come out of JPEG files of several sizes; three in twenty lose nothing."""
    aspect = random.choice([0.8, 1.0, 1.0, 1.25, 4 / 3, 4 / 3, 1.5, 1.6, 1.78], total) * random.uniform(0.95, 1.05, total)
    zoom = numpy.where(random.random(total) < 0.6, 1.0, random.uniform(0.7, 1.5, total))
    shown = numpy.minimum(side / (size * zoom), 1)
    left, top = random.random(total) * (1 - shown) * aspect, random.random(total) * (1 - shown)
    view = View(side, side, *(numpy.float32(values) for values in (left, top, shown * aspect / side, shown / side)))
    with torch.autocast(device.type, enabled=False):
        pictures, labels, dice = draw(seed, view, aspect, device, strength=0.85)
        quality, kept = dice.number(50, 98), dice.chance(0.15)
        for part, share in zip(numpy.array_split(numpy.arange(total), 4), (1, 1, 5 / 6, 2 / 3)):
            if len(part) > 0:
                rows = slice(part[0], part[-1] + 1)
                lossy = camera.file(pictures[rows], quality[rows], max(16, round(side * share / 16) * 16))
                same = torch.as_tensor(kept[rows], device=device).reshape(-1, 1, 1, 1)
                pictures[rows] = torch.where(same, pictures[rows], lossy)
        pictures = evaluation.normalise(pictures.mul_(255).round_().div_(255))
    return pictures, labels


def scores(model, pictures):
    """Class scores at the pictures' size. Enlarged in single precision: half would blur where two classes are even."""
    low = model.classifier(model.backbone(pictures))
    return F.interpolate(low.float(), pictures.shape[-2:], mode='bilinear', align_corners=False)


def loss_of(logits, labels):
    """Cross-entropy, and the Dice coefficient, which weighs small classes as much as large ones."""
    with torch.autocast(logits.device.type, enabled=False):
        logarithms = logits.log_softmax(1)
        shares = logarithms.exp()
        truth = labels.unsqueeze(1) == torch.arange(logits.shape[1], device=labels.device).reshape(1, -1, 1, 1)
        both = (shares * truth).sum((0, 2, 3))
        each = shares.sum((0, 2, 3)) + truth.sum((0, 2, 3))
        return F.nll_loss(logarithms, labels) + 0.5 * (1 - (2 * both + 100) / (each + 100)).mean()


class Average:
    """The parameters' moving average, which is better than where training last stepped to."""

    def __init__(self, model, decay):
        self.decay = decay
        self.steps = 0
        self.values = [parameter.detach().clone() for parameter in model.parameters()]

    @torch.no_grad()
    def follow(self, model):
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + 9))
        torch._foreach_mul_(self.values, decay)
        torch._foreach_add_(self.values, [parameter.detach() for parameter in model.parameters()], alpha=1 - decay)

    @torch.no_grad()
    def apply(self, model):
        for parameter, value in zip(model.parameters(), self.values):
            parameter.copy_(value)


@torch.no_grad()
def measure_batch_norms(model, source, steps, autocast):
    """The averaged parameters need statistics of their own."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None
    model.train()
    for _ in range(steps):
        pictures, _ = next(source)
        with autocast():
            scores(model, pictures)
    model.eval()


def train(model, options, device, autocast):
    """Returns the model's averaged parameters in the model itself, and the source of the last stage's pictures."""
    groups = [{'params': [p for p in model.parameters() if p.ndim > 1], 'weight_decay': options.decay},
              {'params': [p for p in model.parameters() if p.ndim <= 1], 'weight_decay': 0}]
    optimiser = torch.optim.AdamW(groups, lr=options.rate)
    average = Average(model, options.average)
    log = Log(options)
    begin = log.now()
    seed, step, done = TRAINING_SEEDS + options.seed * 1_000_000, 0, 0.0
    for stage in options.stages:
        side, count, share = (float(part) for part in stage.split(':'))
        done = min(1.0, done + share)
        source = batches(int(side), options.size, int(count), options, seed, device, log.drawing)
        seed += 500_000 // len(options.stages)
        log.start(int(side), int(count), step)
        while (progress := (log.now() - begin) / (options.seconds - begin)) < done:
            pictures, labels = next(source)
            rate = options.rate * min(1, progress / 0.04 + 0.01) * (0.5 + 0.5 * math.cos(math.pi * progress))
            for group in optimiser.param_groups:
                group['lr'] = max(rate, 1e-6)
            with autocast():
                logits = scores(model, pictures)
            loss = loss_of(logits, labels)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimiser.step()
            average.follow(model)
            step += 1
            log.step(step, rate, loss, logits, labels)
    average.apply(model)
    return source


class Log:
    """A line every few seconds, with the speed since the last one."""

    def __init__(self, options):
        self.options = options
        self.drawing = []

    @staticmethod
    def now():
        """Seconds since the program's start."""
        return time.monotonic() - START

    def start(self, side, count, step):
        self.side, self.count = side, count
        self.began = self.shown_step = step
        self.shown = self.now()

    def step(self, step, rate, loss, logits, labels):
        # Reading the loss waits for the device, which also keeps the clock honest.
        done = step - self.began
        if done > 12 and step % 4 != 0:
            return
        value = loss.item()
        if not math.isfinite(value):
            raise SystemExit(f'The loss is {value} at step {step}.')
        now = self.now()
        if done == 6:
            self.sixth = now
        if done == 12:
            self._choose_algorithms((now - self.sixth) / 6)
        if done in (1, 2, 6, 12) or now - self.shown > 5:
            matrix = evaluation.confusion(labels.cpu().numpy().astype(numpy.uint8), logits.argmax(1).cpu().numpy())
            iou = numpy.nanmean(evaluation.intersection_over_union(matrix))
            speed = (step - self.shown_step) * self.count / (now - self.shown)
            print(f'{now:6.1f} s  {self.side}  step {step}  {speed:6.1f} pictures/s  drawing {sum(self.drawing) / (now - self.shown):3.0%}  '
                  f'rate {rate:.5f}  loss {value:.4f}  IoU of this batch {iou:.4f}', flush=True)
            self.drawing.clear()
            self.shown, self.shown_step = now, step

    def _choose_algorithms(self, seconds):
        slow = seconds > self.options.slow
        print(f'{seconds * 1000:.0f} ms a step' + (': lets cuDNN try its algorithms' if slow else ''), flush=True)
        torch.backends.cudnn.benchmark = slow


def evaluate(model, options, device):
    """Scores on the kept and on fresh scenes, and a sheet of pictures, truths and predictions. Ends early where time is over."""
    results = {'classes': list(CLASSES)}
    for size, title in [(options.size, 'kept'), (options.size, 'fresh')] + [(size, 'kept') for size in options.also]:
        found = evaluation.kept_scenes(options.scenes) if title == 'kept' else evaluation.fresh_scenes(options.fresh, device)
        matrix = numpy.zeros((len(CLASSES), len(CLASSES)), numpy.int64)
        seen = []
        for data, truth, name in found:
            if Log.now() > options.seconds + options.evaluation:
                print('no time is left')
                break
            label = evaluation.predict(model, data, size, device)
            one = evaluation.confusion(truth, label)
            matrix += one
            seen.append((numpy.trace(one) / one.sum(), name, data, truth, label))
        if not seen:
            print(f'no {title} scenes')
            continue
        key = f'{title}, {len(seen)} scenes at {size}'
        results[key] = {'mean': evaluation.report(f'{Log.now():6.1f} s  {key}', matrix), 'confusion': matrix.tolist(),
                        'classes': evaluation.intersection_over_union(matrix).tolist()}
        (options.out / 'evaluation.json').write_text(json.dumps(results))
        if size == options.size:
            save_sheet(options.out / f'{title}.jpg', sorted(seen, key=lambda entry: entry[0])[:8])


def save_sheet(path, tiles):
    side = 320
    sheet = Image.new('RGB', (side * 3, side * len(tiles)))
    palette = numpy.array(voc_palette(256), numpy.uint8).reshape(-1, 3)
    for row, (_, _, data, truth, label) in enumerate(tiles):
        views = (Image.open(io.BytesIO(data)).convert('RGB'), Image.fromarray(palette[truth]), Image.fromarray(palette[label]))
        for column, view in enumerate(views):
            view.thumbnail((side - 4, side - 4))
            sheet.paste(view, (column * side, row * side))
    sheet.save(path, quality=88)


def save(model, path, options):
    """Parameters and statistics in half precision; the model takes the rounded values itself, so what is evaluated is what is saved."""
    arrays = {}
    for name, value in model.state_dict().items():
        array = value.detach().cpu().numpy()
        if array.dtype == numpy.float32:
            array = array.astype(numpy.float16)
            if not numpy.isfinite(array).all():
                raise SystemExit(f'{name} has numbers too large for half precision.')
            value.copy_(torch.as_tensor(array.astype(numpy.float32)))
        arrays[name] = array
    safetensors_file.write(path, arrays, {'network': NAME, 'classes': ','.join(CLASSES), 'format': 'pt', 'imageSize': str(options.size)})


def main():
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / 'scenes.classes.txt').write_text('\n'.join(CLASSES) + '\n')
    device = torch.device(options.device)
    torch.manual_seed(options.seed)
    print(f'{Log.now():6.1f} s  PyTorch {torch.__version__}, torchvision {torchvision.__version__}', flush=True)
    if device.type == 'cuda':
        # Left to itself cuDNN tries several algorithms for each of the shapes, and that takes it half a minute.
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.benchmark_limit = 4
        print(f'{Log.now():6.1f} s  {torch.cuda.get_device_name()}', flush=True)

    def autocast():
        return torch.autocast(device.type, torch.bfloat16, enabled=device.type == 'cuda' or options.half)

    model = torchvision.models.segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=len(CLASSES))
    model = model.to(device, memory_format=torch.channels_last).train()
    source = train(model, options, device, autocast)
    save(model, options.out / 'averaged.safetensors', options)
    print(f'{Log.now():6.1f} s  trained', flush=True)
    measure_batch_norms(model, source, options.statistics, autocast)
    torch.backends.cudnn.benchmark = False
    save(model, options.out / 'scenes.safetensors', options)
    print(f'{Log.now():6.1f} s  measured', flush=True)
    evaluate(model, options, device)
    print(f'{Log.now():6.1f} s  in all')


if __name__ == '__main__':
    main()
