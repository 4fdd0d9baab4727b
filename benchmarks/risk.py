"""Scorecards on real loans: plain models, the parts of ours, ours; with and without the borrowers' words; each on rows
aside, with intervals, and with the gain over the best plain model by paired bootstrap.

    python benchmarks/risk.py --data DIR [--set NAME] [--extra FILE]

DIR holds credit/*.parquet with `part` (train, test) and `default`. FILE holds `id` and columns of numbers, such as
features that a model read from the texts: one more sight. `cues` are the counts and topics of the texts, without
any word model. Speed is rows a second of CPU time in one thread.
"""

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import msgspec
import numpy as np
import polars as pl

from cothink.measures.columns import Floats
from cothink.measures.paired import gain
from cothink.measures.ranking import auc
from cothink.risk import table
from cothink.risk.evaluate import MEASURES, report
from cothink.risk.features.cues import names as cue_names
from cothink.risk.features.wording import Reader, learn_vocabulary
from cothink.risk.scorecard import Scorecard
from cothink.risk.train import train

TEXTS = {"lendingclub": ["desc", "title", "emp_title"]}
DROPS = {"lendingclub": ["lender_*"]}
LATER = {"lendingclub": ("issued", "2011")}
# What the simple models of the task's table came to, on other rows of the same sets; the goals beside them.
REFERENCES = {
    "lendingclub": "LightGBM + TF-IDF .709/.313/.1188/.011, text alone .604, later .702; "
    "goal .720/.330/.1175/.010, .640, .710",
    "taiwan": "LightGBM .792, ECE .015; goal .796, .010",
    "german": "logistic .796, ECE .058; goal .805, .050",
    "sba": "CatBoost ECE .039; goal .030",
}

Split = tuple[pl.DataFrame, pl.DataFrame]


def plain(rows: pl.DataFrame, truth: Floats, aside: pl.DataFrame, texts: list[str]) -> Iterator[tuple[str, Floats]]:
    """Models that anybody fits first: logistic on standardised numbers and one-hot levels, LightGBM as it comes."""
    import lightgbm
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [name for name in rows.columns if rows[name].dtype.is_numeric() and name not in (*texts, "id")]
    levels = [name for name in rows.columns if rows[name].n_unique() <= 100 and name not in (*texts, *numbers)]
    blocks: list[tuple[object, object]] = []
    if numbers:
        figures = [one.select(numbers).to_numpy().astype(float) for one in (rows, aside)]
        scaler = StandardScaler().fit(figures[0])
        blocks.append(tuple(csr_matrix(np.nan_to_num(scaler.transform(one))) for one in figures))
    if levels:
        words = [one.select(pl.col(levels).cast(pl.String).fill_null("none")).to_numpy() for one in (rows, aside)]
        encoder = OneHotEncoder(handle_unknown="ignore").fit(words[0])
        blocks.append(tuple(encoder.transform(one) for one in words))
    for name in texts:
        written = [one[name].fill_null("").to_list() for one in (rows, aside)]
        vectorizer = TfidfVectorizer(min_df=20, max_features=2_000, sublinear_tf=True).fit(written[0])
        blocks.append(tuple(vectorizer.transform(one) for one in written))
    x, seen = (csr_matrix(hstack([block[i] for block in blocks])) for i in (0, 1))
    logistic = LogisticRegression(C=0.1, max_iter=500).fit(x, truth)
    yield "plain logistic", logistic.predict_proba(seen)[:, 1]
    options = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": 0}
    trees = lightgbm.train(options, lightgbm.Dataset(x.astype(np.float64), truth), 100)
    yield "plain LightGBM", np.asarray(trees.predict(seen.astype(np.float64), num_threads=1))


def parts(model: Scorecard) -> dict[str, Scorecard]:
    """The parts of a model on their own, then the model."""
    about = model.about
    found = {"our logistic": replace(model, about=msgspec.structs.replace(about, logistic_share=1.0), forests=())}
    if model.forests:
        found["our boosting"] = replace(model, about=msgspec.structs.replace(about, logistic_share=0.0))
    return {**found, "ours": model}


