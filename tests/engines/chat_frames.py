"""Frames as servers send them, and what the chat stream makes of them."""

import asyncio

import msgspec

from cothink.core.answer import collect
from cothink.engines.chat_stream import ChatStream


def frame(delta=None, *, finish=None, **fields):
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish, **fields}
    return event({"id": "x", "object": "chat.completion.chunk", "model": "their-name", "choices": [choice]})


def event(value):
    return b"data: " + msgspec.json.encode(value) + b"\n\n"


DONE = b"data: [DONE]\n\n"
STOP = frame(finish="stop")


def chunks(*pieces, warnings=None, **settings):
    stream = ChatStream("m", (warnings if warnings is not None else []).append, **settings)
    found = []
    for piece in pieces:
        found += stream.feed(piece)
        if stream.is_done:
            break
    return found + list(stream.end())


def answer(*pieces, **settings):
    async def replay():
        for chunk in chunks(*pieces, **settings):
            yield chunk

    return asyncio.run(collect(replay()))


def whole(message, *, finish="stop", warnings=None, **fields):
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish, **fields}
    body = msgspec.json.encode({"object": "chat.completion", "choices": [choice], "usage": {"prompt_tokens": 3}})
    return ChatStream("m", (warnings if warnings is not None else []).append).whole(body)
