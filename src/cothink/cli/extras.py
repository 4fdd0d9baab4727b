"""What a command needs beyond the core: a missing extra is named, with the line that installs it."""

from importlib.util import find_spec

from cothink.core.errors import SettingError


def need(extra: str, *modules: str) -> None:
    """Refuse where a module of an extra is missing.

    Raises:
        SettingError: With the line that installs the extra.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise SettingError(f"This needs {', '.join(missing)}: pip install 'cothink[{extra}]'.", param=extra)
