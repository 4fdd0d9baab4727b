"""The rooms stand in the contract of import directions, and none of them is a dumping ground."""

import tomllib

from house.pages import ROOT, SOURCE, kept_files, modules

DUMPING_GROUNDS = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "lib"}


def contract() -> dict[str, object]:
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (found,) = tables["tool"]["importlinter"]["contracts"]
    return dict(found)


def rooms() -> set[str]:
    folders = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()}
    return folders | {path.stem for path in SOURCE.glob("*.py") if path.stem != "__init__"}


def test_every_room_stands_in_the_contract_and_every_layer_is_a_room() -> None:
    """A layer in brackets is a room that is planned and not born yet; a born one loses its brackets."""
    layers = contract()["layers"]
    assert isinstance(layers, list)
    named = [name.strip() for layer in layers for name in str(layer).split("|")]
    planned = {name.strip("()") for name in named if name.startswith("(")}
    assert sorted(name for name in named if not name.startswith("(")) == sorted(rooms())
    assert planned & rooms() == set()


def test_the_contract_is_exhaustive_so_that_a_new_room_is_seen() -> None:
    found = contract()
    assert found["type"] == "layers"
    assert found["exhaustive"] is True


def test_every_folder_of_modules_is_a_package_that_says_what_it_holds() -> None:
    folders = {path.parent for path in SOURCE.rglob("*.py")}
    for folder in sorted(folders):
        opening = (folder / "__init__.py").read_text(encoding="utf-8")
        assert opening.startswith('"""'), folder


def test_no_file_is_a_dumping_ground() -> None:
    found = [path for path in kept_files() if path.suffix == ".py" and path.stem.lower() in DUMPING_GROUNDS]
    assert found == []


def test_every_room_has_a_page() -> None:
    folders = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()}
    assert {path.stem for path in (ROOT / "docs" / "rooms").glob("*.md")} == folders


def test_nobody_but_the_settings_reads_the_environment() -> None:
    """The child process of the embedded engine and the sandbox's cells have environments of their own."""
    own = ("settings/load.py", "engines/llamacpp_child.py", "verify/sandbox/inside/")
    found = [
        path.relative_to(SOURCE).as_posix()
        for path in modules()
        if "os.environ" in (text := path.read_text(encoding="utf-8")) or "os.getenv" in text
    ]
    assert [name for name in found if not name.startswith(own)] == []
