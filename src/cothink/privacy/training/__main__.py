"""Trains the tagger anew: ``python -m cothink.privacy.training --out FILE``. Needs the extra `routing` and Faker."""

import argparse
import gzip
import random
import sys
from pathlib import Path

import msgspec

from cothink.privacy.training import chinese, english
from cothink.privacy.training.background import chinese_noise, chinese_words, noise, sentences, words
from cothink.privacy.training.crf import Corpus, Crf, lexicon_of
from cothink.privacy.training.english_names import Lists
from cothink.privacy.training.fill import Example, fill, joined, misspelt, templates


def english_examples(count: int, seed: int, *, wide: bool) -> list[Example]:
    """Return made-up English texts, some of several sentences, some of common words only."""
    rng = random.Random(seed)
    known, slots = templates("english"), english.slots(Lists(wide=wide, seed=seed))
    common, plain = words(), sentences()
    made: list[Example] = []
    while len(made) < count:
        chance = rng.random()
        if chance < 0.3:
            made.append(noise(common, rng) if chance < 0.2 else misspelt(Example(rng.choice(plain), ()), rng))
            continue
        several = [fill(rng.choice(known), slots, rng) for _ in range(rng.choice((1, 1, 1, 1, 2, 3)))]
        made.append(misspelt(joined(several, rng.choice((" ", " ", "\n"))), rng))
    return made


def chinese_examples(count: int, seed: int) -> list[Example]:
    """Return made-up Chinese applications of one to five sentences."""
    rng = random.Random(seed)
    known, slots, common = templates("chinese"), chinese.slots(), chinese_words()
    made = []
    for _ in range(count):
        several = [
            chinese_noise(common, rng) if rng.random() < 0.25 else fill(rng.choice(known), slots, rng)
            for _ in range(rng.choice((1, 1, 2, 3, 5)))
        ]
        made.append(joined(several, rng.choice(("", "", "\n", " "))))
    return made


def main(arguments: list[str] | None = None) -> None:
    """Make the texts, train, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="where the weights go")
    parser.add_argument("--count", type=int, default=24_000, help="texts of each language")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=0.4, help="how far a step goes")
    parser.add_argument("--decay", type=float, default=2e-5, help="how much weights are drawn to 0")
    parser.add_argument("--least", type=float, default=0.3, help="features whose weights are all smaller are dropped")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    examples = english_examples(given.count, given.seed, wide=True) + chinese_examples(given.count, given.seed)
    lexicon = lexicon_of(examples)
    corpus = Corpus(examples, lexicon, None, given.seed)
    sys.stderr.write(f"{len(examples):,} texts, {len(corpus.labels):,} tokens, {len(corpus.index):,} features\n")
    crf = Crf(len(corpus.index))
    crf.train(corpus, epochs=given.epochs, rate=given.rate, decay=given.decay, seed=given.seed)
    crf.prune(corpus, least=given.least)
    crf.train(corpus, epochs=2, rate=given.rate / 2, decay=given.decay, seed=given.seed + 1)
    stored = crf.stored(corpus.index, lexicon)
    packed = gzip.compress(msgspec.msgpack.encode(stored), mtime=0)
    given.out.write_bytes(packed)
    sys.stderr.write(f"{len(stored.features):,} features, {len(lexicon):,} words, {len(packed):,} bytes\n")


if __name__ == "__main__":
    main()
