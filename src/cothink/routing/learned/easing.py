"""Other models' outcomes make a prompt's label less noisy: what a model's chance is, given how many others solved it.

Item response with one ability: a logistic curve of the other models' share for each model, moved so that every kind
keeps its own mean. The more others there are, the more the label leans on them.
"""

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
_HALF = 10.0  # with so many other models a label leans half on them


def smoothed(right: Doubles, ease: Doubles, kind: NDArray[np.int64], half: float = _HALF) -> Doubles:
    """Return labels that lean on the other models' outcomes.

    Args:
        right: Shares of right answers; (prompts, models).
        ease: The others' share of right answers, and how many they are; (prompts, 2).
        kind: The number of each prompt's kind.
        half: With so many others a label leans half on them.
    """
    others = ease[:, 1]
    if not others.any():
        return right
    share = (ease[:, 0] * others + 0.5) / (others + 1)
    logit = np.log(share / (1 - share))
    lean = others / (others + half)
    given = others > 0
    found = right.copy()
    for model in range(right.shape[1]):
        slope, start = _curve(logit[given], right[given, model])
        guess = 1 / (1 + np.exp(-np.clip(slope * logit + start, -30, 30)))
        for number in np.unique(kind[given]):
            own = given & (kind == number)
            guess[own] += right[own, model].mean() - guess[own].mean()
        guess = np.clip(guess, 0, 1)
        found[given, model] = ((1 - lean) * right[:, model] + lean * guess)[given]
    return found


def _curve(x: Doubles, y: Doubles) -> tuple[float, float]:
    beta = np.asarray([1.0, 0.0])
    design = np.column_stack([x, np.ones(len(x))])
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        curve = np.maximum(p * (1 - p), 1e-4)
        step = np.linalg.solve(design.T @ (design * curve[:, None]) + 0.1 * np.eye(2), design.T @ (y - p))
        beta += np.clip(step, -1, 1)
        if float(np.abs(step).max()) < 1e-5:
            break
    return float(beta[0]), float(beta[1])
