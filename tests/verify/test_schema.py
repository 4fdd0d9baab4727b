import json

import pytest

from cothink.core.errors import BadRequest
from cothink.verify.patterns import longest_safe
from cothink.verify.schema import check_schema, extract_json

LOAN = {
    "type": "object",
    "properties": {
        "income": {"type": "number", "minimum": 0},
        "purpose": {"enum": ["car", "house"]},
        "code": {"type": "string", "pattern": "^[A-Z]{2}[0-9]+$"},
        "quotes": {
            "type": "array",
            "items": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
        },
    },
    "required": ["income"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "answer",
    [
        '{"income": 5}',
        ' {"income": 5.5, "purpose": "car"}\n',
        '{"income": 1, "code": "AB12", "quotes": [{"text": "x"}]}',
    ],
)
def test_json_that_keeps_the_schema_stands(answer: str) -> None:
    assert check_schema(answer, LOAN).stands


@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        ('{"income": "5"}', "$.income: must be number, found '5'"),
        ('{"purpose": "car"}', "'income' is a required property"),
        ('{"income": 5, "purpose": "boat"}', "$.purpose: must be one of car or house, found 'boat'"),
        ('{"income": 5, "x": 1}', "'x' was unexpected"),
        ('{"income": -1}', "minimum"),
        ('{"income": 5, "quotes": [{"text": "a"}, {}]}', "$.quotes[1]: 'text' is a required property"),
        ('{"income": 5, "income": 6}', "“income” stands twice"),
        ('{"income": NaN}', "NaN is no JSON value"),
        ('{"income": -Infinity}', "-Infinity is no JSON value"),
        ('{"income": 1e999}', "too large"),
        ('{"income": 5', "line 1, column"),
        ('```json\n{"income": 5}\n```', "inside a code fence"),
        ('Here you are: {"income": 5}', "inside other text"),
        ("", "empty"),
        ("I cannot do that", "no strict JSON"),
        ("{'income': 5}", "no strict JSON"),
        ("[" * 5_000 + "]" * 5_000, "nested deeper"),
        ("1" * 10_000, "too many digits"),
    ],
)
def test_a_fault_falls_with_its_path_and_words(answer: str, evidence: str) -> None:
    verdict = check_schema(answer, LOAN)
    assert verdict.falls
    assert evidence in verdict.evidence


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "objekt"},
        {"required": "income"},
        {"$ref": "https://example.com/schema.json"},
        {"properties": {"a": {"$ref": "other.json#/a"}}},
        {"$ref": "#/$defs/nowhere"},
        {"$ref": "#"},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"patternProperties": {"(a+)+$": {}}},
        {"minimum": "3"},
        {"$schema": 5},
        [],
        "object",
    ],
)
def test_a_schema_that_cannot_be_used_is_a_bad_request_naming_the_field(schema: object) -> None:
    with pytest.raises(BadRequest, match="schema") as caught:
        check_schema('{"a": {"b": 1}}', schema)  # type: ignore[arg-type]
    assert caught.value.param == "response_format.json_schema.schema"


def test_a_multiple_is_judged_as_decimals_are_written_and_never_overflows() -> None:
    assert check_schema("0.3", {"multipleOf": 0.1}).stands
    assert check_schema("1.005", {"multipleOf": 0.01}).falls
    assert check_schema("1" + "0" * 400, {"multipleOf": 0.01}).stands
    assert check_schema("true", {"multipleOf": 2}).stands


def test_an_unknown_draft_is_read_as_the_newest() -> None:
    assert check_schema("1", {"$schema": "http://example.com/none", "type": "integer"}).stands


def test_a_local_reference_is_followed() -> None:
    schema = {
        "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}},
        "$ref": "#/$defs/node",
    }
    assert check_schema('{"next": {"next": {}}}', schema).stands
    assert check_schema('{"next": {"next": 3}}', schema).falls


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|a)*b",
        "(.*)*x",
        "([a-z]+)*$",
        "(a*){20}b",
        "(\\w+\\s?)*$",
        "(a)\\1+",
        "((a?){30}){3}",
        "a?" * 30 + "a" * 30,
    ],
)
def test_a_pattern_that_could_run_for_ever_is_not_run(pattern: str) -> None:
    assert longest_safe(pattern) == 0
    verdict = check_schema(json.dumps("a" * 60 + "!"), {"type": "string", "pattern": pattern})
    assert verdict.unsure
    assert "not tried" in verdict.evidence


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z]+$",
        "^\\d{4}-\\d{2}-\\d{2}$",
        "^[^@]+@[^@]+\\.[a-z]{2,}$",
        "^(yes|no)$",
        "^[A-Z]{2}[0-9]*$",
        "^#?[0-9a-f]{6}$",
    ],
)
def test_an_ordinary_pattern_is_run(pattern: str) -> None:
    assert longest_safe(pattern) >= 60


def test_a_long_string_is_not_tried_against_a_pattern_with_several_repeats() -> None:
    assert check_schema(json.dumps("a" * 50_000), {"pattern": "a*a*a*b"}).unsure


def test_a_validation_without_end_is_given_up() -> None:
    branch: dict[str, object] = {"type": "array"}
    for _ in range(18):
        branch = {
            "anyOf": [
                {"items": branch, "minItems": 2},
                {"items": branch, "maxItems": 0},
                {"items": branch, "minItems": 3},
            ]
        }
    schema = {
        "$defs": {
            "n": {
                "anyOf": [
                    {"items": {"$ref": "#/$defs/n"}, "maxItems": 0},
                    {"items": {"$ref": "#/$defs/n"}, "minItems": 2},
                    {"type": "string"},
                ]
            }
        },
        "$ref": "#/$defs/n",
    }
    assert check_schema("[" * 60 + "]" * 60, schema).standing in {"falls", "unsure"}


def test_a_large_list_is_not_compared_pair_by_pair() -> None:
    answer = json.dumps([{"a": n} for n in range(5_000)])
    assert check_schema(answer, {"uniqueItems": True}).unsure


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ('Sure!\n{"a": "}"} and so on', '{"a": "}"}'),
        ('first [1] then {"a": [1, 2]}', '{"a": [1, 2]}'),
        ('{"a": 1}', '{"a": 1}'),
        ("nothing here", None),
        ('{"a": 1', None),
        ("{{{{", None),
        ('{"a": NaN}', None),
        ('say "{" then {"b": 2}', '{"b": 2}'),
    ],
)
def test_the_json_part_of_a_text_is_found_for_a_repair(text: str, found: str | None) -> None:
    assert extract_json(text) == found


def test_extracting_from_hostile_text_ends() -> None:
    assert extract_json("{" * 20_000) is None
    assert extract_json("```\n" * 20_000) is None
