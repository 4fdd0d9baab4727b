"""The bubblewrap command line of one cell: what it sees of the host, and nothing else."""

from dataclasses import dataclass
from pathlib import Path

from cothink.verify.sandbox.config import PRELOAD, SandboxConfig

INSIDE = Path(__file__).parent / "inside"
ROOT = "/inside"  # stands on the import path there, so that its modules have one name inside and outside
PACKAGE = "cothink/verify/sandbox/inside"
SYSTEM_FOLDERS = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")
# Read by programs to find libraries, the hour and which of several programs of one name is meant. No users, no secrets.
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")
INSIDE_USER = 1000
HOME = "/home/sandbox"
WORK = "/work"
ENVIRONMENT = {
    "HOME": HOME,
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "TMPDIR": WORK,
    "USER": "sandbox",
}
SHARED_MEMORY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Descriptors:
    """The open files that a cell is started with; ``user_map`` only where CoThink runs as root."""

    control: int
    info: int
    seccomp: int | None
    user_map: int | None


def command(config: SandboxConfig, descriptors: Descriptors) -> list[str]:
    """Build the whole command: bubblewrap, its options, Python with the launcher."""
    as_root = descriptors.user_map is not None
    options = ["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--hostname", "sandbox"]
    options += ["--as-pid-1"]  # the launcher is process 1: it reaps, reports, and takes everything with it when it ends
    options += ["--info-fd", str(descriptors.info), "--cap-drop", "ALL"]
    if descriptors.seccomp is not None:
        options += ["--seccomp", str(descriptors.seccomp)]
    if as_root:
        # Root needs its own rights to reach the files that are bound; the launcher gives them up (see launcher.py).
        options += [
            "--userns-block-fd",
            str(descriptors.user_map),
            "--cap-add",
            "CAP_SETUID",
            "--cap-add",
            "CAP_SETGID",
        ]
    else:
        options += ["--uid", str(INSIDE_USER), "--gid", str(INSIDE_USER)]
    return [
        config.bubblewrap,
        *options,
        *_view(config),
        "--clearenv",
        *_environment(),
        "--",
        *inner(config, descriptors.control, INSIDE_USER if as_root else None),
    ]


def inner(config: SandboxConfig, control: int, user: int | None, root: str = ROOT) -> list[str]:
    """The command that runs in the cell: an isolated Python with the launcher, which talks over ``control``."""
    launcher = f"{root}/{PACKAGE}/launcher.py"
    paths = [str(folder) for folder in config.packages]
    arguments = [str(control), str(user or 0), ",".join(PRELOAD), root, *paths]
    return [str(config.interpreter()), "-I", "-S", "-B", launcher, *arguments]


def _view(config: SandboxConfig) -> list[str]:
    """Mount what is needed read-only, one small writable folder, and close the rest."""
    options: list[str] = []
    for folder in SYSTEM_FOLDERS:
        options += _system_folder(Path(folder))
    options += ["--perms", "0755", "--dir", "/etc"]
    for file in SYSTEM_FILES:
        options += ["--ro-bind-try", file, file]
    for needed in _python_folders(config):
        options += [*_parents(needed), "--ro-bind", str(needed), str(needed)]
    inside = Path(ROOT, PACKAGE)
    options += [*_parents(inside), "--ro-bind", str(INSIDE), str(inside), "--proc", "/proc", "--dev", "/dev"]
    options += ["--size", str(SHARED_MEMORY_BYTES), "--perms", "1777", "--tmpfs", "/dev/shm"]  # noqa: S108 - in the cell
    options += ["--size", str(config.limits.work_bytes), "--perms", "1777", "--tmpfs", WORK]
    options += ["--symlink", WORK, "/tmp", "--perms", "0755", "--dir", "/home", "--perms", "0755", "--dir", HOME]  # noqa: S108
    # bubblewrap's own root and /dev are tmpfs without a size: left writable they would be a way around every limit.
    return [*options, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", WORK]


def _system_folder(folder: Path) -> list[str]:
    """Bind a folder, or repeat the link that stands there (``/lib -> usr/lib``)."""
    if folder.is_symlink():
        return ["--symlink", str(folder.readlink()), str(folder)]
    return ["--ro-bind", str(folder), str(folder)] if folder.is_dir() else []


def _python_folders(config: SandboxConfig) -> list[Path]:
    """Folders beyond the system's that Python needs: its own prefix, and the packages that were named."""
    prefix = config.interpreter().parent.parent
    return [
        folder
        for folder in (prefix, *config.packages)
        if not any(folder.is_relative_to(system) for system in SYSTEM_FOLDERS)
    ]


def _parents(folder: Path) -> list[str]:
    """Make the folders above a bound one, so that a user other than their owner may walk through them."""
    options: list[str] = []
    for parent in reversed(folder.parents[:-1]):
        options += ["--perms", "0755", "--dir", str(parent)]
    return options


def _environment() -> list[str]:
    options: list[str] = []
    for name, value in ENVIRONMENT.items():
        options += ["--setenv", name, value]
    return options
