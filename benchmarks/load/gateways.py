"""Gateways under test: each a program of its own behind one port; all but the one that is measured are paused."""

import http.client
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from load.ours import plan as plan_ours
from load.peers import PEERS, Plan, Setting
from load.process import Cores, Program, free_ports
from load.tools import Ask

READY_S = 120
Planner = Callable[[Setting], Plan]


class Gateway:
    """A gateway that can be started, or no gateway: then the mock answers itself.

    Args:
        name: What the tables call it.
        planner: How it is set up; None is no gateway.
        setting: What it is started with.
        cores: Where it runs.
    """

    def __init__(self, name: str, planner: Planner | None, setting: Setting, cores: Cores) -> None:
        self.name = name
        self.port = setting.port if planner else setting.upstreams[0]
        self.start_s = self.idle_mb = float("nan")
        self._planner = planner
        self._setting = setting
        self._cores = cores
        self.plan = Plan([])
        self.program: Program | None = None

    def start(self) -> None:
        """Start it, wait for its first answer, and note how long that took.

        Raises:
            RuntimeError: It ended, or does not answer within two minutes.
        """
        if self._planner is None:
            return
        self._setting.folder.mkdir(exist_ok=True)
        self.plan = self._planner(self._setting)
        self.program = Program(self.plan.command, self._cores, env=dict(self.plan.env), cwd=self._setting.folder)
        try:
            self._wait(self.program)
        except BaseException:
            self.stop()
            raise

    def _wait(self, program: Program) -> None:
        answer = (0, b"")
        while time.monotonic() - program.began < READY_S:
            try:
                answer = ask_once(self)
            except (OSError, http.client.HTTPException):
                time.sleep(0.003)
            else:
                if answer[0] == 200:
                    self.start_s = time.monotonic() - program.began
                    self.idle_mb = program.rss_mb()
                    return
                time.sleep(0.02)
            if not program.is_alive():
                break
        raise RuntimeError(f"{self.name} did not come up; last answer {answer}; it wrote:\n{program.words()}")

    def stop(self) -> None:
        """End it."""
        if self.program:
            self.program.stop()
            self.program = None

    def cpu_s(self) -> float:
        """Return the seconds of CPU that it used so far; 0 where there is no gateway."""
        return self.program.cpu_s() if self.program else 0.0

    def rss_mb(self) -> float:
        """Return its memory."""
        return self.program.rss_mb() if self.program else float("nan")

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """Let it run for as long as the block lasts."""
        if self.program:
            self.program.resume()
        try:
            yield
        finally:
            if self.program:
                if not self.program.is_alive():
                    raise RuntimeError(f"{self.name} ended while it was measured; it wrote:\n{self.program.words()}")
                self.program.pause()


def ask_once(gateway: Gateway, path: str = "/v1/chat/completions") -> tuple[int, bytes]:
    """Ask once, or read a path with GET; return status and body."""
    link = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    headers = dict(header.split(": ", 1) for header in gateway.plan.headers) | {"content-type": "application/json"}
    try:
        if path == "/v1/chat/completions":
            link.request("POST", path, Ask().body(gateway.plan.model), headers)
        else:
            link.request("GET", path, headers=headers)
        response = link.getresponse()
        return response.status, response.read()
    finally:
        link.close()


class Field:
    """Where gateways are measured: a folder for their files, cores, and the mock's ports."""

    def __init__(self, folder: Path, cores: Cores, mocks: Sequence[int], home: Path) -> None:
        self.folder = folder
        self.cores = cores
        self.mocks = tuple(mocks)
        self.home = home
        self._made = 0

    def gateway(self, name: str, planner: Planner | None, workers: int = 1) -> Gateway:
        """Return a gateway that is yet to be started, on as many cores as it has workers."""
        self._made += 1
        setting = Setting(self.folder / f"gateway-{self._made}", free_ports(1)[0], self.mocks, workers, self.home)
        return Gateway(name, planner, setting, self.cores[:workers])

    def ours(self, name: str, features: Sequence[str], workers: int = 1) -> Gateway:
        """Return our gateway with some features."""
        return self.gateway(name, lambda setting: plan_ours(setting, features), workers)

    def peer(self, name: str, workers: int = 1) -> Gateway:
        """Return a peer."""
        return self.gateway(name, PEERS[name].plan, workers)


@contextmanager
def started(gateways: Sequence[Gateway]) -> Iterator[list[Gateway]]:
    """Start gateways one after the other and pause them; end them with the block.

    One that does not start is named and left out.
    """
    running = []
    try:
        for gateway in gateways:
            try:
                gateway.start()
            except RuntimeError as error:
                print(error)
                continue
            running.append(gateway)
            if gateway.program:
                gateway.program.pause()
        yield running
    finally:
        for gateway in running:
            gateway.stop()
