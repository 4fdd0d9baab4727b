"""The settings of one embedded model; frozen, checked when made."""

from dataclasses import dataclass
from typing import Literal, get_args

from cothink.core.errors import SettingError

KvCacheType = Literal["f16", "q8_0", "q4_0"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LlamaConfig:
    """How one GGUF file is served.

    Args:
        path: The GGUF file. Settings may hold a model file's name here; whoever assembles puts its path in place of it.
        model: The name under which it is served.
        context_tokens: The context of one slot: prompt and answer together.
        slots: How many requests are decoded together, in one continuous batch. Memory grows with slots x context.
        threads: Threads that compute; 1 for each model where several may run on few cores.
        batch_tokens: The most prompt tokens of one step. A hang-up during the prompt is acted on after one such step.
        kv_cache: The type of stored keys and values: ``f16``, ``q8_0`` (half) or ``q4_0`` (a quarter of the memory).
        reuse_prefix: Keep a slot's prompt, so that a next request with the same beginning computes the rest only.
        reuse_chunk_tokens: Also reuse equal chunks of at least so many tokens that have moved; 0 turns it off.
        prompt_cache_mb: Main memory for prompts of earlier requests, beside the slots; 0 turns it off.
        draft_path: A small GGUF of the same tokenizer that drafts tokens for this one to check (speculative decoding);
            empty turns it off.
        draft_tokens: The most tokens of one draft.
        start_timeout_s: The most seconds from the start of the process to its first good answer.
        stop_timeout_s: How long a process that was told to end may take before it is killed.

    Raises:
        SettingError: A value is out of its range; the message names field, value and what is allowed.
    """

    path: str
    model: str = "default"
    context_tokens: int = 4096
    slots: int = 4
    threads: int = 2
    batch_tokens: int = 256
    kv_cache: KvCacheType = "f16"
    reuse_prefix: bool = True
    reuse_chunk_tokens: int = 0
    prompt_cache_mb: int = 256
    draft_path: str = ""
    draft_tokens: int = 3
    start_timeout_s: float = 120.0
    stop_timeout_s: float = 5.0

    def __post_init__(self) -> None:
        if not self.path:
            raise SettingError("path is empty; allowed: a path to a GGUF file, or a model file's name", param="path")
        _check("context_tokens", self.context_tokens, 128, 1_048_576)
        _check("slots", self.slots, 1, 64)
        _check("threads", self.threads, 1, 512)
        _check("batch_tokens", self.batch_tokens, 32, 8192)
        _check("reuse_chunk_tokens", self.reuse_chunk_tokens, 0, 8192)
        _check("prompt_cache_mb", self.prompt_cache_mb, 0, 1_048_576)
        _check("draft_tokens", self.draft_tokens, 1, 64)
        _check("start_timeout_s", self.start_timeout_s, 0.1, 3600)
        _check("stop_timeout_s", self.stop_timeout_s, 0.0, 600)
        if self.kv_cache not in get_args(KvCacheType):
            allowed = ", ".join(get_args(KvCacheType))
            raise SettingError(f"kv_cache is {self.kv_cache!r}; allowed: {allowed}", param="kv_cache")
        if self.reuse_chunk_tokens and not self.reuse_prefix:
            raise SettingError(
                f"reuse_chunk_tokens is {self.reuse_chunk_tokens}, but reuse_prefix is off; allowed then: 0",
                param="reuse_chunk_tokens",
            )


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise SettingError(f"{name} is {value}; allowed: {low} to {high}", param=name)
