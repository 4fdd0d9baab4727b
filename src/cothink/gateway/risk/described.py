"""What the API's description says of applications and cases."""

from typing import Any, Final

from cothink.gateway.risk.reviews import CaseAnswer, CaseList
from cothink.risk.application import Application
from cothink.risk.assessment import Assessment, Assessments
from cothink.risk.desk import WantedDecision

FORMS: Final = (Application, Assessment, Assessments, CaseAnswer, CaseList, WantedDecision)


def paths() -> dict[str, Any]:
    """Return the paths below `/v1/risk`."""
    one_or_many = {"oneOf": [_at("Application"), {"type": "array", "items": _at("Application")}]}
    said = {"oneOf": [_at("Assessment"), _at("Assessments")]}
    id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    names = ("state", "limit", "before")
    query = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names]
    return {
        "/v1/risk/score": {"post": _does("Score an application, or a list of them.", said, one_or_many)},
        "/v1/risk/schema": {"get": _does("The JSON schemas of applications and assessments.", {"type": "object"})},
        "/v1/risk/reviews": {
            "get": {**_does("List cases that wait for a person.", _at("CaseList")), "parameters": query}
        },
        "/v1/risk/reviews/{id}": {
            "get": _does("Show one case.", _at("CaseAnswer")),
            "post": _does("Write down what a person decided.", _at("CaseAnswer"), _at("WantedDecision")),
            "parameters": [id],
        },
    }


def _does(summary: str, answer: dict[str, Any], body: dict[str, Any] | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "summary": summary,
        "security": [{"key": []}],
        "responses": {
            "200": {"description": "The answer.", "content": {"application/json": {"schema": answer}}},
            "default": {
                "description": "An error in OpenAI's form.",
                "content": {"application/json": {"schema": _at("ErrorAnswer")}},
            },
        },
    }
    if body is not None:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return told


def _at(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
