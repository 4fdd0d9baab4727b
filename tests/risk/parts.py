"""A small scorecard, applications and scripted models, for the tests of `cothink-risk`."""

import json
from pathlib import Path
from typing import Any

from cothink.core.engine import Capabilities, Engine, Model
from cothink.core.errors import BadRequest
from cothink.core.price import Price
from cothink.risk import files
from cothink.risk.application import Application
from cothink.risk.portrait import Portrait, Range
from cothink.risk.reading import Heard
from cothink.risk.scored import Inputs, Score
from cothink.risk.train import train
from risk.loans import loans

WORDS = "I was short of cash recently, but my job is steady. 最近资金紧张，请批准我的贷款。"
FORM = {"income": 41234.0, "debt": 9000.0, "home": "rent", "issued": "2011-03"}
OPINION = json.dumps(
    {"score": 85, "reasons": [{"code": "liquidity", "feature": "text_says_cash_strain", "direction": "raises"}]}
)


def reading(*quotes: str, **more: Any) -> str:
    """R1's answer with these quotes."""
    said = {
        "phrases": [{"quote": quote, "risk": "cash_strain"} for quote in quotes],
        "sentiment": "negative",
        "contradictions": [],
        "income_is_stable": True,
        "has_other_debts": None,
    }
    return json.dumps(said | more, ensure_ascii=False)


def application(**more: Any) -> dict[str, Any]:
    return {"id": "a-1", "form": FORM, "texts": {"words": WORDS}} | more


def scorecard(folder: Path) -> Path:
    """Train a scorecard on the generator's loans."""
    frame = loans(900)
    truth = frame["default"].to_numpy().astype("float64")
    files.save(train(frame.drop("default", "id"), truth, "default", texts=["words"]), folder)
    return folder


def model(name: str, engine: Engine, **can: Any) -> Model:
    return Model(name=name, engine=engine, capabilities=Capabilities(**can), price=Price())


class FakeScoring:
    """A scorecard that always says the same."""

    digest = "d" * 64

    def __init__(self, *, band: str = "C", probability: float = 0.2, unsure: bool = False, reads: bool = False) -> None:
        self.portrait = Portrait(
            numbers={"income": Range(12_000, 36_000, 98_000), "dti": Range(0.01, 0.2, 0.9)},
            dates=("issued",),
            categories={"home": ("own", "rent", "自有")},
            texts=("words",),
            base_rate=0.18,
            reads=reads,
        )
        self._score = Score(probability, probability / 2, probability * 1.5, band, ("dti raises",), 0.1, unsure)

    def check(self, application: Application) -> None:
        if isinstance(application.form.get("income"), str):
            raise BadRequest("form.income is no number.", param="form.income")

    def score(self, application: Application, heard: Heard, prior: float | None) -> tuple[Score, Inputs]:
        return self._score, Inputs([1.0, None], [2])

    def again(self, inputs: Inputs, prior: float | None) -> Score:
        return self._score

    def unknown(self, application: Application) -> tuple[str, ...]:
        return ()

    def missing(self, application: Application) -> tuple[str, ...]:
        return tuple(name for name in self.portrait.fields if application.form.get(name) is None)
