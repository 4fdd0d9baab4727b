"""A request in the chat form becomes the body of ``POST /responses``.

Source: https://platform.openai.com/docs/api-reference/responses/create (read 2026-11-24).
"""

from typing import Any

from cothink.core.errors import BadRequest
from cothink.core.messages import NamedTool, Tool
from cothink.core.request import Request
from cothink.engines.catalogue import Row
from cothink.engines.responses_config import ResponsesConfig
from cothink.engines.responses_fields import check_draw, check_task, effort, output_tokens
from cothink.engines.responses_input import split


def to_body(request: Request, config: ResponsesConfig, row: Row) -> dict[str, Any]:
    """Return the body, without ``stream`` and ``background``; what is left out is said in the run's warnings.

    Raises:
        BadRequest: A field cannot be served; ``param`` names it.
    """
    check_task(request, row)
    check_draw(request, row, config.on_unsupported)
    instructions, items = split(request.messages)
    body: dict[str, Any] = {"model": config.model, "input": items, "store": config.store}
    if instructions is not None:
        body["instructions"] = instructions
    if (most := output_tokens(request, row, config)) is not None:
        body["max_output_tokens"] = most
    if reasoning := _reasoning(request, config, row):
        body["reasoning"] = reasoning
    if (form := _form(request)) is not None:
        body["text"] = {"format": form}
    return body | _draw(request, row) | _tools(request)


def mode_of(config: ResponsesConfig, row: Row) -> str | None:
    """Return the ``reasoning.mode`` to ask for; None where the model knows no such field."""
    if config.mode == "auto":
        return "pro" if "pro" in row.reasoning_modes else None
    return config.mode


def _reasoning(request: Request, config: ResponsesConfig, row: Row) -> dict[str, str]:
    wanted = {"mode": mode_of(config, row), "effort": effort(request, row, config), "summary": config.summary}
    return {name: value for name, value in wanted.items() if value is not None}


def _form(request: Request) -> dict[str, Any] | None:
    """Return ``text.format``: chat puts the schema under a name, this API lays it flat."""
    form = request.response_format
    if form is None or form.type == "text":
        return None
    if form.type == "json_object":
        return {"type": "json_object"}
    schema = form.json_schema
    if schema is None:
        raise BadRequest("A 'json_schema' is missing.", param="response_format.json_schema")
    flat: dict[str, Any] = {
        "type": "json_schema",
        "name": schema.name,
        "schema": schema.schema,
        "strict": bool(schema.strict),
    }
    if schema.description is not None:
        flat["description"] = schema.description
    return flat


def _draw(request: Request, row: Row) -> dict[str, Any]:
    """Return the fields that shape the draw, for the models that take them."""
    fields: dict[str, Any] = {}
    if row.sampling:
        fields["temperature"] = request.sampling.temperature
        fields["top_p"] = request.sampling.top_p
    if row.logprobs and request.logprobs:
        fields["include"] = ["message.output_text.logprobs"]
        fields["top_logprobs"] = request.top_logprobs
    return {name: value for name, value in fields.items() if value is not None}


def _tools(request: Request) -> dict[str, Any]:
    if not request.tools:
        return {}
    fields: dict[str, Any] = {"tools": [_tool(tool) for tool in request.tools]}
    choice = request.tool_choice
    if isinstance(choice, NamedTool):
        fields["tool_choice"] = {"type": "function", "name": choice.function.name}
    elif choice is not None:
        fields["tool_choice"] = choice
    if request.parallel_tool_calls is not None:
        fields["parallel_tool_calls"] = request.parallel_tool_calls
    return fields


def _tool(tool: Tool) -> dict[str, Any]:
    """Lay a tool flat. This API is strict where nothing is said and chat is not, so it is always said."""
    spec = tool.function
    flat: dict[str, Any] = {
        "type": "function",
        "name": spec.name,
        "parameters": spec.parameters or {"type": "object", "properties": {}},
        "strict": bool(spec.strict),
    }
    if spec.description is not None:
        flat["description"] = spec.description
    return flat
