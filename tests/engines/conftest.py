"""Fixtures of the engines' tests."""

from collections.abc import Iterator

import pytest
from hub_server import HubServer


@pytest.fixture
def hub_server() -> Iterator[HubServer]:
    server = HubServer()
    yield server
    server.close()