def sights(name: str, split: Split, extra: pl.DataFrame | None) -> Iterator[tuple[str, Split, list[str]]]:
    """What a model may see: numbers; all; cues instead of words; words alone; all with extra columns."""
    texts, (rows, aside) = TEXTS.get(name, []), split
    yield "numbers", (rows.drop(texts), aside.drop(texts)), []
    if texts:
        yield "all", split, texts
        reader, names = Reader(learn_vocabulary(rows, texts)), list(cue_names(texts))
        told = [pl.DataFrame(reader.read(one).cues, schema=names) for one in split]
        bare = [pl.concat([one.drop(texts), cues], how="horizontal") for one, cues in zip(split, told, strict=True)]
        yield "numbers + cues", (bare[0], bare[1]), []
        yield "words alone", (rows.select(texts), aside.select(texts)), texts
    if extra is not None and "id" in rows.columns:
        joined = [one.join(extra, on="id", how="left", maintain_order="left") for one in split]
        yield "all + extra", (joined[0], joined[1]), texts


def later(name: str, frame: pl.DataFrame) -> Split | None:
    """The rows to learn from before a date and those to judge from it on."""
    if name not in LATER:
        return None
    column, first = LATER[name]
    rows, aside = table.part_of(frame, "train"), table.part_of(frame, "test")
    return rows.filter(pl.col(column) < first), aside.filter(pl.col(column) >= first)


def told(way: str, chance: Floats, truth: Floats, best: Floats | None, speed: float | None) -> str:
    """A row of the table."""
    found = report(chance, truth, rounds=200)
    cells = [f"{found[m]:.4f} [{found[f'{m}_interval'][0]:.3f}, {found[f'{m}_interval'][1]:.3f}]" for m in MEASURES]
    more = "" if best is None else str(gain(auc, chance, best, truth, rounds=300))
    rate = "" if speed is None else f"{speed:,.0f}"
    return f"{way} | {' | '.join(cells)} | {found['ece_floor']:.3f} | {more} | {rate} |"


def measure(name: str, sight: str, split: Split, texts: list[str], by: str | None = None) -> Floats:
    """Print the rows of one sight and return what our model said."""
    truth, wanted = (table.truths(one, "default") for one in split)
    rows, aside = (one.drop([c for c in ("default", "part") if c in one.columns]) for one in split)
    simple = dict(plain(rows.drop(by) if by else rows, truth, aside, texts))
    best = max(simple.values(), key=lambda chance: auc(chance, wanted))
    for way, chance in simple.items():
        print(f"| {name} | {sight} | {told(way, chance, wanted, None, None)}", flush=True)
    model = train(rows, truth, "default", texts=texts, time=by)
    for way, one in parts(model).items():
        chance, speed = one.score(aside).chance, None
        if way == "ours":
            many = pl.concat([aside] * max(1, -(-10_000 // aside.height))).head(10_000)
            began = time.process_time()
            for start in range(0, many.height, 2_000):
                one.score(many.slice(start, 2_000))
            speed = many.height / (time.process_time() - began)
        print(f"| {name} | {sight} | {told(way, chance, wanted, best, speed)}", flush=True)
    return chance


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", action="append")
    parser.add_argument("--extra", type=Path)
    args = parser.parse_args()
    extra = table.read_table(args.extra) if args.extra else None
    print("| set | sees | way | AUC | KS | Brier | ECE | ECE if exactly right | AUC over plain | rows/s |")
    print("|---|---|---|---|---|---|---|--:|---|--:|")
    for name in args.set or ["lendingclub", "taiwan", "german", "sba"]:
        frame = table.without(table.read_table(args.data / "credit" / f"{name}.parquet"), DROPS.get(name, []))
        said = {}
        split = table.part_of(frame, "train"), table.part_of(frame, "test")
        for sight, (rows, aside), texts in sights(name, split, extra):
            kept = [
                one if "default" in one.columns else one.with_columns(whole["default"])
                for one, whole in zip((rows, aside), split, strict=True)
            ]
            said[sight] = measure(name, sight, (kept[0], kept[1]), texts)
        wanted = table.truths(split[1], "default")
        for first, second in (("all", "numbers"), ("numbers + cues", "all"), ("all + extra", "all")):
            if first in said and second in said:
                print(f"\n{name}, ours: AUC of {first} over {second}: {gain(auc, said[first], said[second], wanted)}\n")
        if cut := later(name, frame):
            measure(name, "all, later rows", cut, TEXTS.get(name, []), by=LATER[name][0])
        print(f"\n{name}, references on other rows: {REFERENCES.get(name, 'none')}\n", flush=True)


if __name__ == "__main__":
    main()
