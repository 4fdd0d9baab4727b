"""The child process that holds one model: llama.cpp's own server from xllamacpp, on loopback.

Run as a script, so it imports the standard library and xllamacpp only. Its settings come as one JSON line on standard
input, because a command line shows its key to every user of the machine. It answers with one JSON line on standard
output (``{"url": ...}``), logs on standard error, and ends when its standard input does.
"""

import ctypes
import importlib
import json
import os
import signal
import sys
import time
from typing import Any

PR_SET_PDEATHSIG = 1
SPINS = "1000"  # some microseconds: longer than most waits within a step, shorter than a turn of the scheduler
LOG_DELAY_S = 0.3  # the library writes its log from a thread of its own, which an exit cuts off


def main() -> None:
    """Serve until the parent closes our standard input or dies."""
    settings = json.loads(sys.stdin.buffer.readline())
    _die_with_parent(settings["parent_pid"])
    # libgomp's waiting threads spin without end by default: with other work on the cores that costs a factor of six.
    # Without any spin, every step of a layer waits for the kernel to wake a thread, which costs a quarter on idle cores.
    os.environ["GOMP_SPINCOUNT"] = SPINS
    ready = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever the library prints is log, never an answer to the parent
    try:
        server = _serve(settings)
    finally:
        time.sleep(LOG_DELAY_S if sys.exc_info()[0] else 0)
    ready.write(json.dumps({"url": server.listening_address}) + "\n")
    ready.close()
    sys.stdin.buffer.read()
    # the server's destructor would wait for answers in flight; nobody reads them any more
    os._exit(0)


def _die_with_parent(parent_pid: int) -> None:
    """Be killed when the parent dies. This also works during a load, while the library holds the interpreter."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:  # it died before we could ask
        os._exit(0)


def _serve(settings: dict[str, Any]) -> Any:
    xllamacpp = importlib.import_module("xllamacpp")  # after the environment is set

    params = xllamacpp.CommonParams()
    params.model.path = settings["path"]
    params.model_alias = {settings["model"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [settings["key"]]
    params.endpoint_slots = params.endpoint_metrics = True
    params.ui = False
    params.fit_params = False  # the context is what the settings say, or an error
    params.n_parallel = settings["slots"]
    params.cont_batching = True
    params.n_ctx = settings["context_tokens"] * settings["slots"]  # the library divides it among the slots
    params.n_batch = params.n_ubatch = settings["batch_tokens"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings["threads"]
    kinds = xllamacpp.ggml_type
    kind = {"q8_0": kinds.GGML_TYPE_Q8_0, "q4_0": kinds.GGML_TYPE_Q4_0}.get(settings["kv_cache"], kinds.GGML_TYPE_F16)
    params.cache_type_k = params.cache_type_v = kind
    params.cache_prompt = settings["reuse_prefix"]
    params.n_cache_reuse = settings["reuse_chunk_tokens"]
    params.cache_ram_mib = settings["prompt_cache_mb"]  # the library's own default takes up to 8 GB
    if settings["draft_path"]:
        params.speculative.types = [xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_DRAFT_SIMPLE]
        draft = params.speculative.draft
        draft.mparams.path = settings["draft_path"]
        draft.n_max = settings["draft_tokens"]
        draft.cpuparams.n_threads = draft.cpuparams_batch.n_threads = settings["threads"]
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
