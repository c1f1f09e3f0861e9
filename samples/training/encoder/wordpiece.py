"""BERT's WordPiece: a vocabulary made of texts, and texts cut into its pieces."""

import collections
import unicodedata

SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
LONGEST_WORD = 100


def words(text):
    """Lower-case words; each mark of punctuation is one of its own, as BERT's basic tokenizer has it."""
    found, word = [], ''
    for character in text.lower():
        category = unicodedata.category(character)
        if character.isspace() or category in ('Cc', 'Cf'):
            found.append(word)
            word = ''
        elif category.startswith('P') or 33 <= ord(character) <= 47 or 58 <= ord(character) <= 64 or 91 <= ord(character) <= 96 or 123 <= ord(character) <= 126:
            found += [word, character]
            word = ''
        else:
            word += character
    return [entry for entry in found + [word] if entry]


def make(texts, size):
    """The pieces: all characters, and then whatever two neighbours occur most often together, until there are so many."""
    counts = collections.Counter(word for text in texts for word in words(text))
    spelled = {word: [word[0]] + [f'##{character}' for character in word[1:]] for word in counts}
    pieces = dict.fromkeys(SPECIAL)
    for word in sorted(counts):
        pieces.update(dict.fromkeys(spelled[word]))
    pairs, places = collections.Counter(), collections.defaultdict(set)
    for word, parts in spelled.items():
        for pair in zip(parts, parts[1:]):
            pairs[pair] += counts[word]
            places[pair].add(word)
    while len(pieces) < size and pairs:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        if pairs[best] < 2:
            break
        merged = best[0] + best[1].removeprefix('##')
        pieces[merged] = None
        for word in sorted(places[best]):
            parts = spelled[word]
            for pair in zip(parts, parts[1:]):
                pairs[pair] -= counts[word]
                places[pair].discard(word)
            joined, i = [], 0
            while i < len(parts):
                if tuple(parts[i:i + 2]) == best:
                    joined.append(merged)
                    i += 2
                else:
                    joined.append(parts[i])
                    i += 1
            spelled[word] = joined
            for pair in zip(joined, joined[1:]):
                pairs[pair] += counts[word]
                places[pair].add(word)
        del pairs[best]
    return list(pieces)


class Tokenizer:
    """Cuts texts into the ids of the longest pieces, with [CLS] before and [SEP] behind them."""

    def __init__(self, pieces):
        self.ids = {piece: number for number, piece in enumerate(pieces)}
        self.known = {}

    def word(self, word):
        if word not in self.known:
            self.known[word] = self._cut(word)
        return self.known[word]

    def _cut(self, word):
        if len(word) > LONGEST_WORD:
            return [self.ids['[UNK]']]
        cut, start = [], 0
        while start < len(word):
            end = len(word)
            while end > start and ('##' if start else '') + word[start:end] not in self.ids:
                end -= 1
            if end == start:
                return [self.ids['[UNK]']]
            cut.append(self.ids[('##' if start else '') + word[start:end]])
            start = end
        return cut

    def pieces(self, text):
        """Without what stands around them."""
        return [piece for word in words(text) for piece in self.word(word)]

    def around(self, pieces, length):
        return [self.ids['[CLS]']] + pieces[:length - 2] + [self.ids['[SEP]']]
