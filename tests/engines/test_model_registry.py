import pytest

from cothink.core.errors import ModelFileError, UnknownModel
from cothink.engines.model_files.registry import KNOWN, find
from cothink.engines.model_files.wheel_parts import parts_of, read_lock


def test_names_and_file_names_are_unique() -> None:
    assert len({file.name for file in KNOWN}) == len(KNOWN)
    assert len({file.file for file in KNOWN}) == len(KNOWN)


def test_every_file_with_wheels_has_its_size_and_digest_and_all_its_pieces_in_the_lock() -> None:
    lock = read_lock()
    pieces = {file.name: len(parts_of(file.wheels, lock)) for file in KNOWN if file.wheels}
    assert pieces == {"qwen2.5-coder-0.5b": 6, "qwen2.5-coder-1.5b": 22, "smollm2-135m": 1}
    assert sum(pieces.values()) == len(lock)
    assert all(file.bytes and file.sha256 for file in KNOWN if file.wheels)


@pytest.mark.parametrize(
    "name", ["deepseek-r1-distill-qwen-1.5b", "deepseek-r1-distill-qwen-7b", "deepseek-r1-distill-qwen-14b"]
)
def test_r1_distills_come_from_the_hub_by_name(name: str) -> None:
    file = find(name)
    assert file.hub_repo.count("/") == 1
    assert file.hub_file.endswith("Q4_K_M.gguf")
    assert file.licence == "MIT"


def test_a_name_may_be_typed_in_capitals() -> None:
    assert find("SmolLM2-135M").name == "smollm2-135m"


def test_a_near_name_is_offered() -> None:
    with pytest.raises(UnknownModel, match=r"near names: .*deepseek-r1-distill-qwen-7b"):
        find("deepseek-r1-7b")


def test_a_name_like_nothing_lists_all() -> None:
    with pytest.raises(UnknownModel, match="smollm2-135m"):
        find("zzzz")


def test_any_gguf_on_the_hub_can_be_named() -> None:
    file = find("an-owner/A.Repo-GGUF/sub/file-Q4.gguf")
    assert (file.hub_repo, file.hub_file) == ("an-owner/A.Repo-GGUF", "sub/file-Q4.gguf")
    assert file.file == "an-owner--A.Repo-GGUF--file-Q4.gguf"


@pytest.mark.parametrize("name", ["a/b/../c.gguf", "a//c.gguf", "../b/c.gguf", "a/b/c d.gguf", "a/b/c.safetensors", ""])
def test_what_is_no_plain_hub_path_is_no_name(name: str) -> None:
    with pytest.raises(UnknownModel):
        find(name)


def test_a_piece_of_a_split_file_is_refused_in_words() -> None:
    with pytest.raises(ModelFileError, match="one piece of a split file"):
        find("o/r/big-Q4_K_M-00001-of-00003.gguf")
