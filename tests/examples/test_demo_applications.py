"""The demo's loan applications and the schema for what is read out of them."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

DEMO = Path(__file__).parents[2] / "examples" / "demo"
APPLICATIONS = [json.loads(line) for line in (DEMO / "applications.jsonl").read_text(encoding="utf-8").splitlines()]
FIRST = APPLICATIONS[0]
SCHEMA = json.loads((DEMO / "application.schema.json").read_text(encoding="utf-8"))

# What a careful reader takes from app-1; it is also the longest thing that the schema must let through.
READING = {
    "amount_usd": 6500,
    "monthly_income_usd": 3150,
    "existing_debt_usd": 4200,
    "risk_phrases": ["I have been short of cash lately", "my hours were cut in spring"],
    "evidence": {
        "purpose": "to replace the roof of our house before winter",
        "amount": "a loan of $6,500",
        "income": "I take home $3,150 a month after tax",
        "debt": "I still owe $4,200 on my car",
    },
}
# The words of a JSON schema that llama.cpp turns into a grammar; `description` is for readers.
GRAMMAR_WORDS = {
    "type", "properties", "required", "additionalProperties", "items", "maxItems",
    "minLength", "maxLength", "minimum", "maximum", "description",
}  # fmt: skip


def accepts(reading: object) -> bool:
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(reading)


def schemas(schema: dict) -> list[dict]:
    """List a schema and all schemas inside it."""
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return [schema, *(found for each in inner for found in schemas(each))]


def test_six_applications_four_english_and_two_chinese():
    assert [application["id"] for application in APPLICATIONS] == [f"app-{n}" for n in range(1, 7)]
    assert [application["language"] for application in APPLICATIONS] == ["en"] * 4 + ["zh"] * 2
    assert FIRST["id"] == "app-1"


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda application: application["id"])
def test_application_has_its_fields_and_a_fitting_length(application):
    assert {key: type(value) for key, value in application.items()} == {"id": str, "language": str, "text": str}
    text = application["text"]
    length = len(text.split()) if application["language"] == "en" else len(text)
    low, high = (120, 250) if application["language"] == "en" else (250, 450)
    assert low <= length <= high
    assert (re.search(r"[\u4e00-\u9fff]", text) is not None) == (application["language"] == "zh")


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda application: application["id"])
def test_application_states_its_amounts_in_dollars(application):
    in_dollars = r"\$\d" if application["language"] == "en" else r"\d美元"
    assert len(re.findall(in_dollars, application["text"])) >= 4


def test_quotes_of_the_first_application_stand_in_its_text_once():
    for quote in [*READING["evidence"].values(), *READING["risk_phrases"]]:
        assert FIRST["text"].count(quote) == 1, quote


def test_numbers_of_the_first_application_stand_in_their_quotes():
    evidence = READING["evidence"]
    assert f"${READING['amount_usd']:,}" in evidence["amount"]
    assert f"${READING['monthly_income_usd']:,}" in evidence["income"]
    assert f"${READING['existing_debt_usd']:,}" in evidence["debt"]


def test_schema_is_a_valid_schema_and_accepts_a_careful_reading():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(READING, SCHEMA)
    assert accepts(READING | {"risk_phrases": []})


@pytest.mark.parametrize("field", SCHEMA["required"])
def test_schema_refuses_a_reading_without_one_field(field):
    assert not accepts({key: value for key, value in READING.items() if key != field})


@pytest.mark.parametrize("field", SCHEMA["properties"]["evidence"]["required"])
def test_schema_refuses_evidence_that_is_missing_empty_or_a_bare_number(field):
    evidence = READING["evidence"]
    assert not accepts(READING | {"evidence": {key: value for key, value in evidence.items() if key != field}})
    assert not accepts(READING | {"evidence": evidence | {field: ""}})
    assert not accepts(READING | {"evidence": evidence | {field: "$3,150"}})


@pytest.mark.parametrize(
    "change",
    [
        {"amount_usd": "6500"},
        {"amount_usd": -1},
        {"purpose": "x" * 121},
        {"risk_phrases": ["a", "b", "c", "d"]},
        {"risk_phrases": "short of cash"},
        {"score": 0.5},
        {"evidence": READING["evidence"] | {"risk": "short of cash"}},
    ],
    ids=["text for a number", "negative", "too long", "four phrases", "no list", "extra field", "extra evidence"],
)
def test_schema_refuses_a_wrong_reading(change):
    assert not accepts(READING | change)


def test_every_object_of_the_schema_is_closed_and_every_string_and_list_bounded():
    for schema in schemas(SCHEMA):
        assert schema.keys() <= GRAMMAR_WORDS
        if schema["type"] == "object":
            assert schema["required"] == list(schema["properties"])
            assert schema["additionalProperties"] is False
        else:
            bound = {"string": "maxLength", "array": "maxItems", "number": "maximum"}[schema["type"]]
            assert bound in schema


def test_schema_asks_for_the_quotes_before_the_facts_so_that_a_small_model_copies_first():
    assert next(iter(SCHEMA["properties"])) == "evidence"


def test_schema_becomes_a_grammar_of_the_embedded_engine():
    xllamacpp = pytest.importorskip("xllamacpp", reason="needs the extra `local`")
    grammar = xllamacpp.json_schema_to_grammar(SCHEMA)
    assert "existing_debt_usd" in grammar
