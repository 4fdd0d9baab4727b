"""The command line against real gateways and real settings; what a person would see."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cothink import __version__
from cothink.cli.chat import Conversation
from cothink.cli.link import Link
from cothink.cli.main import app
from cothink.cli.session import given
from cothink.core.chunk import Chunk
from cothink.core.errors import CoThinkError, UpstreamBroken, UpstreamUnreachable
from gateway.scripted import HELLO, Scripted, Shelf, gateway

run = CliRunner().invoke


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("COTHINK_R1_URL", "COTHINK_PRO_KEY", "COTHINK_CONFIG", "COTHINK_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def url() -> Iterator[str]:
    broken = Scripted(Chunk(text="half", model="m"), UpstreamBroken("The model's server stopped."))
    with gateway(Shelf(r1=Scripted(*HELLO), broken=broken)) as port:
        yield f"http://127.0.0.1:{port}/v1"


def test_version_is_the_packages() -> None:
    assert run(app, ["version"]).output.strip() == __version__


def test_settings_check_says_what_is_bound(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text("[r1]\nurl = 'http://a/v1'\n", encoding="utf-8")
    assert "Bound: r1." in run(app, ["settings", "check", "-c", str(path)]).output
    assert "nothing" in run(app, ["settings", "check"]).output


def test_settings_show_tells_each_value_and_where_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COTHINK_GATEWAY_PORT", "4321")
    monkeypatch.setenv("COTHINK_PRO_KEY", "sk-never-shown")
    monkeypatch.setenv("COLUMNS", "200")
    output = run(app, ["settings", "show"]).output
    assert "4321" in output
    assert "environment" in output
    assert "sk-never-shown" not in output


def test_an_error_of_ours_is_one_line_and_exit_code_1() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cothink.cli", "serve"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 1
    assert done.stderr.startswith("cothink: No model is bound. Set COTHINK_R1_URL")
    assert "Traceback" not in done.stderr


def test_models_list_names_models_and_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    output = run(app, ["models", "list"]).output
    assert "o1-pro" in output
    assert "2026-10-23" in output
    assert "deepseek-r1-distill-qwen-1.5b" in output


def test_models_show_follows_an_alias() -> None:
    output = run(app, ["models", "show", "deepseek-ai/DeepSeek-R1"]).output
    assert "deepseek-r1" in output
    assert "0.55" in output


def test_models_show_names_the_near_one_of_an_unknown() -> None:
    result = run(app, ["models", "show", "o1-por"])
    assert isinstance(result.exception, CoThinkError)
    assert "o1-pro" in result.exception.message


def test_embedded_takes_two_words() -> None:
    assert given(None) == {}
    assert given("small")["pro"]["zone"] == "hosted"
    assert "allowed are pair and small" in run(app, ["serve", "--embedded", "big"]).output


def test_ask_prints_thought_answer_and_summary(url: str) -> None:
    result = run(app, ["ask", "--url", url, "-m", "r1", "hi"])
    assert result.exit_code == 0
    assert "Let me think." in result.output
    assert "Hello world" in result.output
    assert "tokens" in result.output


def test_ask_quietly_prints_the_answer_alone(url: str) -> None:
    assert run(app, ["ask", "--url", url, "-m", "r1", "-q", "hi"]).output.strip() == "Hello world"


def test_ask_reads_standard_input(url: str) -> None:
    assert "Hello world" in run(app, ["ask", "--url", url, "-m", "r1"], input="hi").output


def test_ask_without_a_question_says_so(url: str) -> None:
    assert "no question" in run(app, ["ask", "--url", url], input="").output


def test_a_link_says_what_is_wrong(url: str) -> None:
    link = Link(url, None)
    assert link.models() == ["r1", "broken"]
    with pytest.raises(CoThinkError, match="nobody"):
        list(link.stream("nobody", [{"role": "user", "content": "hi"}]))
    with pytest.raises(CoThinkError, match="stopped"):
        list(link.stream("broken", [{"role": "user", "content": "hi"}]))
    with pytest.raises(UpstreamUnreachable, match="looks like"):
        Link("localhost", None)
    with pytest.raises(UpstreamUnreachable, match="No gateway answers"):
        Link("http://127.0.0.1:9/v1", None).models()


def conversation(url: str) -> tuple[Conversation, io.StringIO]:
    heard = io.StringIO()
    return Conversation(Link(url, None), ["r1", "broken"], "r1", Console(file=heard, width=120)), heard


class Lines:
    """Says one line after the other, as a person would, then leaves."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)

    def prompt(self, _words: str) -> str:
        if not self.lines:
            raise EOFError
        return self.lines.pop(0)


def test_a_conversation_remembers_switches_models_and_forgets(url: str) -> None:
    talk, heard = conversation(url)
    talk.run(Lines("hi", "/cost", "/models", "/model broken", "/model nobody", "/nonsense"))  # type: ignore[arg-type]
    assert [one["role"] for one in talk.messages] == ["user", "assistant"]
    assert talk.model == "broken"
    assert "No model 'nobody'" in heard.getvalue()
    assert "There is no /nonsense" in heard.getvalue()
    talk.run(Lines("again"))  # type: ignore[arg-type]  # it fails, so the conversation stays as it was
    assert len(talk.messages) == 2
    assert "stopped" in heard.getvalue()
    talk.command("/new")
    assert talk.messages == []
