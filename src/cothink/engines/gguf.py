"""The head of a GGUF file, read to refuse a damaged one before a load that would kill the child.

Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (little-endian, versions 2 and 3).
"""

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

from cothink.core.errors import ModelFileError

# tensor type -> elements a block, bytes a block
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
STRING, ARRAY = 8, 9
MOST_TENSORS = 100_000
MOST_KEYS = 100_000
DEEPEST_ARRAY = 4


@dataclass(frozen=True, slots=True)
class GgufInfo:
    """What the head says.

    Args:
        architecture: For example ``qwen2``; empty if the file does not say.
        context_tokens: The context that the model was trained for, if the file says.
        file_bytes: The size of the file.
    """

    architecture: str
    name: str
    context_tokens: int | None
    tensors: int
    file_bytes: int


def read_gguf(path: Path) -> GgufInfo:
    """Read the head and check that every tensor lies within the file.

    Raises:
        ModelFileError: The file is missing, no GGUF, of another version, or shorter than its tensor table says.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size < 24:
                raise ModelFileError(f"{path.name}: {size} bytes are too few for a GGUF file")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                return _Head(path.name, view, size).read()
    except OSError as error:
        raise ModelFileError(f"cannot read the model file {path}: {error.strerror}") from error


class _Head:
    """A cursor over the mapped file."""

    def __init__(self, name: str, view: mmap.mmap, size: int) -> None:
        self.name = name
        self.view = view
        self.size = size
        self.at = 0

    def read(self) -> GgufInfo:
        magic = self.view[:4]
        if magic != b"GGUF":
            raise self.damaged(f"begins with {magic!r}, not with b'GGUF'")
        self.at = 4
        version = self.number("<I")
        if version not in (2, 3):
            raise self.damaged(f"has version {version}; 2 and 3 are known")
        tensors, keys = self.number("<Q"), self.number("<Q")
        if tensors > MOST_TENSORS or keys > MOST_KEYS:
            raise self.damaged(f"claims {tensors} tensors and {keys} keys")
        facts = dict(self.fact() for _ in range(keys))
        end = max((self.tensor_end() for _ in range(tensors)), default=0)
        alignment = facts.get("general.alignment")
        step = alignment if isinstance(alignment, int) and alignment > 0 else 32
        end += (self.at + step - 1) // step * step
        if end > self.size:
            raise self.damaged(f"is cut off: its tensors need {end:,} bytes, the file has {self.size:,}")
        architecture = str(facts.get("general.architecture") or "")
        context = facts.get(f"{architecture}.context_length")
        return GgufInfo(
            architecture=architecture,
            name=str(facts.get("general.name") or ""),
            context_tokens=context if isinstance(context, int) else None,
            tensors=tensors,
            file_bytes=self.size,
        )

    def damaged(self, what: str) -> ModelFileError:
        return ModelFileError(f"the model file {self.name} is damaged or no GGUF: it {what}")

    def number(self, form: str) -> int:
        return int(self.scalar(form))

    def scalar(self, form: str) -> int | float | bool:
        width = struct.calcsize(form)
        if self.at + width > self.size:
            raise self.damaged(f"ends inside its head, after {self.size:,} bytes")
        (value,) = struct.unpack_from(form, self.view, self.at)
        self.at += width
        return value  # type: ignore[no-any-return]  # struct is untyped; every form above is a number

    def string(self) -> bytes:
        length = self.number("<Q")
        if self.at + length > self.size:
            raise self.damaged(f"ends inside its head, after {self.size:,} bytes")
        self.at += length
        return self.view[self.at - length : self.at]

    def fact(self) -> tuple[str, object]:
        key = self.string().decode("utf-8", "replace")
        return key, self.value(self.number("<I"), 0)

    def value(self, kind: int, depth: int) -> object:
        if kind in SCALARS:
            return self.scalar(SCALARS[kind])
        if kind == STRING:
            return self.string().decode("utf-8", "replace")
        if kind == ARRAY and depth < DEEPEST_ARRAY:
            self.skip_array(depth)
            return None
        raise self.damaged(f"has a value of unknown type {kind}")

    def skip_array(self, depth: int) -> None:
        kind, count = self.number("<I"), self.number("<Q")
        if kind in SCALARS:
            self.at += count * struct.calcsize(SCALARS[kind])
            return
        if count > self.size:
            raise self.damaged(f"claims an array of {count} values")
        for _ in range(count):
            if kind == STRING:
                self.string()
            else:
                self.value(kind, depth + 1)

    def tensor_end(self) -> int:
        self.string()
        dims = self.number("<I")
        if dims > 8:
            raise self.damaged(f"has a tensor of {dims} dimensions")
        count = 1
        for _ in range(dims):
            count *= self.number("<Q")
        kind, offset = self.number("<I"), self.number("<Q")
        # a type newer than this table is held to its beginning only; the load itself judges the rest
        per_block, block_bytes = BLOCKS.get(kind, (1, 0))
        return offset + -(-count // per_block) * block_bytes
