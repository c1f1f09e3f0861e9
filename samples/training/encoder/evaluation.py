"""How often the nearest paragraph to a heading is on the heading's page: by an encoder, by one with random parameters, and by words."""

import collections
import math

import torch

import wordpiece

LENGTH = 128
SEEDS = 5


def of_encoder(model, embedded, questions, tokenizer):
    """The shares of questions whose page has the nearest paragraph, and one of the five nearest."""
    model.eval()
    with torch.no_grad():
        stored = vectors(model, [p.text for p in embedded], tokenizer)
        asked = vectors(model, [heading for heading, _ in questions], tokenizer)
    return shares((asked @ stored.T).topk(5).indices.tolist(), embedded, questions)


def baselines(embedded, questions, tokenizer, make):
    """The same by words (BM25), and by encoders with random parameters, on average."""
    random = [of_encoder(make(), embedded, questions, tokenizer) for _ in range(SEEDS)]
    return {'random': {key: sum(one[key] for one in random) / SEEDS for key in random[0]}, 'words': of_words(embedded, questions)}


def of_words(embedded, questions):
    texts = [collections.Counter(wordpiece.words(p.text)) for p in embedded]
    lengths = [sum(text.values()) for text in texts]
    mean = sum(lengths) / len(lengths)
    occurs = collections.Counter(word for text in texts for word in text)

    def score(word, text, length):
        rarity = math.log(1 + (len(texts) - occurs[word] + 0.5) / (occurs[word] + 0.5))
        return rarity * text[word] * 2.5 / (text[word] + 1.5 * (0.25 + 0.75 * length / mean))

    nearest = []
    for heading, _ in questions:
        asked = wordpiece.words(heading)
        scores = [sum(score(word, text, length) for word in asked if word in text) for text, length in zip(texts, lengths)]
        nearest.append(sorted(range(len(texts)), key=lambda i: -scores[i])[:5])
    return shares(nearest, embedded, questions)


def shares(nearest, embedded, questions):
    first = sum(embedded[places[0]].page == page for places, (_, page) in zip(nearest, questions))
    five = sum(any(embedded[place].page == page for place in places) for places, (_, page) in zip(nearest, questions))
    return {'first': round(first / len(questions), 3), 'amongFive': round(five / len(questions), 3)}


def vectors(model, texts, tokenizer):
    """A vector a text, a few texts at a time."""
    found = []
    for start in range(0, len(texts), 64):
        rows = [tokenizer.around(tokenizer.pieces(text), LENGTH) for text in texts[start:start + 64]]
        lengths = torch.tensor([len(row) for row in rows])
        ids = torch.zeros(len(rows), int(lengths.max()), dtype=torch.long)
        for row, pieces in zip(ids, rows):
            row[:len(pieces)] = torch.tensor(pieces)
        found.append(model(ids, lengths))
    return torch.cat(found)
