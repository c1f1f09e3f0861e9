#!/usr/bin/env python3
"""Trains the small encoder of samples/embed-docs.ps1 on the project's own documentation; needs PyTorch and numpy, and no GPU.

    python3 samples/training/encoder/train.py

writes samples/models/docs-encoder: parameters, configuration and vocabulary under Hugging Face's names, the headings that training
did not see (questions.tsv), and how often their page is found (evaluation.json).
"""

import argparse
import json
import math
import pathlib
import random
import sys
import time

import numpy
import torch

import evaluation
import paragraphs
import wordpiece
from encoder import Encoder

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
import safetensors_file  # noqa: E402

LENGTH = 48


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=pathlib.Path, default=paragraphs.ROOT / 'samples/models/docs-encoder', help='folder for the model')
    parser.add_argument('--steps', type=int, default=1000)
    parser.add_argument('--pairs', type=int, default=64, help='pairs of texts in a step')
    parser.add_argument('--vocabulary', type=int, default=3500)
    parser.add_argument('--rate', type=float, default=1e-3)
    parser.add_argument('--temperature', type=float, default=0.05)
    parser.add_argument('--seed', type=int, default=1)
    return parser.parse_args()


def shape_of(vocabulary):
    """The model's config.json. BERT tiny's sizes, which the module has as bert_tiny too."""
    return {
        'model_type': 'bert', 'architectures': ['BertModel'], 'vocab_size': vocabulary, 'hidden_size': 128, 'num_hidden_layers': 2,
        'num_attention_heads': 2, 'intermediate_size': 512, 'max_position_embeddings': 128, 'type_vocab_size': 2, 'hidden_act': 'gelu',
        'layer_norm_eps': 1e-12, 'hidden_dropout_prob': 0.1, 'attention_probs_dropout_prob': 0.0, 'pad_token_id': 0}


class Pairs:
    """Two texts that belong together: a heading and a paragraph under it, two paragraphs under one heading, or two parts of a paragraph."""

    def __init__(self, everything, held, tokenizer, options):
        self.dice = random.Random(options.seed)
        self.tokenizer = tokenizer
        self.paragraphs = everything
        self.sections = {}
        for paragraph in everything:
            self.sections.setdefault((paragraph.page, paragraph.heading), []).append(paragraph)
        self.held = held

    def draw(self):
        paragraph = self.dice.choice(self.paragraphs)
        place = (paragraph.page, paragraph.heading)
        chance = self.dice.random()
        if chance < 0.5 and paragraph.heading and (paragraph.heading, paragraph.page) not in self.held:
            first, second = self.thin(self.pieces(paragraph.heading), 0.1), self.pieces(paragraph.text)
        elif chance < 0.65 and len(self.sections[place]) > 1:
            first, second = (self.pieces(p.text) for p in self.dice.sample(self.sections[place], 2))
        else:
            # A few words of a paragraph, and the paragraph with most of them taken out.
            words = self.pieces(paragraph.text)
            start = self.dice.randrange(max(1, len(words) - 8))
            count = self.dice.randint(4, 16)
            first = words[start:start + count]
            second = words[:start] + self.thin(first, 0.7) + words[start + count:]
        return self.thin(first, 0.05), self.thin(second, 0.1), place

    def pieces(self, text):
        return self.tokenizer.pieces(text)

    def thin(self, pieces, share):
        """Leaves pieces out, so that no single one decides."""
        return [piece for piece in pieces if self.dice.random() >= share] or pieces

    def batch(self, count):
        drawn = [self.draw() for _ in range(count)]
        places = [place for _, _, place in drawn]
        same = torch.tensor([[a == b and i != j for j, b in enumerate(places)] for i, a in enumerate(places)])
        return *(padded([self.tokenizer.around(entry[side], LENGTH) for entry in drawn]) for side in (0, 1)), same


def padded(rows):
    lengths = torch.tensor([len(row) for row in rows])
    ids = torch.zeros(len(rows), int(lengths.max()), dtype=torch.long)
    for row, pieces in zip(ids, rows):
        row[:len(pieces)] = torch.tensor(pieces)
    return ids, lengths


def train(model, pairs, options):
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=0.01)
    model.train()
    start = time.monotonic()
    total = 0.0
    for step in range(1, options.steps + 1):
        rate = options.rate * min(1, step / 100) * (0.5 + 0.5 * math.cos(math.pi * step / options.steps))
        for group in optimiser.param_groups:
            group['lr'] = max(rate, 1e-6)
        first, second, same = pairs.batch(options.pairs)
        # Each text is to be nearer to its partner than to all others of the step, but for those from its own section.
        scores = model(*first) @ model(*second).T / options.temperature
        scores = scores.masked_fill(same, -1e4)
        wanted = torch.arange(len(scores))
        loss = (torch.nn.functional.cross_entropy(scores, wanted) + torch.nn.functional.cross_entropy(scores.T, wanted)) / 2
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        total += loss.item()
        if step % 100 == 0:
            print(f'{time.monotonic() - start:6.1f} s  step {step}  loss {total / 100:.3f}', flush=True)
            total = 0.0


def save(model, pieces, options):
    """Parameters in half precision; the model takes the rounded ones itself, so that what is evaluated is what is saved."""
    arrays = {}
    for name, value in model.state_dict().items():
        arrays[name] = value.numpy().astype(numpy.float16)
        value.copy_(torch.from_numpy(arrays[name].astype(numpy.float32)))
    options.out.mkdir(parents=True, exist_ok=True)
    safetensors_file.write(options.out / 'model.safetensors', arrays, {'format': 'pt'})
    (options.out / 'config.json').write_text(json.dumps(shape_of(len(pieces)), indent=2) + '\n')
    (options.out / 'vocab.txt').write_text('\n'.join(pieces) + '\n')
    tokenizer = {'tokenizer_class': 'BertTokenizer', 'do_lower_case': True, 'strip_accents': False, 'model_max_length': 128}
    (options.out / 'tokenizer_config.json').write_text(json.dumps(tokenizer, indent=2) + '\n')


def main():
    options = arguments()
    torch.manual_seed(options.seed)
    embedded = paragraphs.read_pages(paragraphs.EMBEDDED)
    everything = embedded + paragraphs.read_pages(paragraphs.OTHERS) + paragraphs.read_code()
    questions = paragraphs.questions(embedded)
    held = set(questions)
    texts = [p.text for p in everything] + [p.heading for p in everything if (p.heading, p.page) not in held]
    pieces = wordpiece.make(texts, options.vocabulary)
    tokenizer = wordpiece.Tokenizer(pieces)
    print(f'{len(everything)} paragraphs, {len(embedded)} of them embedded; {len(questions)} questions; {len(pieces)} pieces', flush=True)
    model = Encoder(shape_of(len(pieces)))
    print(f'{sum(p.numel() for p in model.parameters())} parameters', flush=True)
    found = evaluation.baselines(embedded, questions, tokenizer, lambda: Encoder(shape_of(len(pieces))))
    train(model, Pairs(everything, held, tokenizer, options), options)
    save(model, pieces, options)
    found['trained'] = evaluation.of_encoder(model, embedded, questions, tokenizer)
    (options.out / 'questions.tsv').write_text(''.join(f'{page}\t{heading}\n' for heading, page in questions))
    (options.out / 'evaluation.json').write_text(json.dumps({'questions': len(questions), **found}, indent=2) + '\n')
    print(json.dumps(found, indent=2))


if __name__ == '__main__':
    main()
