"""The Engine of an embedded model: ``chat_completions`` pointed at wherever its child process listens now."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec

from cothink.core.chunk import Chunk
from cothink.core.request import Request
from cothink.engines.chat_completions import ChatCompletions
from cothink.engines.chat_config import ChatCompletionsConfig
from cothink.engines.endpoint import EndpointProvider
from cothink.engines.llamacpp_config import LlamaConfig

NOWHERE = "http://127.0.0.1:9"  # the provider names the true place before each call

# llama.cpp's server finds out that a client has gone only when it writes. With this it writes after each prompt batch;
# without it, whatever other slots do keeps it from looking, and a long prompt is read to its end for nobody.
SIGNS_OF_LIFE = {"return_progress": True}


class LlamaCpp:
    """An Engine over one embedded model.

    Args:
        config: The settings of the model; of them it needs the name.
        provider: A ``LlamaServer`` in the process that owns the child, an ``EndpointFile`` in a worker.
    """

    def __init__(self, config: LlamaConfig, provider: EndpointProvider) -> None:
        self._chat = ChatCompletions(ChatCompletionsConfig(url=NOWHERE, model=config.model), places=provider)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Answer in pieces. It streams even where the client does not, so that a hang-up is found out at each step.

        Raises:
            NotReady: The child is away.
            CoThinkError: As ``ChatCompletions.stream``.
        """
        asked = msgspec.structs.replace(
            request,
            stream=True,
            # where none is asked for, llama.cpp sends twenty rivals of each token, and with 0 no log-probs at all
            top_logprobs=(request.top_logprobs or 1) if request.logprobs else None,
            extras={**request.extras, **SIGNS_OF_LIFE},
        )
        async with aclosing(self._chat.stream(asked)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def aclose(self) -> None:
        """Close the connections; calls that run fail. The child goes on."""
        await self._chat.aclose()
