"""Broad excepts that do not raise again stand at named places only, each with its reason."""

import ast
from collections import Counter
from collections.abc import Iterator

import pytest

from house.pages import SOURCE, modules

ALLOWED = {
    "gateway/app.py": (1, "the HTTP edge: answers 500 and logs"),
    "gateway/conduct.py": (1, "the HTTP edge: answers 500 and logs"),
    "gateway/http1/connection.py": (1, "the HTTP edge, below the application's own"),
    "gateway/http1/family.py": (1, "a worker process ends with whatever it was"),
    "gateway/edge/pump.py": (1, "handed to the reader, who raises it"),
    "gateway/edge/sse.py": (1, "handed to the work, where it waits"),
    "traffic/hedge.py": (1, "handed to the reader, who raises it"),
    "core/events.py": (1, "the guard of listeners: one that fails fails no request"),
    "engines/model_files/store.py": (1, "handed to the caller's thread, which raises it"),
    "verify/program/batch.py": (1, "told in the row's own line: one bad row never stops the run"),
    "verify/sandbox/inside/candidate.py": (2, "the program's own error, told to the tests"),
    "verify/sandbox/inside/examples.py": (1, "what an example's line raises is its outcome"),
    "verify/sandbox/inside/judge.py": (1, "the program wrote a greeting that cannot be read"),
    "verify/sandbox/inside/launcher.py": (1, "the program's own error, shown as Python shows it"),
    "verify/sandbox/inside/peer.py": (2, "the program's own error, sent to who asked"),
    "verify/sandbox/inside/probes.py": (1, "what a made input raises is its outcome"),
    "verify/sandbox/inside/suites.py": (2, "what a test raises is its outcome"),
}
BROAD = {"Exception", "BaseException"}


def swallowing(source: str) -> Iterator[int]:
    """The lines of broad handlers that do not end by raising."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler) and is_broad(node.type) and not isinstance(node.body[-1], ast.Raise):
            yield node.lineno


def is_broad(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(is_broad(one) for one in kind.elts)
    return kind is None or (isinstance(kind, ast.Name) and kind.id in BROAD)


def test_broad_excepts_stand_at_the_allowed_places_only() -> None:
    found = Counter(
        path.relative_to(SOURCE).as_posix() for path in modules() for _ in swallowing(path.read_text(encoding="utf-8"))
    )
    assert dict(found) == {place: count for place, (count, _) in ALLOWED.items()}


@pytest.mark.parametrize(
    ("body", "is_found"),
    [
        ("except Exception:\n    pass", True),
        ("except:\n    log()", True),
        ("except (ValueError, Exception) as error:\n    x = error", True),
        ("except BaseException:\n    close()\n    raise", False),
        ("except ValueError:\n    pass", False),
    ],
)
def test_the_scan_finds_what_it_should(body: str, is_found: bool) -> None:
    assert bool(list(swallowing(f"try:\n    work()\n{body}\n"))) is is_found


def test_no_handler_is_only_pass_without_a_word() -> None:
    """`except X: pass` hides a failure; `contextlib.suppress` or a comment says that it is meant."""
    found = []
    for path in modules():
        source = path.read_text(encoding="utf-8")
        lines = source.splitlines()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ExceptHandler) and isinstance(node.body[0], ast.Pass) and len(node.body) == 1:
                around = lines[node.lineno - 1 : node.body[0].lineno]
                if not any("#" in line for line in around):
                    found.append(f"{path.relative_to(SOURCE)}:{node.lineno}")
    assert found == []
