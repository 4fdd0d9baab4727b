"""The key of an answer: a digest of everything that shapes it, the tenant included.

What does not shape it is left out: the run, whether the client reads word by word, and the name that it used for the
model, since the cache knows whose answers it holds.
"""

import hashlib

import msgspec

from cothink.core.request import Request

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def cache_key(scope: str, request: Request) -> bytes:
    """Return the key of a request's answer, 20 bytes.

    Args:
        scope: Whose answer it is: the model's name and a digest of the settings behind it.
        request: What is asked. Its ``sample`` is part of the key, so k samples never share an answer.
    """
    return _digest((scope, request.run.caller.tenant, request.messages, *_form(request)))


def partition_key(scope: str, request: Request) -> bytes:
    """Return what two requests must share before the words of their last turn are compared: all the rest."""
    last = request.messages[-1]
    without = (*request.messages[:-1], msgspec.structs.replace(last, content=None))
    return _digest((scope, request.run.caller.tenant, without, *_form(request)))


def _form(request: Request) -> tuple[object, ...]:
    return (
        request.sampling,
        request.tools,
        request.tool_choice,
        request.parallel_tool_calls,
        request.response_format,
        request.logprobs,
        request.top_logprobs,
        request.reasoning_effort,
        request.dial,
        request.extras,
        request.sample,
    )


def _digest(parts: tuple[object, ...]) -> bytes:
    return hashlib.blake2b(_encode(parts), digest_size=20).digest()
