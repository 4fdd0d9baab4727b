import gzip

import pytest

from cothink.core.errors import SettingError
from cothink.routing.recordings import PROMPTS, dataset_names, file_of, numbered_lines


@pytest.mark.parametrize("inner", ["", "routing"])
def test_the_files_are_found_in_the_folder_or_in_its_subfolder_routing(tmp_path, inner):
    home = tmp_path / inner
    home.mkdir(exist_ok=True)
    (home / f"sums{PROMPTS}").write_text("{}\n")
    assert dataset_names(tmp_path) == ["sums"]
    assert file_of(tmp_path, "sums", PROMPTS) == home / f"sums{PROMPTS}"


def test_the_packed_file_comes_first(tmp_path):
    for name in (f"sums{PROMPTS}", f"sums{PROMPTS}.gz"):
        (tmp_path / name).write_bytes(b"")
    assert file_of(tmp_path, "sums", PROMPTS).suffix == ".gz"


def test_blank_lines_are_left_out_and_keep_their_numbers(tmp_path):
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(b"{}\n\n[]\n"))
    assert list(numbered_lines(path)) == [(1, b"{}\n"), (3, b"[]\n")]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingError, match=r"none\.jsonl cannot be read"):
        list(numbered_lines(tmp_path / "none.jsonl"))
