#!/usr/bin/env python3
"""Trains torchvision's lraspp_mobilenet_v3_large on scenes that it draws as it goes; no scene is seen twice.

    python3 train.py --out results

needs PyTorch with torchvision, numpy, Pillow, and a GPU to be done in minutes. It stops by itself when its time is over, and
leaves in the folder: the parameters in half precision (scenes.safetensors), the classes' names, how right they are
(evaluation.json), and pictures of what they see (predictions.jpg).
"""

import argparse
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

import evaluation
import safetensors_file
from camera import jpeg
from canvas import View
from classes import CLASSES
from scenes import TRAINING_SEEDS, draw, to_bytes

NAME = 'lraspp_mobilenet_v3_large'


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=pathlib.Path, required=True)
    parser.add_argument('--scenes', type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent / 'scenes',
                        help='pictures with their truth, for the evaluation')
    parser.add_argument('--seconds', type=float, default=140, help='when training ends, counted from the start of the program')
    parser.add_argument('--stages', nargs='+', default=['384:32:0.5', '768:12:0.5'],
                        help='side of the pictures, pictures a step, and share of the time')
    parser.add_argument('--rate', type=float, default=3e-3, help='largest learning rate')
    parser.add_argument('--decay', type=float, default=0.02, help='weight decay')
    parser.add_argument('--average', type=float, default=0.998, help='how slowly the averaged parameters follow')
    parser.add_argument('--draw', type=int, default=4, help='batches that are drawn at once')
    parser.add_argument('--size', type=int, default=768, help='side of the pictures that the network is for')
    parser.add_argument('--also', type=int, nargs='*', default=[512], help='other sides to evaluate at')
    parser.add_argument('--fresh', type=int, default=96, help='scenes to draw for the evaluation')
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def batches(side, size, count, draws, seed, device, spent):
    """Yields pictures (count × 3 × side × side, normalised) and labels, without end.

    size is the side of a whole scene where the network is used. About half of the pictures show things at that scale; in the others
    they are between 0.6 and 1.6 times as large. What does not fit is left out.
    Appends to spent the seconds that it took to draw.
    """
    while True:
        begin = time.monotonic()
        random = numpy.random.default_rng(seed)
        total = count * draws
        aspect = random.choice([0.75, 0.8, 1.0, 1.0, 1.25, 4 / 3, 4 / 3, 1.5, 1.6, 1.78], total) * random.uniform(0.95, 1.05, total)
        zoom = numpy.where(random.random(total) < 0.5, 1.0, random.uniform(0.6, 1.6, total))
        shown = numpy.minimum(side / (size * zoom), 1)
        left, top = random.random(total) * (1 - shown) * aspect, random.random(total) * (1 - shown)
        view = View(side, side, *(numpy.float32(values) for values in (left, top, shown * aspect / side, shown / side)))
        pictures, labels, dice = draw(seed, view, aspect, device)
        lossy = jpeg(pictures, dice.number(45, 98))
        kept = torch.as_tensor(dice.chance(0.15), device=device).reshape(-1, 1, 1, 1)
        pictures = torch.where(kept, pictures, lossy).mul_(255).round_().div_(255)
        pictures = evaluation.normalise(pictures).contiguous(memory_format=torch.channels_last)
        if device.type == 'cuda':
            torch.cuda.synchronize()
        spent.append(time.monotonic() - begin)
        for first in range(0, total, count):
            yield pictures[first:first + count], labels[first:first + count].long()
        seed += 1


def scores(model, pictures):
    """Class scores at the pictures' size. Enlarged in single precision: half would blur where two classes are even."""
    low = model.classifier(model.backbone(pictures))
    return F.interpolate(low.float(), pictures.shape[-2:], mode='bilinear', align_corners=False)


def loss_of(logits, labels):
    """Cross-entropy, and the Dice coefficient, which weighs small classes as much as large ones."""
    with torch.autocast(logits.device.type, enabled=False):
        entropy = F.cross_entropy(logits, labels)
        shares = logits.softmax(1)
        truth = F.one_hot(labels, logits.shape[1]).permute(0, 3, 1, 2)
        both = (shares * truth).sum((0, 2, 3))
        each = shares.sum((0, 2, 3)) + truth.sum((0, 2, 3))
        return entropy + 0.5 * (1 - (2 * both + 100) / (each + 100)).mean()


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
        with autocast():
            scores(model, next(source)[0])
    model.eval()


