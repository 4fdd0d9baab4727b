"""The few names of pytest that simple tests use, for cells without it: raises, approx, parametrize, skip, fail."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType, TracebackType
from typing import Any, NoReturn, Self

CASES = "_cases_"


class Skipped(Exception):
    """A test asked to be skipped."""


class Raises:
    """``with pytest.raises(ValueError, match="…") as info``."""

    def __init__(self, expected: Any, *, match: str | None = None) -> None:
        self._expected = expected
        self._match = match
        self.value: BaseException

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            raise AssertionError(f"expected {self._expected!r} to be raised, and nothing was")
        if not isinstance(error, self._expected):
            return False
        self.value = error
        if self._match is not None and not re.search(self._match, str(error)):
            raise AssertionError(f"expected an error that matches {self._match!r}, got {str(error)!r}")
        return True


class Approx:
    """A number, or a list, tuple or dictionary of numbers, that another is near to; tolerances as in pytest."""

    def __init__(self, expected: Any, rel: float | None = None, abs: float | None = None) -> None:
        self._expected, self._rel, self._abs = expected, rel, abs

    def __eq__(self, got: Any) -> bool:
        expected = self._expected
        if isinstance(expected, int | float):
            return isinstance(got, int | float) and self._near(got)
        if type(got) is not type(expected):
            return False
        if isinstance(expected, Mapping):
            return isinstance(got, Mapping) and got.keys() == expected.keys() and self._all(got, expected)
        return isinstance(got, list | tuple) and len(got) == len(expected) and self._all(got, range(len(expected)))

    def _all(self, got: Any, keys: Iterable[Any]) -> bool:
        return all(Approx(self._expected[key], self._rel, self._abs) == got[key] for key in keys)

    def _near(self, got: float) -> bool:
        if self._abs is not None and self._rel is None:
            return bool(abs(got - self._expected) <= self._abs)
        return math.isclose(got, self._expected, rel_tol=self._rel or 1e-6, abs_tol=self._abs or 1e-12)

    def __repr__(self) -> str:
        return f"about {self._expected!r}"

    __hash__ = None  # type: ignore[assignment]


class Mark:
    """``pytest.mark``: parametrize is done, skip skips, any other mark changes nothing."""

    def parametrize(self, names: str | Iterable[str], cases: Iterable[Any]) -> Callable[[Any], Any]:
        """Run the test once a case."""
        listed = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)

        def decorate(test: Any) -> Any:
            own = [dict(zip(listed, case if len(listed) > 1 else (case,), strict=True)) for case in cases]
            before = getattr(test, CASES, [{}])
            setattr(test, CASES, [{**one, **other} for one in before for other in own])
            return test

        return decorate

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def mark(*arguments: Any, **named: Any) -> Any:
            if len(arguments) == 1 and callable(arguments[0]) and not named:
                return arguments[0]
            return lambda test: test

        return mark


def skip(reason: str = "") -> NoReturn:
    """Skip the test."""
    raise Skipped(reason)


def fail(reason: str = "") -> NoReturn:
    """Fail the test."""
    raise AssertionError(reason)


def module() -> ModuleType:
    """A module named pytest with these names."""
    made = ModuleType("pytest")
    names = {"raises": Raises, "approx": Approx, "mark": Mark(), "skip": skip, "fail": fail}
    made.__dict__.update(names)
    return made
