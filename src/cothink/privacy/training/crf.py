"""Trains the tagger's weights: a conditional random field over batches of texts, by Adagrad. Needs the extra `routing`."""

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from cothink.privacy.names.features import features
from cothink.privacy.names.tagger import SCALE, Stored, pack
from cothink.privacy.names.tokens import Tokens, tokens
from cothink.privacy.training.fill import Example

LABELLED: Final = (
    "PERSON", "STREET_ADDRESS", "GPE", "ORGANIZATION", "TITLE", "NRP", "DATE_TIME", "AGE", "ZIP_CODE", "PHONE_NUMBER",
)  # fmt: skip
LABELS: Final = ["O", *(f"{begin}-{kind}" for kind in LABELLED for begin in "BI")]
_RARE: Final = 4  # a feature or a word seen less often is not kept
_HIDDEN: Final = 0.3  # share of labelled words that are taken as unknown, so that the words around them are learned
_HIDDEN_OUTSIDE: Final = 0.06  # of the other words, so that an unknown word is not always a name
_MOST: Final = 3.9  # the largest weight that is stored
_CLASS: Final = {"PERSON": "n", "STREET_ADDRESS": "s", "GPE": "g", "ORGANIZATION": "o", "TITLE": "j", "NRP": "r"}


def labels_of(example: Example, cut: Tokens) -> list[int]:
    """Return the number of each token's label."""
    found = [0] * len(cut.words)
    for start, end, kind in example.spans:
        if kind in LABELLED:
            inside = [i for i in range(len(found)) if cut.starts[i] < end and cut.ends[i] > start]
            for place, i in enumerate(inside):
                found[i] = LABELS.index(f"{'I' if place else 'B'}-{kind}")
    return found


def lexicon_of(examples: Sequence[Example]) -> dict[str, str]:
    """Return the class of each word that is seen often enough: where it stands most of the time.

    Chinese characters have a finer class: what share of the time they begin a name, are in one, or in an address.
    """
    seen: dict[str, Counter[str]] = {}
    for example in examples:
        cut = tokens(example.text)
        for word, shape, label in zip(cut.words, cut.shapes, labels_of(example, cut), strict=True):
            begin, _, kind = LABELS[label].partition("-")
            name = _CLASS.get(kind, "c")
            if shape == "h" and kind == "PERSON":
                name = "b" if begin == "B" else "n"
            seen.setdefault(word, Counter())[name] += 1
    lexicon = {}
    for word, counts in seen.items():
        total = counts.total()
        if total >= _RARE:
            (first, most), *rest = counts.most_common(2)
            mixed = rest and rest[0][1] > 0.25 * total and most < 0.7 * total
            lexicon[word] = _mixed(first, rest[0][0]) if mixed else first
    return lexicon


def _mixed(first: str, second: str) -> str:
    """One letter for two classes."""
    both = "".join(sorted(first + second))
    return chr(ord("A") + sum(ord(char) for char in both) % 26)


class Corpus:
    """Examples as numbers: features by token, labels, and where each example begins."""

    def __init__(
        self, examples: Sequence[Example], lexicon: dict[str, str], index: dict[str, int] | None, seed: int
    ) -> None:
        rng = random.Random(seed)
        rows: list[list[str]] = []
        self.labels: list[int] = []
        self.sizes: list[int] = []
        for example in examples:
            cut = tokens(example.text)
            labels = labels_of(example, cut)
            hidden = Tokens(
                [
                    "\0" if shape != "N" and rng.random() < (_HIDDEN if label else _HIDDEN_OUTSIDE) else word
                    for word, shape, label in zip(cut.words, cut.shapes, labels, strict=True)
                ],
                *cut[1:],
            )
            named = features(hidden, lexicon)
            if hidden.words != cut.words:  # the ends of a hidden word are still seen
                named = [_with_ends(new, old) for new, old in zip(named, features(cut, lexicon), strict=True)]
            rows += named
            self.labels += labels
            self.sizes.append(len(labels))
        if index is None:
            counts = Counter(name for row in rows for name in row)
            index = {name: i for i, name in enumerate(name for name, count in counts.items() if count >= _RARE)}
        self.index = index
        self.matrix = _sparse(rows, index)


def _with_ends(new: list[str], old: list[str]) -> list[str]:
    return [theirs if theirs[0] in "KLMN" else mine for mine, theirs in zip(new, old, strict=True)]


def _sparse(rows: list[list[str]], index: dict[str, int]) -> Any:
    import numpy
    from scipy import sparse

    columns: list[int] = []
    starts = [0]
    for row in rows:
        columns += [index[name] for name in row if name in index]
        starts.append(len(columns))
    ones = numpy.ones(len(columns), dtype=numpy.float32)
    return sparse.csr_matrix((ones, columns, starts), shape=(len(rows), len(index)))


