import pytest

from cothink.core.errors import SettingError
from cothink.engines.processor import read_cpuinfo, require_avx2

OLD = "processor\t: 0\nmodel name\t: An old one\nflags\t\t: fpu sse sse2 ssse3 sse4_1 sse4_2 avx\n"


def test_a_processor_without_avx2_is_refused_in_words() -> None:
    with pytest.raises(SettingError, match="no AVX2"):
        require_avx2(OLD)


def test_a_processor_with_avx2_is_let_through() -> None:
    require_avx2(OLD.replace("avx\n", "avx avx2\n"))


def test_a_flag_that_only_begins_like_avx2_does_not_count() -> None:
    with pytest.raises(SettingError):
        require_avx2(OLD.replace("avx\n", "avx avx2x\n"))


@pytest.mark.parametrize("text", [None, "", "processor\t: 0\nFeatures\t: fp asimd\n"])
def test_a_processor_that_is_not_x86_or_not_known_is_let_through(text: str | None) -> None:
    require_avx2(text)


def test_a_machine_without_cpuinfo_is_no_error(tmp_path: object) -> None:
    assert read_cpuinfo(tmp_path / "none") is None  # type: ignore[operator]
