"""GET /openapi.json: the API described from the very structs that read and write it.

Source: https://spec.openapis.org/oas/v3.1.0 (read 2026-11-24).
"""

from typing import Any

import msgspec

import cothink
from cothink.gateway.chat.body import ChatBody
from cothink.gateway.chat.completion import Completion
from cothink.gateway.edge.faults import ErrorAnswer
from cothink.gateway.models import ModelAnswer, ModelList
from cothink.gateway.responses.body import ResponsesBody
from cothink.gateway.responses.form import ResponseObject
from cothink.gateway.risk.described import FORMS, paths

_FORMS = (ChatBody, Completion, ResponsesBody, ResponseObject, ModelAnswer, ModelList, ErrorAnswer, *FORMS)


def describe_api() -> dict[str, Any]:
    """Return the OpenAPI document."""
    _, components = msgspec.json.schema_components(_FORMS, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {"title": "CoThink", "version": cothink.__version__, "license": {"name": "Apache-2.0"}},
        "paths": {
            "/v1/chat/completions": {"post": _asks("Answer a conversation.", "ChatBody", "Completion")},
            "/v1/responses": {"post": _asks("Answer, in the Responses form.", "ResponsesBody", "ResponseObject")},
            "/v1/models": {"get": _gets("List the models.", "ModelList")},
            "/v1/models/{id}": {
                "get": _gets("Show one model.", "ModelAnswer"),
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            },
            **paths(),
            "/metrics": {
                "get": {
                    "summary": "Counts for Prometheus, in its text format 0.0.4.",
                    "responses": {"200": {"description": "The counts.", "content": {"text/plain": {}}}},
                }
            },
            "/healthz": {"get": {"summary": "The process is alive.", "responses": {"200": {"description": "It is."}}}},
            "/readyz": {
                "get": {
                    "summary": "New work is welcome.",
                    "responses": {"200": {"description": "It is."}, "503": {"description": "Starting or stopping."}},
                }
            },
        },
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _asks(summary: str, body: str, answer: str) -> dict[str, Any]:
    responses = _answers(answer)
    responses["200"]["content"]["text/event-stream"] = {"schema": {"type": "string"}}
    return {
        "summary": summary,
        "security": [{"key": []}],
        "requestBody": {"required": True, "content": _json(body)},
        "responses": responses,
    }


def _gets(summary: str, answer: str) -> dict[str, Any]:
    return {"summary": summary, "security": [{"key": []}], "responses": _answers(answer)}


def _answers(answer: str) -> dict[str, Any]:
    return {
        "200": {"description": "The answer.", "content": _json(answer)},
        "default": {"description": "An error in OpenAI's form.", "content": _json("ErrorAnswer")},
    }


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
