"""GET /v1/models: what may be asked for, what it can do, and when its maker switches it off."""

import msgspec

from cothink.core.engine import Model


class ModelDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a model beyond OpenAI's fields."""

    context_tokens: int
    max_output_tokens: int
    modalities: tuple[str, ...]
    tools: bool
    json_schema: bool
    logprobs: bool
    sampling: bool
    zone: str
    input_usd: float
    output_usd: float


class ModelAnswer(msgspec.Struct, frozen=True):
    """One model as OpenAI's API shows it, with ``shutdown_date`` beside."""

    id: str
    created: int
    owned_by: str
    shutdown_date: str | None
    cothink: ModelDetails
    object: str = "model"


class ModelList(msgspec.Struct, frozen=True):
    """All models."""

    data: tuple[ModelAnswer, ...]
    object: str = "list"


def model_answer(model: Model, created: int) -> ModelAnswer:
    """Return one model for the wire; ``created`` is when this gateway began to serve it."""
    can = model.capabilities
    return ModelAnswer(
        model.name,
        created,
        "cothink",
        model.shutdown_date,
        ModelDetails(
            can.context_tokens,
            can.max_output_tokens,
            tuple(sorted(can.modalities)),
            can.tools,
            can.json_schema,
            can.logprobs,
            can.sampling,
            can.zone,
            model.price.input_usd,
            model.price.output_usd,
        ),
    )
