"""The commands for keys, teams and spend, on a store in a file."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cothink.cli.main import app
from cothink.core.errors import BadRequest
from cothink.store.money import Bookings, HeldMoney, Pot, Spend, pot_names
from cothink.store.sqlite_store import SqliteStore

Say = Callable[..., Result]
DAY = "2026-11-24"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def say(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    config = tmp_path / "cothink.toml"
    config.write_text(f'[store]\nurl = "sqlite:///{database}"\n[gateway]\nstored_keys = true\n')
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> Result:
        result = CliRunner().invoke(app, [*words, "--config", str(config)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def test_a_key_is_made_listed_rotated_and_revoked(say: Say) -> None:
    say("teams", "set", "red", "--month", "50", "--requests", "600")
    made = say("keys", "create", "alice", "--team", "red", "--day", "2.5", "--at-once", "4", "--model", "cothink-*")
    secret = made.stdout.strip()
    assert secret.startswith("ck-")
    listed = say("keys", "list").stdout
    assert secret[:10] in listed
    assert secret not in listed
    assert "$2.50/day, 4 at once" in listed
    changed = say("keys", "set", "alice", "--requests", "9", "--unlimited", "day").stdout
    assert changed == "Key alice: 9 requests/min, 4 at once.\n"
    with pytest.raises(BadRequest, match="'colour'"):
        say("keys", "set", "alice", "--unlimited", "colour")
    assert say("keys", "rotate", "alice").stdout.strip() != secret
    assert "alice" in say("keys", "show", "alice").stdout
    assert "digest" not in say("keys", "show", "alice").stdout
    say("keys", "revoke", "alice")
    assert "alice" not in say("keys", "list").stdout
    assert "revoked" in say("keys", "list", "--all").stdout
    assert "600 requests/min, $50.00/month" in say("teams", "list").stdout


def test_who_makes_a_key_that_no_gateway_asks_for_is_told(tmp_path: Path) -> None:
    config = tmp_path / "cothink.toml"
    config.write_text(f'[store]\nurl = "sqlite:///{tmp_path / "store.db"}"\n')
    made = CliRunner().invoke(app, ["keys", "create", "alice", "--config", str(config)])
    assert "gateway.stored_keys is false" in made.stderr
    assert made.stdout.count("\n") == 1, "the secret alone, for scripts"


def test_spend_is_shown_and_an_open_hold_is_reconciled(say: Say, database: Path) -> None:
    async def spend() -> None:
        store = SqliteStore(database)
        row = Spend(day=DAY, key="k1", team="", model="pro", calls=2, prompt_tokens=1500, nanousd=1_250_000_000)
        await store.book(Bookings(worker="w", number=1, spends=(row,)))
        pots = pot_names("k1", "", DAY)
        held = HeldMoney(id="w-7", worker="w", key="k1", team="", model="pro", pots=pots, nanousd=500_000_000, at=0.0)
        await store.hold(held, tuple(Pot(name) for name in pots))
        await store.aclose()

    asyncio.run(spend())
    shown = say("spend", "--by", "model,day").stdout
    assert "1,500" in shown
    assert "Total: $1.250000" in shown
    assert "w-7" in say("spend", "holds").stdout
    say("spend", "reconcile", "w-7", "--usd", "0.25")
    assert "w-7" not in say("spend", "holds").stdout
    assert "Total: $1.500000" in say("spend").stdout
    with pytest.raises(BadRequest, match="no open hold 'w-7'"):
        say("spend", "reconcile", "w-7", "--usd", "0.25")
    with pytest.raises(BadRequest, match="planet"):
        say("spend", "--by", "planet")
