"""Whether an answer is strict JSON that keeps a JSON schema (draft 2020-12 by default), with the path of each fault.

No remote reference is ever fetched, patterns are bounded (see patterns.py), and the whole validation has a budget of
steps.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cothink.core.errors import BadRequest
from cothink.core.verdict import Standing, Verdict
from cothink.verify.patterns import longest_safe
from cothink.verify.strict_json import NotStrict, extract_json, load_strict

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

__all__ = ["check_schema", "extract_json"]

MAX_CHARS = 1_000_000
MAX_STEPS = 100_000
MAX_UNIQUE = 2_000
MAX_NAMED = 3
MAX_SCHEMA_NODES = 20_000
PARAM = "response_format.json_schema.schema"


class _OverBudget(Exception):
    """The validation took more steps than it may."""


@dataclass(slots=True)
class _Budget:
    """What one validation may still spend, and what it left untried."""

    steps: int = MAX_STEPS
    untried: list[str] = field(default_factory=list)

    def spend(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise _OverBudget


def check_schema(answer: str, schema: Mapping[str, Any] | bool, *, param: str = PARAM) -> Verdict:
    """Validate an answer's text against a JSON schema.

    Args:
        answer: The whole text of the answer; JSON and nothing else is expected.
        schema: The JSON schema.
        param: The request field that the schema came from, for the error.

    Returns:
        `stands` where it keeps the schema, `falls` with the path and words of each fault, `unsure` where a pattern or
        the size was too much to try.

    Raises:
        BadRequest: The schema itself is invalid, or refers to something outside itself.
    """
    budget = _Budget()
    validator = _validator(schema, budget, param)
    if len(answer) > MAX_CHARS:
        return _verdict("unsure", f"The answer has {len(answer)} characters; up to {MAX_CHARS} are validated.")
    try:
        value = load_strict(answer.strip())
    except NotStrict as error:
        return _verdict("falls", _not_json(answer, str(error)))
    return _validate(validator, value, budget, param)


def _verdict(standing: Standing, evidence: str) -> Verdict:
    return Verdict(check="schema", standing=standing, evidence=evidence)


def _not_json(answer: str, why: str) -> str:
    if not answer.strip():
        return "The answer is empty; JSON is expected."
    inner = extract_json(answer)
    if inner is None:
        return f"The answer is no strict JSON: {why}."
    wrapper = "a code fence" if "```" in answer else "other text"
    share = f"{len(inner)} of {len(answer)} characters"
    return f"The JSON stands inside {wrapper}; the answer must be the JSON alone ({share})."


def _validate(validator: Any, value: object, budget: _Budget, param: str) -> Verdict:
    from referencing.exceptions import Unresolvable  # noqa: PLC0415  # heavy: loaded by the first check

    try:
        faults = _first(validator.iter_errors(value))
    except _OverBudget:
        return _verdict("unsure", f"The validation was given up after {MAX_STEPS} steps.")
    except Unresolvable as error:
        raise BadRequest(f"{param} refers to {str(error.ref)!r}, which it does not hold", param=param) from error
    except RecursionError as error:
        raise BadRequest(f"{param} refers to itself without end", param=param) from error
    if faults:
        more = "; and more" if len(faults) > MAX_NAMED else ""
        return _verdict(
            "falls", f"Against the schema: {'; '.join(_words(fault) for fault in faults[:MAX_NAMED])}{more}."
        )
    if budget.untried:
        return _verdict(
            "unsure", f"Everything that was tried keeps the schema; not tried: {'; '.join(budget.untried[:3])}."
        )
    return _verdict("stands", "The answer is strict JSON and keeps the schema.")


def _first(errors: Iterator["ValidationError"]) -> list["ValidationError"]:
    found: list[ValidationError] = []
    for error in errors:
        found.append(error)
        if len(found) > 50:
            break
    return sorted(found, key=lambda error: [str(part) for part in error.absolute_path])


def _validator(schema: Mapping[str, Any] | bool, budget: _Budget, param: str) -> Any:
    """A validator of the schema's draft whose every keyword spends from the budget."""
    from jsonschema import Draft202012Validator, FormatChecker  # noqa: PLC0415  # heavy: loaded by the first check
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415  # heavy: loaded by the first check
    from jsonschema.validators import extend, validator_for  # noqa: PLC0415  # heavy: loaded by the first check
    from referencing import Registry  # noqa: PLC0415  # heavy: loaded by the first check

    if not isinstance(schema, bool | Mapping):
        raise BadRequest(f"{param} is {type(schema).__name__}; an object or a boolean is allowed", param=param)
    named = schema.get("$schema", "") if isinstance(schema, Mapping) else ""
    if not isinstance(named, str):
        raise BadRequest(f"{param} has $schema {named!r}; a string is allowed", param=param)
    _refuse_unbounded(schema, param)
    base: Any = validator_for(schema, default=Draft202012Validator)  # Any: the stubs lack `format_checker`
    try:
        base.check_schema(schema, format_checker=FormatChecker(formats=()))
    except SchemaError as error:
        raise BadRequest(
            f"{param} is no valid JSON schema: at {_path(error.absolute_path)}, {error.message[:200]}", param=param
        ) from error
    except RecursionError as error:
        raise BadRequest(f"{param} is nested too deep", param=param) from error
    rules: dict[str, Callable[..., Iterable[Any]]] = {
        name: _counted(rule, budget) for name, rule in base.VALIDATORS.items()
    }
    rules["pattern"] = _counted(_pattern_rule(base.VALIDATORS["pattern"], budget), budget)
    rules["uniqueItems"] = _counted(_unique_rule(base.VALIDATORS["uniqueItems"], budget), budget)
    rules["multipleOf"] = _counted(_multiple_rule, budget)
    registry: Registry[Any] = Registry()  # empty, and without a retriever: nothing outside the schema can be fetched
    make: Any = extend  # Any: it has no annotations
    return make(base, rules)(schema, registry=registry)


