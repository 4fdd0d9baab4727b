"""Nothing of the machine that a change was made on stands in the project: no folder, no host of packages."""

import configparser
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from house.pages import ROOT, kept_files

# Options of pip that name a host. They belong to a user's own configuration.
INDEX = re.compile(r"index-url\s*[=: ]\s*['\"]?https?:|--trusted-host|PIP_(?:EXTRA_)?INDEX_URL\s*[=:]")
SIMPLE = re.compile(r"https?://[\w.:@-]+/(?:[\w./-]+/)?simple\b")


def own_folders() -> set[str]:
    """This checkout, this user's home and this environment, where they are longer than a word or two."""
    folders = {str(ROOT), str(Path.home()) + "/", sys.prefix}
    return {folder for folder in folders if folder.count("/") >= 2 and not folder.startswith(("/usr", "/tmp"))}


def index_hosts() -> Iterator[str]:
    """The hosts that pip is configured with here, less the public one."""
    urls = [value for name, value in os.environ.items() if name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")]
    for path in ("/etc/pip.conf", "~/.config/pip/pip.conf", "~/.pip/pip.conf", f"{sys.prefix}/pip.conf"):
        config = configparser.RawConfigParser()
        config.read(Path(path).expanduser())
        urls += [config[section][key] for section in config.sections() for key in config[section] if "index" in key]
    for url in " ".join(urls).split():
        host = urlsplit(url).hostname
        if host and host not in ("pypi.org", "localhost", "127.0.0.1"):
            yield host


def texts() -> Iterator[tuple[Path, str]]:
    for path in kept_files():
        if path.suffix in (".gguf", ".pyc", ".whl") or path == Path(__file__):
            continue
        yield path.relative_to(ROOT), path.read_text(encoding="utf-8", errors="replace")


def test_no_file_names_a_folder_of_this_machine() -> None:
    folders = own_folders()
    # a longer path that merely ends alike (/proc/1/root/…) is another place
    patterns = [re.compile(rf"(?<![\w}}/]){re.escape(folder)}") for folder in folders]
    found = [f"{path}: {p.pattern}" for path, text in texts() for p in patterns if p.search(text)]
    assert found == []


def test_no_file_names_a_host_of_packages() -> None:
    hosts = set(index_hosts())
    found = [f"{path}: {host}" for path, text in texts() for host in hosts if host in text]
    found += [f"{path}: {match[0]}" for path, text in texts() if (match := INDEX.search(text) or SIMPLE.search(text))]
    assert found == []
