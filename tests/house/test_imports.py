"""What must not be loaded is not loaded: measured in a fresh interpreter, for an import here would hide it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cothink

PACKAGE = Path(cothink.__file__).resolve().parents[1]
SHOW = "import json, sys; import {module}; print(json.dumps(sorted(sys.modules)))"
HEAVY = ("torch", "transformers", "numpy", "sklearn", "onnxruntime", "sqlalchemy", "pandas", "polars", "xllamacpp")


def loaded_by(module: str) -> set[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COTHINK_")}
    environment["PYTHONPATH"] = str(PACKAGE)
    run = subprocess.run(
        [sys.executable, "-c", SHOW.format(module=module)], capture_output=True, text=True, check=True, env=environment
    )
    return set(json.loads(run.stdout))


@pytest.mark.parametrize("module", ["cothink.settings", "cothink.cli.main", "cothink.serve"])
def test_nothing_that_an_extra_brings_is_loaded(module: str) -> None:
    assert not loaded_by(module).intersection(HEAVY)


def test_the_settings_load_no_web_framework() -> None:
    assert not loaded_by("cothink.settings").intersection({"starlette", "uvicorn", "uvloop", "typer", "rich"})


def test_the_command_line_loads_only_itself() -> None:
    loaded = loaded_by("cothink.cli.main")
    assert not loaded.intersection({"uvicorn", "starlette", "uvloop", "prompt_toolkit", "rich.console", "msgspec"})
    ours = {name.split(".")[1] for name in loaded if name.startswith("cothink.")}
    assert ours == {"cli"}


def test_core_loads_no_other_room() -> None:
    loaded = loaded_by("cothink.core.answer, cothink.core.engine, cothink.core.request, cothink.core.events")
    assert {name.split(".")[1] for name in loaded if name.startswith("cothink.")} == {"core"}
