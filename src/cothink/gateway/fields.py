"""What both APIs say of request fields: which change nothing, which go on, and how a dropped one is named."""

import re
from typing import Annotated, Literal

from msgspec import Meta

from cothink.core.errors import BadRequest
from cothink.core.messages import NamedTool, Tool, ToolChoice

NO_OPS = frozenset(
    {
        "metadata",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_retention",
        "safety_identifier",
        "service_tier",
        "store",
        "user",
        "verbosity",
    }
)
"""Fields of OpenAI's own that change nothing here, and are taken in silence."""

EXTRAS = frozenset(
    {
        "chat_template_kwargs",
        "enable_thinking",
        "ignore_eos",
        "include_reasoning",
        "length_penalty",
        "min_p",
        "min_tokens",
        "repetition_penalty",
        "separate_reasoning",
        "skip_special_tokens",
        "stop_token_ids",
        "thinking",
        "thinking_budget",
        "top_k",
    }
)
"""Fields that plain upstreams understand, and that go on as they are."""

Positive = Annotated[int, Meta(ge=1, le=2**31)]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


def check_choice(choice: ToolChoice | None, tools: tuple[Tool, ...]) -> None:
    """Refuse the choice of a tool that is not there."""
    if not tools and choice != "none":
        raise BadRequest("tool_choice needs tools.", param="tool_choice")
    if isinstance(choice, NamedTool) and all(tool.function.name != choice.function.name for tool in tools):
        names = ", ".join(tool.function.name for tool in tools[:20])
        raise BadRequest(
            f"tool_choice names {choice.function.name!r}, which is not among the tools: {names}.", param="tool_choice"
        )


def name_ignored(names: tuple[str, ...]) -> bytes:
    """Return dropped fields as the value of a header: a client chose the names, so only plain characters pass."""
    clean = ", ".join(re.sub(r"[^A-Za-z0-9_.\-]", "?", name)[:64] for name in names[:16])
    return (clean + (f", and {len(names) - 16} more" if len(names) > 16 else "")).encode()
