import json
from pathlib import Path

import numpy as np
import pytest

from cothink.core.errors import SettingError
from cothink.routing.learned.files import SHIPPED, load, save
from cothink.routing.learned.model import Router

PROMPT = "Put this list into ascending order: 5, 3, 8."


def test_a_router_is_the_same_after_it_was_saved(router: Router, tmp_path: Path) -> None:
    assert save(router, tmp_path / "out") < 2_000_000
    found, before = load(tmp_path / "out").score(PROMPT), router.score(PROMPT)
    assert found.kind == before.kind
    assert found.p == pytest.approx(before.p, abs=0.01)
    assert "made-up | 120" in (tmp_path / "out" / "README.md").read_text()


def test_the_card_and_the_weights_hold_no_prompt(router: Router, recorded_folder: Path, tmp_path: Path) -> None:
    save(router, tmp_path)
    prompts = [
        json.loads(line)["prompt"] for line in (recorded_folder / "made-up.prompts.jsonl").read_text().splitlines()
    ]
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(prompt.encode() in files for prompt in prompts)


@pytest.mark.parametrize("broken", ["missing", "json", "npz", "part", "version"])
def test_what_is_no_router_is_refused_naming_the_folder(router: Router, tmp_path: Path, broken: str) -> None:
    folder = tmp_path / "weights"
    if broken != "missing":
        save(router, folder)
    if broken == "json":
        (folder / "router.json").write_text("{")
    if broken == "npz":
        (folder / "router.npz").write_bytes(b"no zip")
    if broken == "part":
        np.savez(folder / "router.npz", nothing=np.zeros(1))
    if broken == "version":
        about = json.loads((folder / "router.json").read_text())
        (folder / "router.json").write_text(json.dumps(about | {"features": ["other"]}))
    with pytest.raises(SettingError, match="weights"):
        load(folder)


def test_the_shipped_router_is_small_and_reads() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 2_000_000
    found = load(SHIPPED).score("Solve this Sudoku puzzle:\n1 _ _ 4\n_ _ 2 _")
    assert 0 <= found.known <= 1 and len(found.p) == 2
