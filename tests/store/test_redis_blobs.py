"""Bytes in a real Redis where there is one, and what happens when it goes away."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from cothink.core.errors import SettingError
from cothink.store.redis_blobs import RedisBlobs

needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs redis-server")


@pytest.fixture
def port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def server(port) -> Iterator["subprocess.Popen[bytes]"]:
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.01)
    yield process
    process.kill()
    process.wait()


@needs_redis
async def test_what_is_put_is_found_by_another_gateway(server, port):
    one, two = (RedisBlobs(f"redis://127.0.0.1:{port}", ttl_s=60) for _ in range(2))
    assert one.put(b"k", b"v", 0.0)
    await one.aclose()
    assert await two.get(b"k") == b"v"
    assert await two.get(b"x") is None
    await two.aclose()


@needs_redis
async def test_a_redis_that_stops_makes_misses_and_one_line(server, port, caplog):
    one = RedisBlobs(f"redis://127.0.0.1:{port}", ttl_s=60)
    assert await one.get(b"k") is None
    server.kill()
    server.wait()
    for _ in range(3):
        assert await one.get(b"k") is None
    assert not one.put(b"k", b"v", 0.0)
    assert caplog.text.count("does not answer") == 1
    await one.aclose()


def test_an_address_that_is_none_is_told_at_start():
    with pytest.raises(SettingError, match="no address of a Redis"):
        RedisBlobs("http://127.0.0.1", ttl_s=60)
