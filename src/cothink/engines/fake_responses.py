"""What the fake server says on ``/v1/responses``: one body, the events of a stream, or a background answer."""

from typing import Any

import msgspec

from cothink.engines.fake import words
from cothink.engines.fake_chat import CREATED, tool_called
from cothink.engines.fake_config import FakeServerConfig

ENCODE = msgspec.json.Encoder().encode
MOST_KEPT = 10_000


def response_value(config: FakeServerConfig, asked: dict[str, Any], id: str, status: str) -> dict[str, Any]:
    """Return an answer as it stands; ``output`` is empty until it is completed."""
    whole = status == "completed"
    thought, said = len(config.reasoning.split()), len(config.text.split())
    return {
        "id": id,
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "background": bool(asked.get("background")),
        "error": None,
        "incomplete_details": None,
        "instructions": asked.get("instructions"),
        "metadata": {},
        "model": asked.get("model", "fake"),
        "output": items(config, asked) if whole else [],
        "parallel_tool_calls": True,
        "temperature": None,
        "tool_choice": asked.get("tool_choice", "auto"),
        "tools": asked.get("tools", []),
        "top_p": None,
        "usage": {
            "input_tokens": (count := len(str(asked.get("input", "")).split())),
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": thought + said,
            "output_tokens_details": {"reasoning_tokens": thought},
            "total_tokens": count + thought + said,
        }
        if whole
        else None,
    }


def items(config: FakeServerConfig, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the items of a whole answer: the thought's summary, then a call or the words."""
    found: list[dict[str, Any]] = []
    if config.reasoning:
        summary = [{"type": "summary_text", "text": config.reasoning}]
        found.append({"id": "rs_fake", "type": "reasoning", "summary": summary})
    call = tool_called(config, asked)
    if call:
        function = call["function"]
        found.append(
            {"id": "fc_fake", "type": "function_call", "status": "completed", "call_id": call["id"], **function}
        )
    else:
        part = {"type": "output_text", "text": config.text, "annotations": []}
        found.append(
            {"id": "msg_fake", "type": "message", "status": "completed", "role": "assistant", "content": [part]}
        )
    return found


def response_frames(config: FakeServerConfig, asked: dict[str, Any], id: str) -> list[bytes]:
    """Return the events of a stream, as frames."""
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": response_value(config, asked, id, "in_progress")}
    ]
    for index, item in enumerate(items(config, asked)):
        events += _item_events(index, item)
    events.append({"type": "response.completed", "response": response_value(config, asked, id, "completed")})
    return [
        b"event: %b\ndata: %b\n\n" % (event["type"].encode(), ENCODE({**event, "sequence_number": number}))
        for number, event in enumerate(events)
    ]


def _item_events(index: int, item: dict[str, Any]) -> list[dict[str, Any]]:
    at = {"output_index": index, "item_id": item["id"]}
    if item["type"] == "reasoning":
        begun = {**item, "summary": []}
        inner = _text_events("reasoning_summary", {**at, "summary_index": 0}, item["summary"][0])
    elif item["type"] == "function_call":
        begun = {**item, "arguments": "", "status": "in_progress"}
        kind = "response.function_call_arguments"
        inner = [{"type": f"{kind}.delta", **at, "delta": word} for word in words(item["arguments"])]
        inner.append({"type": f"{kind}.done", **at, "name": item["name"], "arguments": item["arguments"]})
    else:
        begun = {**item, "content": [], "status": "in_progress"}
        inner = _text_events("output", {**at, "content_index": 0, "logprobs": []}, item["content"][0])
    return [
        {"type": "response.output_item.added", "output_index": index, "item": begun},
        *inner,
        {"type": "response.output_item.done", "output_index": index, "item": item},
    ]


def _text_events(kind: str, at: dict[str, Any], part: dict[str, Any]) -> list[dict[str, Any]]:
    part_kind = "response.content_part" if kind == "output" else "response.reasoning_summary_part"
    return [
        {"type": f"{part_kind}.added", **at, "part": {**part, "text": ""}},
        *({"type": f"response.{kind}_text.delta", **at, "delta": word} for word in words(part["text"])),
        {"type": f"response.{kind}_text.done", **at, "text": part["text"]},
        {"type": f"{part_kind}.done", **at, "part": part},
    ]


class BackgroundAnswers:
    """Answers that are worked on without a connection; each look brings one nearer to its end."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[dict[str, Any], int]] = {}
        self._cancelled: set[str] = set()
        self._count = 0

    def new_id(self) -> str:
        """Return the next id."""
        self._count += 1
        return f"resp_fake{self._count}"

    def start(self, id: str, asked: dict[str, Any]) -> None:
        """Keep a question; the oldest is forgotten where there are too many."""
        self._asked[id] = (asked, 0)
        while len(self._asked) > MOST_KEPT:
            self._asked.pop(next(iter(self._asked)))

    def look(self, config: FakeServerConfig, id: str) -> dict[str, Any] | None:
        """Return an answer as it stands; None where nobody asked for it."""
        if id not in self._asked:
            return None
        asked, looks = self._asked[id]
        self._asked[id] = (asked, looks + 1)
        if id in self._cancelled:
            return response_value(config, asked, id, "cancelled")
        return response_value(config, asked, id, "completed" if looks >= config.polls else "in_progress")

    def cancel(self, config: FakeServerConfig, id: str) -> dict[str, Any] | None:
        """End an answer; None where nobody asked for it."""
        if id not in self._asked:
            return None
        self._cancelled.add(id)
        return response_value(config, self._asked[id][0], id, "cancelled")