def train(model, options, device, autocast):
    groups = [{'params': [p for p in model.parameters() if p.ndim > 1], 'weight_decay': options.decay},
              {'params': [p for p in model.parameters() if p.ndim <= 1], 'weight_decay': 0}]
    optimiser = torch.optim.AdamW(groups, lr=options.rate)
    average = Average(model, options.average)
    begin = time.monotonic() - START
    span = options.seconds - begin
    seed, step, done, drawing = TRAINING_SEEDS + options.seed * 1_000_000, 0, 0.0, []
    for stage in options.stages:
        side, count, share = (float(part) for part in stage.split(':'))
        done = min(1.0, done + share)
        source = batches(int(side), options.size, int(count), options.draw, seed, device, drawing)
        seed += 500_000 // len(options.stages)
        shown, first = time.monotonic(), step
        while (progress := (time.monotonic() - START - begin) / span) < done:
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
            now = time.monotonic()
            # Reading the loss waits for the device, which also keeps the clock honest.
            if step % 4 == 0 or now - shown > 5 or step - first <= 2:
                value = loss.item()
                now = time.monotonic()
                if not math.isfinite(value):
                    raise SystemExit(f'The loss is {value} at step {step}.')
            if now - shown > 5 or step - first <= 2:
                matrix = evaluation.confusion(labels.cpu().numpy().astype(numpy.uint8), logits.argmax(1).cpu().numpy())
                iou = numpy.nanmean(evaluation.intersection_over_union(matrix))
                print(f'{now - START:6.1f} s  {int(side)}  step {step}  {(step - first) * count / (now - shown):6.0f} pictures/s  '
                      f'drawing {sum(drawing) / (now - shown):3.0%}  rate {rate:.5f}  loss {value:.4f}  IoU of this batch {iou:.4f}', flush=True)
                drawing.clear()
                if step - first > 2:
                    shown, first = now, step
    average.apply(model)
    return source


def evaluate(model, options, device):
    """Scores on the kept and on fresh scenes, and a sheet of pictures, truths and predictions."""
    results, tiles = {'classes': list(CLASSES)}, []
    for size in (options.size, *options.also):
        for title, found in (('kept', evaluation.kept_scenes(options.scenes)), ('fresh', evaluation.fresh_scenes(options.fresh, device))):
            matrix = numpy.zeros((len(CLASSES), len(CLASSES)), numpy.int64)
            worst = []
            for data, truth, name in found:
                label = evaluation.predict(model, data, size, device)
                one = evaluation.confusion(truth, label)
                matrix += one
                worst.append((numpy.trace(one) / one.sum(), name, data, truth, label))
            if not worst:
                print(f'no {title} scenes')
                continue
            key = f'{title}, {len(worst)} scenes at {size}'
            results[key] = {'mean': evaluation.report(key, matrix), 'classes': evaluation.intersection_over_union(matrix).tolist(),
                            'confusion': matrix.tolist()}
            if size == options.size:
                tiles += sorted(worst, key=lambda entry: entry[0])[:6]
    (options.out / 'evaluation.json').write_text(json.dumps(results))
    save_sheet(options.out / 'predictions.jpg', tiles)


def save_sheet(path, tiles):
    import io

    from scenes import voc_palette

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
    device = torch.device(options.device)
    torch.manual_seed(options.seed)
    if device.type == 'cuda':
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.benchmark_limit = 4
        print(torch.cuda.get_device_name(), end=', ')
    print(f'PyTorch {torch.__version__}, torchvision {torchvision.__version__}', flush=True)

    def autocast():
        return torch.autocast(device.type, torch.bfloat16, enabled=device.type == 'cuda')

    model = torchvision.models.segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=len(CLASSES))
    model = model.to(device, memory_format=torch.channels_last).train()
    source = train(model, options, device, autocast)
    measure_batch_norms(model, source, 40 if device.type == 'cuda' else 2, autocast)
    torch.backends.cudnn.benchmark = False
    save(model, options.out / 'scenes.safetensors', options)
    (options.out / 'scenes.classes.txt').write_text('\n'.join(CLASSES) + '\n')
    evaluate(model, options, device)
    print(f'{time.monotonic() - START:.1f} s in all')


if __name__ == '__main__':
    main()
