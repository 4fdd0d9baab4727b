"""A real small model in both roles: whatever it answers, the path ends in a clear result."""

import json
from pathlib import Path
from typing import Any

import httpx

from cothink.risk.assessment import schemas
from cothink.serve import running
from cothink.settings import load
from cothink.verify.schema import check_schema
from risk.parts import WORDS, application, scorecard


def test_a_small_model_that_answers_nonsense_ends_in_a_clear_result(tmp_path: Path, smollm2: Path) -> None:
    model = {"engine": "llamacpp", "path": str(smollm2), "context_tokens": 4096}
    given: dict[str, Any] = {
        "r1": model | {"zone": "site", "catalogue": "stand-in-r1"},
        "pro": model | {"zone": "hosted", "catalogue": "stand-in-pro"},
        "gateway": {"port": 0, "access_log": False},
        "risk": {"model": str(scorecard(tmp_path / "model")), "read_tokens": 64, "opinion_tokens": 64},
        "store": {"url": f"sqlite:///{tmp_path}/store.db"},
    }
    with running(lambda: load(Path("/dev/null"), {}, given)) as url:
        answer = httpx.post(f"{url}/risk/score", json=application(), timeout=600)
        said = answer.json()
        assert answer.status_code == 200, said
        report = said.pop("cothink")
        (case,) = [
            case
            for state in ("open", "final")
            for case in httpx.get(f"{url}/risk/reviews", params={"state": state}).json()["data"]
        ]
    assert check_schema(json.dumps(said), schemas()["assessment"]).stands
    assert said["words"]["state"] in ("read", "unreadable")
    assert [one["quote"] for one in said["evidence"] if one["quote"] not in WORDS] == []
    whole = said["words"]["state"] == "read" and said["disagreement"]["pro_score"] is not None
    assert whole or said["review"]["needed"]
    assert report["verification"] == ("verified" if whole else "unverified")
    assert (case["id"], case["texts"]) == (said["id"], {})
