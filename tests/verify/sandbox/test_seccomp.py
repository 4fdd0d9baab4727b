import struct

import pytest

from cothink.verify.sandbox import seccomp

X86, ARM = 0xC000003E, 0xC00000B7


def decide(machine: str, number: int, argument: int = 0, architecture: int | None = None) -> int:
    """Run the filter as the kernel does: the classic BPF machine, the few instructions that are used."""
    program = seccomp.program(machine)
    assert program is not None
    data = {0: number, 4: architecture or (X86 if machine == "x86_64" else ARM), 16: argument}
    steps = list(struct.iter_unpack("=HBBI", program))
    at, register = 0, 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        if code == seccomp.LOAD:
            register = data[value]
        elif code == seccomp.RETURN:
            return int(value)
        else:
            holds = {
                seccomp.JUMP_EQUAL: register == value,
                seccomp.JUMP_SET: bool(register & value),
                seccomp.JUMP_AT_LEAST: register >= value,
            }[code]
            at += if_true if holds else if_false


@pytest.mark.parametrize("name", sorted(seccomp.DENIED))
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_each_listed_call_is_refused(name: str, machine: str) -> None:
    number = seccomp.DENIED[name][seccomp.MACHINES[machine][0]]
    assert decide(machine, number) == seccomp.ERRNO | seccomp.EPERM


@pytest.mark.parametrize("number", [0, 1, 2, 9, 39, 57, 59, 60, 231, 257])
def test_ordinary_calls_pass(number: int) -> None:
    assert decide("x86_64", number) == seccomp.ALLOW


def test_clone_passes_without_a_new_namespace_only() -> None:
    assert decide("x86_64", 56, 0x11) == seccomp.ALLOW
    assert decide("x86_64", 56, 0x003D0F00) == seccomp.ALLOW, "what pthread_create asks for"
    assert decide("x86_64", 56, 0x10000011) == seccomp.ERRNO | seccomp.EPERM


def test_clone3_is_as_if_it_did_not_exist() -> None:
    assert decide("aarch64", 435) == seccomp.ERRNO | seccomp.ENOSYS


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_only_unix_and_internet_sockets_pass(machine: str) -> None:
    number = seccomp.SOCKET[seccomp.MACHINES[machine][0]]
    passed = [family for family in range(50) if decide(machine, number, family) == seccomp.ALLOW]
    assert passed == [1, 2, 10]


def test_a_call_of_another_architecture_kills() -> None:
    assert decide("x86_64", 0, architecture=0x40000003) == seccomp.KILL


def test_the_x32_numbers_are_refused() -> None:
    assert decide("x86_64", 0x40000000 + 101) == seccomp.ERRNO | seccomp.ENOSYS


def test_an_unknown_processor_has_no_filter() -> None:
    assert seccomp.program("riscv64") is None
