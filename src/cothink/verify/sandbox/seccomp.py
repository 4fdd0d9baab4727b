"""The system-call filter of a cell, as a classic BPF program: no new namespaces, no tracing, no keys, no odd sockets.

It denies by list, so ordinary programs run unchanged; the list holds calls that reach the kernel's privileged corners,
other processes or memory that no limit counts. Numbers: Linux, arch/x86/entry/syscalls/syscall_64.tbl and
include/uapi/asm-generic/unistd.h; layout of the data: include/uapi/linux/seccomp.h.
"""

import platform
import struct

# name: (x86_64, aarch64)
DENIED = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "vmsplice": (278, 75),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "acct": (163, 89),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "quotactl": (179, 60),
    "personality": (135, 92),
}
CLONE, CLONE3, SOCKET = (56, 220), (435, 435), (41, 198)
NAMESPACE_FLAGS = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
SOCKET_FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6: all inside the cell's own network namespace
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH

LOAD, JUMP_EQUAL, JUMP_SET, JUMP_AT_LEAST, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, ARCH, FIRST_ARGUMENT = 0, 4, 16
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _deny(number: int, errno: int) -> bytes:
    return _step(JUMP_EQUAL, number, 0, 1) + _step(RETURN, ERRNO | errno)


def program(machine: str | None = None) -> bytes | None:
    """Build the filter.

    Args:
        machine: The processor as ``platform.machine()`` names it; None is this one.

    Returns:
        The program for ``bwrap --seccomp``, or None for a processor whose numbers are not listed here.
    """
    known = MACHINES.get(machine or platform.machine())
    if known is None:
        return None
    column, architecture = known
    parts = [_step(LOAD, ARCH), _step(JUMP_EQUAL, architecture, 1, 0), _step(RETURN, KILL), _step(LOAD, NUMBER)]
    # The x32 numbers of x86_64 would walk around the list.
    parts += [_step(JUMP_AT_LEAST, 0x40000000, 0, 1), _step(RETURN, ERRNO | ENOSYS)]
    parts += [_deny(numbers[column], EPERM) for numbers in DENIED.values()]
    # clone3 hides its flags behind a pointer; the C library falls back to clone when it is missing.
    parts.append(_deny(CLONE3[column], ENOSYS))
    parts += [_step(JUMP_EQUAL, CLONE[column], 0, 4), _step(LOAD, FIRST_ARGUMENT)]
    parts += [_step(JUMP_SET, NAMESPACE_FLAGS, 0, 1), _step(RETURN, ERRNO | EPERM), _step(RETURN, ALLOW)]
    families = len(SOCKET_FAMILIES)
    parts += [_step(JUMP_EQUAL, SOCKET[column], 0, families + 2), _step(LOAD, FIRST_ARGUMENT)]
    parts += [_step(JUMP_EQUAL, family, families - at, 0) for at, family in enumerate(SOCKET_FAMILIES)]
    parts += [_step(RETURN, ERRNO | EAFNOSUPPORT), _step(RETURN, ALLOW)]
    return b"".join(parts)
