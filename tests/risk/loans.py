"""A generator of loan applications: the chance of default follows from debt, income, term and the words."""

import numpy as np
import polars as pl

_WORDS = {
    0: ["I have a stable job and always pay on time", "工作稳定，按时还款", "Consolidating cards at a lower rate"],
    1: ["short of cash recently and behind on rent", "最近资金紧张，逾期一次", "emergency, please help, lost my job"],
}


def loans(rows: int = 1500, seed: int = 0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    income, debt = random.lognormal(10.5, 0.5, rows), random.lognormal(9, 0.6, rows)
    strained = random.random(rows) < 0.3
    z = -2.2 + 1.2 * np.log(debt / income * 4.5) + 1.3 * strained
    return pl.DataFrame(
        {
            "id": [f"a{i}" for i in range(rows)],
            "issued": [f"{2007 + i * 5 // rows}-{i % 12 + 1:02d}" for i in range(rows)],
            "income": income,
            "debt": debt,
            "home": random.choice(["rent", "own", "mortgage"], rows),
            "words": [str(random.choice(_WORDS[int(one)])) if i % 9 else None for i, one in enumerate(strained)],
            "default": (random.random(rows) < 1 / (1 + np.exp(-z))).astype(int),
        }
    )
