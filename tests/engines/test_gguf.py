import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_files import gguf

from cothink.core.errors import ModelFileError
from cothink.engines.gguf import read_gguf


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "m.gguf"
    path.write_bytes(data)
    return path


def test_a_whole_file_tells_architecture_and_context(tmp_path: Path) -> None:
    info = read_gguf(written(tmp_path, gguf(context=4096)))
    assert (info.architecture, info.context_tokens, info.tensors) == ("llama", 4096, 1)


def test_the_real_model_is_whole(smollm2: Path) -> None:
    info = read_gguf(smollm2)
    assert info.architecture == "llama"
    assert info.tensors == 272
    assert info.file_bytes == 98_362_432


def test_a_file_that_lacks_its_last_byte_is_refused_with_both_sizes(tmp_path: Path) -> None:
    data = gguf()
    with pytest.raises(ModelFileError, match=rf"cut off: its tensors need {len(data):,} bytes, the file has"):
        read_gguf(written(tmp_path, data[:-1]))


def test_a_page_of_html_is_refused_as_no_gguf(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"begins with b'<htm'"):
        read_gguf(written(tmp_path, b"<html>" + b" " * 100))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="0 bytes"):
        read_gguf(written(tmp_path, b""))


def test_a_missing_file_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"nothing\.gguf: No such file"):
        read_gguf(tmp_path / "nothing.gguf")


def test_an_unknown_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="version 99"):
        read_gguf(written(tmp_path, b"GGUF" + struct.pack("<I", 99) + bytes(64)))


def test_absurd_counts_are_refused_before_any_loop(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="claims"):
        read_gguf(written(tmp_path, b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60) + bytes(64)))


@given(cut=st.integers(0, len(gguf()) - 1))
def test_a_file_cut_anywhere_is_refused(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = written(tmp_path_factory.mktemp("cut"), gguf()[:cut])
    with pytest.raises(ModelFileError):
        read_gguf(path)


@given(at=st.integers(0, 230), byte=st.integers(0, 255))
def test_a_flipped_byte_in_the_head_never_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int
) -> None:
    data = bytearray(gguf())
    data[at] = byte
    with contextlib.suppress(ModelFileError):
        read_gguf(written(tmp_path_factory.mktemp("flip"), bytes(data)))
