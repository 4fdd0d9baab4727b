"""Our gateway with one feature, with all, or with none: settings as tables, found out by trying them.

A feature is a line in FEATURES: the tables that turn it on. Those that this build does not know are left out, and why
is said, so that the list may be ahead of the code.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from load.peers import Plan, Setting
from load.process import clean

KEY = "sk-bench-0123456789"
SOURCE = Path(__file__).parents[2] / "src"
Tables = dict[str, Any]


@dataclass(frozen=True)
class Feature:
    """What turns a feature on.

    Args:
        tables: Settings, laid over the others.
        headers: What a request must carry then.
        in_all: Whether it belongs to "every feature on".
        replicas: Over how many servers the model is balanced.
        key: Options of a virtual key that is made in a store of its own and sent; None makes none.
    """

    tables: Tables
    headers: tuple[str, ...] = ()
    in_all: bool = True
    replicas: int = 1
    key: tuple[str, ...] | None = None


STORED: Tables = {"gateway": {"stored_keys": True}, "store": {"url": "sqlite:///keys.db"}}
FEATURES = {
    "keys in settings": Feature({"gateway": {"keys": {"bench": KEY}}}, (f"Authorization: Bearer {KEY}",), in_all=False),
    "virtual keys": Feature(STORED, key=()),
    # limits that are counted and never reached
    "limits of requests, tokens, at once": Feature(
        STORED, key=("--requests", "1000000000", "--tokens", "1000000000000", "--at-once", "100000")
    ),
    "limits of dollars": Feature(STORED, key=("--day", "1000000", "--month", "1000000")),
    "two replicas by prefix": Feature({"traffic": {"pool": {"policy": "affinity"}}}, replicas=2),
    "two replicas, least busy": Feature({"traffic": {"pool": {"policy": "least_busy"}}}, in_all=False, replicas=2),
    "fair queue": Feature({"traffic": {"limit": {"calls": 4096}}}),
    "records of 10%": Feature({"records": {"share": 0.1, "path": "records.db"}}),
    "health checks": Feature({"traffic": {"health": {}}}),
    "hedging": Feature({"traffic": {"hedge": {"enabled": True}}}, in_all=False, replicas=2),
    "exact cache, all misses": Feature({"traffic": {"cache": {"around": ["r1"], "when": "always"}}}, in_all=False),
    "access log": Feature({"gateway": {"access_log": True, "log_format": "json"}}, in_all=False),
}


def settings(features: Sequence[Feature], port: int, upstreams: Sequence[int]) -> Tables:
    """Return the tables of a gateway with some features. Books, metrics and breakers are always on."""
    replicas = max([feature.replicas for feature in features], default=1)
    urls = [f"http://127.0.0.1:{upstream}/v1" for upstream in upstreams[:replicas]]
    tables: Tables = {
        "r1": {"urls": urls, "model": "deepseek-r1", "preset": "none"},
        "gateway": {"port": port, "access_log": False},
    }
    for feature in features:
        _lay_over(tables, feature.tables)
    return tables


def _lay_over(below: Tables, above: Mapping[str, Any]) -> None:
    for name, value in above.items():
        if isinstance(value, dict):
            _lay_over(below.setdefault(name, {}), value)
        else:
            below[name] = value


def to_toml(tables: Mapping[str, Any], path: str = "") -> str:
    """Write tables as TOML."""
    lines = [f"[{path}]"] if path else []
    lines += [f"{name} = {_value(value)}" for name, value in tables.items() if not isinstance(value, dict)]
    for name, value in tables.items():
        if isinstance(value, dict):
            lines.append(to_toml(value, f"{path}.{name}" if path else name))
    return "\n".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def plan(setting: Setting, names: Sequence[str]) -> Plan:
    """Return how our gateway is started with the features of these names."""
    features = [FEATURES[name] for name in names]
    path = setting.folder / "cothink.toml"
    path.write_text(to_toml(settings(features, setting.port, setting.upstreams)) + "\n")
    command = [sys.executable, "-m", "cothink.cli", "serve", "--config", str(path)]
    if setting.workers > 1:
        command += ["--workers", str(setting.workers)]
    headers = tuple(header for feature in features for header in feature.headers)
    keys = [feature.key for feature in features if feature.key is not None]
    if keys:
        headers += (f"Authorization: Bearer {_new_key(path, sum(keys, ()))}",)
    return Plan(command, "r1", headers, tuple(environment().items()))


def known(folder: Path) -> dict[str, str]:
    """Return for each feature why this build does not know it; empty where it does."""
    if not _refusal(folder, list(FEATURES.values())):
        return dict.fromkeys(FEATURES, "")
    return {name: _refusal(folder, [feature]) for name, feature in FEATURES.items()}


def _refusal(folder: Path, features: Sequence[Feature]) -> str:
    path = folder / "tried.toml"
    path.write_text(to_toml(settings(features, 0, (1, 2))) + "\n")
    done = _cothink("settings", "check", "--config", str(path))
    words = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()
    return words[-1] if done.returncode else ""


def _new_key(path: Path, options: Sequence[str]) -> str:
    name = f"bench-{time.time_ns()}"  # a gateway that is started again makes one more
    done = _cothink("keys", "create", name, *options, "--config", path.name, cwd=path.parent)
    if done.returncode:
        raise RuntimeError(f"No key could be made: {done.stderr}")
    return done.stdout.strip().splitlines()[-1]


def takes_workers() -> bool:
    """Whether this build serves with several processes."""
    return "--workers" in _cothink("serve", "--help").stdout


def environment() -> dict[str, str]:
    """Return what the gateway needs to be found: what we import from, or this checkout."""
    return {"PYTHONPATH": os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(SOURCE)])}


def _cothink(*arguments: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cothink.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=clean() | environment() | {"COLUMNS": "200"},
    )
