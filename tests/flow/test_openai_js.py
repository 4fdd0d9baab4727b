"""The official JavaScript client, where Node is; ``COTHINK_TEST_JS_CLIENT`` names a node_modules folder with it."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cothink.core.chunk import Chunk, ToolCallDelta
from cothink.core.errors import UpstreamBroken
from gateway.scripted import HELLO, Scripted, Shelf, gateway

FOLDER = os.environ.get("COTHINK_TEST_JS_CLIENT", "")
NODE = shutil.which("node")


async def pause(_request: Any) -> None:
    await asyncio.sleep(0.01)


@pytest.mark.skipif(NODE is None, reason="Node is not installed")
@pytest.mark.skipif(
    not (FOLDER and Path(FOLDER, "openai").is_dir()),
    reason="COTHINK_TEST_JS_CLIENT does not name a node_modules folder with the package openai (npm install openai)",
)
def test_the_javascript_client_reads_both_apis() -> None:
    assert NODE is not None
    shelf = Shelf(
        r1=Scripted(*HELLO),
        tools=Scripted(
            Chunk(tool_calls=(ToolCallDelta(0, "call_1", "weather", '{"town":'),)),
            Chunk(tool_calls=(ToolCallDelta(0, arguments='"Bonn"}'),)),
            Chunk(finish="tool_calls"),
        ),
        breaks=Scripted(Chunk(text="Hel"), pause, UpstreamBroken("The stream broke.")),
    )
    with gateway(shelf) as port:
        done = subprocess.run(
            [NODE, "--test", str(Path(__file__).with_name("openai_js.test.mjs"))],
            env={**os.environ, "COTHINK_URL": f"http://127.0.0.1:{port}/v1"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
