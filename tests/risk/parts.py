"""A small scorecard, applications and scripted models, for the tests of `cothink-risk`."""

import json
from pathlib import Path
from typing import Any

from cothink.core.engine import Capabilities, Engine, Model
from cothink.core.price import Price
from cothink.risk import files
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