class Crf:
    """Weights in training."""

    def __init__(self, size: int) -> None:
        import numpy

        count = len(LABELS)
        self.numpy = numpy
        self.weights = numpy.zeros((size, count), dtype=numpy.float32)
        self._squares = numpy.full((size, count), 1e-6, dtype=numpy.float32)
        self.moves = numpy.zeros((count, count), dtype=numpy.float32)
        self._move_squares = numpy.full((count, count), 1e-6, dtype=numpy.float32)
        self.banned = numpy.zeros((count, count), dtype=bool)
        for j, after in enumerate(LABELS):
            if after.startswith("I-"):
                self.banned[:, j] = [before[2:] != after[2:] for before in LABELS]

    def train(self, corpus: Corpus, *, epochs: int, rate: float, decay: float, seed: int) -> None:
        """Go over the corpus in batches of texts of like length."""
        numpy = self.numpy
        rng = random.Random(seed)
        ends = numpy.cumsum([0, *corpus.sizes])
        labels = numpy.array(corpus.labels)
        order = sorted(range(len(corpus.sizes)), key=corpus.sizes.__getitem__)
        batches = [order[i : i + 128] for i in range(0, len(order), 128)]
        for _ in range(epochs):
            rng.shuffle(batches)
            for batch in batches:
                self._batch(corpus.matrix, labels, ends, batch, rate, decay)

    def _batch(self, matrix: Any, labels: Any, ends: Any, batch: list[int], rate: float, decay: float) -> None:
        numpy = self.numpy
        rows = numpy.concatenate([numpy.arange(ends[i], ends[i + 1]) for i in batch])
        sizes = numpy.array([ends[i + 1] - ends[i] for i in batch])
        picked = matrix[rows]
        scores = numpy.zeros((len(batch), int(sizes.max()), len(LABELS)), dtype=numpy.float32)
        mask = numpy.arange(scores.shape[1])[None, :] < sizes[:, None]
        scores[mask] = picked @ self.weights
        gold = numpy.zeros(scores.shape[:2], dtype=int)
        gold[mask] = labels[rows]
        states, moves = self._expected(scores, mask)
        states[mask, :] -= numpy.eye(len(LABELS), dtype=numpy.float32)[labels[rows]]
        pairs = mask[:, 1:]
        numpy.subtract.at(moves, (gold[:, :-1][pairs], gold[:, 1:][pairs]), 1)
        gradient = picked.T @ states[mask]
        touched = numpy.unique(picked.indices)
        self._update(gradient[touched] / len(batch), touched, rate, decay)
        moves = moves / len(batch)
        self._move_squares += moves**2
        self.moves -= rate * moves / numpy.sqrt(self._move_squares)

    def _update(self, gradient: Any, touched: Any, rate: float, decay: float) -> None:
        gradient = gradient + decay * self.weights[touched]
        self._squares[touched] += gradient**2
        self.weights[touched] -= rate * gradient / self.numpy.sqrt(self._squares[touched])

    def _expected(self, scores: Any, mask: Any) -> tuple[Any, Any]:
        """Probabilities of labels and of moves, by forward and backward sums."""
        numpy = self.numpy
        count, length, size = scores.shape
        moves = numpy.where(self.banned, -30, self.moves)
        step = numpy.exp(moves - moves.max())
        local = numpy.exp(scores - scores.max(axis=2, keepdims=True))
        local[:, 0, :] *= numpy.array([1e-9 if label.startswith("I-") else 1 for label in LABELS], dtype=numpy.float32)
        ahead = numpy.zeros_like(scores)
        ahead[:, 0] = local[:, 0] / local[:, 0].sum(axis=1, keepdims=True)
        for t in range(1, length):
            now = (ahead[:, t - 1] @ step) * local[:, t]
            ahead[:, t] = now / numpy.maximum(now.sum(axis=1, keepdims=True), 1e-30)
        back = numpy.ones((count, size), dtype=numpy.float32)
        states = numpy.zeros_like(scores)
        total = numpy.zeros((size, size), dtype=numpy.float32)
        for t in range(length - 1, -1, -1):
            states[:, t] = ahead[:, t] * back
            states[:, t] /= numpy.maximum(states[:, t].sum(axis=1, keepdims=True), 1e-30)
            if t:
                here = mask[:, t, None]
                onward = local[:, t] * back
                pair = ahead[:, t - 1, :, None] * step[None] * onward[:, None, :]
                pair /= numpy.maximum(pair.sum(axis=(1, 2), keepdims=True), 1e-30)
                total += (pair * here[:, :, None]).sum(axis=0)
                before = onward @ step.T
                before /= numpy.maximum(before.max(axis=1, keepdims=True), 1e-30)
                back = numpy.where(here, before, back)
        return states, total

    def prune(self, corpus: Corpus, *, least: float) -> None:
        """Drop features whose weights are all small; train on afterwards, so that the rest learns to do without."""
        kept = self.numpy.flatnonzero(self.numpy.abs(self.weights).max(axis=1) >= least)
        place = {int(old): new for new, old in enumerate(kept)}
        corpus.index = {name: place[i] for name, i in corpus.index.items() if i in place}
        corpus.matrix = corpus.matrix[:, kept].tocsr()
        self.weights, self._squares = self.weights[kept], self._squares[kept]

    def stored(self, index: dict[str, int], lexicon: dict[str, str]) -> Stored:
        """Return the weights as they go into the file."""
        numpy = self.numpy
        grid = SCALE // 16
        rounded = (numpy.clip(numpy.rint(self.weights * SCALE / grid) * grid, -_MOST * SCALE, _MOST * SCALE)).astype(
            int
        )
        packed = {
            name: pack({j: int(w) for j, w in enumerate(rounded[i]) if w}, len(LABELS)) for name, i in index.items()
        }
        words: dict[str, list[str]] = {}
        for word, name in lexicon.items():
            words.setdefault(name, []).append(word)
        moves = numpy.where(self.banned, -1_000_000, numpy.rint(self.moves * SCALE)).astype(int)
        return Stored(
            LABELS, moves.tolist(), {name: "\t".join(sorted(listed)) for name, listed in words.items()}, packed
        )