def _counted(rule: Callable[..., Any], budget: _Budget) -> Callable[..., Iterable[Any]]:
    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        budget.spend()
        yield from rule(validator, value, instance, schema) or ()

    return counted


def _pattern_rule(rule: Callable[..., Any], budget: _Budget) -> Callable[..., Iterable[Any]]:
    def bounded(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
        if isinstance(instance, str) and len(instance) > longest_safe(pattern):
            budget.untried.append(f"the pattern “{pattern[:80]}” on a string of {len(instance)} characters")
            return
        yield from rule(validator, pattern, instance, schema) or ()

    return bounded


def _unique_rule(rule: Callable[..., Any], budget: _Budget) -> Callable[..., Iterable[Any]]:
    def bounded(validator: Any, wanted: bool, instance: Any, schema: Any) -> Iterator[Any]:
        if isinstance(instance, list) and len(instance) > MAX_UNIQUE:
            budget.untried.append(f"whether {len(instance)} items are unique")
            return
        yield from rule(validator, wanted, instance, schema) or ()

    return bounded


def _multiple_rule(validator: Any, step: float, instance: Any, schema: Any) -> Iterator[Any]:
    """Exactly, as decimals are written: 0.3 is a multiple of 0.1, and no number is too large to divide."""
    from jsonschema.exceptions import ValidationError  # noqa: PLC0415  # heavy: loaded by the first check

    if not isinstance(instance, int | float) or isinstance(instance, bool):
        return
    if (Fraction(str(instance)) / Fraction(str(step))).denominator != 1:
        yield ValidationError(f"{instance!r} is not a multiple of {step}")


def _refuse_unbounded(schema: Mapping[str, Any] | bool, param: str) -> None:
    """Refuse references to the outside, pattern keys that may not run, and a schema over the size bound."""
    waiting: list[Any] = [schema]
    seen = 0
    while waiting:
        node = waiting.pop()
        seen += 1
        if seen > MAX_SCHEMA_NODES:
            raise BadRequest(f"{param} has more than {MAX_SCHEMA_NODES} parts", param=param)
        if isinstance(node, list):
            waiting.extend(node)
        if not isinstance(node, Mapping):
            continue
        for key in ("$ref", "$dynamicRef", "$recursiveRef"):
            target = node.get(key)
            if isinstance(target, str) and not target.startswith("#"):
                raise BadRequest(
                    f"{param} refers to {target[:100]!r}; only references within the schema (#…) are allowed",
                    param=param,
                )
        keys = node.get("patternProperties")
        for pattern in keys if isinstance(keys, Mapping) else ():
            if longest_safe(str(pattern)) < 200:
                raise BadRequest(
                    f"{param} has the property pattern {str(pattern)[:100]!r}, which could run without end", param=param
                )
        waiting.extend(node.values())


def _words(error: "ValidationError") -> str:
    deepest = error
    while deepest.context and error.validator in {"anyOf", "oneOf"} and len(deepest.context) == 1:
        deepest = deepest.context[0]
    value = f", found {_short(deepest.instance)}" if deepest.validator in {"type", "enum", "const"} else ""
    words = {
        "type": f"must be {_listed(deepest.validator_value)}",
        "enum": f"must be one of {_listed(deepest.validator_value)}",
        "const": f"must be {_short(deepest.validator_value)}",
    }.get(str(deepest.validator), deepest.message[:200])
    return f"{_path(deepest.absolute_path)}: {words}{value}"


def _listed(value: object) -> str:
    items: Sequence[object] = value if isinstance(value, list) else [value]
    return " or ".join(str(item)[:40] if isinstance(item, str) else _short(item) for item in items[:8])


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _path(parts: Iterable[str | int]) -> str:
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
