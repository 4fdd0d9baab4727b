"""The gateways that ours is compared with: how each is installed, set up and started."""

import secrets
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
# 1.107.0 of LiteLLM was compromised; older ones are not asked for either
WANTED = ("litellm[proxy]>=1.108,<1.110", "aiohttp>=3.11", "uvicorn>=0.34", "uvloop>=0.21", "httptools>=0.6")
LITELLM_KEY = f"sk-{secrets.token_hex(32)}"
HOME = Path("~/.cache/cothink-peers").expanduser()


@dataclass(frozen=True)
class Setting:
    """What a gateway is started with.

    Args:
        folder: Its own, for its files.
        port: Where it shall listen.
        upstreams: Ports of the replicas of one model, the same mock behind both.
        workers: Processes.
        home: The environment that peers were installed in.
    """

    folder: Path
    port: int
    upstreams: tuple[int, ...]
    workers: int
    home: Path


@dataclass(frozen=True)
class Plan:
    """How a gateway is started, and how it is asked."""

    command: Sequence[str]
    model: str = "deepseek-r1"
    headers: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()


def install(folder: Path) -> None:
    """Make an environment for the peers that pip can install.

    Raises:
        SystemExit: pip failed.
    """
    print(f"Installing {', '.join(WANTED)} into {folder}")
    venv.create(folder, with_pip=True)
    done = subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *WANTED], check=False)
    if done.returncode:
        sys.exit("pip could not install the peers; what it said stands above.")


def _nginx(setting: Setting) -> Plan:
    temporary = "".join(
        f"{kind}_temp_path {setting.folder}/{kind}; " for kind in ("proxy", "fastcgi", "uwsgi", "scgi", "client_body")
    )
    servers = "".join(f"server 127.0.0.1:{port}; " for port in setting.upstreams)
    config = f"""worker_processes {setting.workers}; daemon off; pid {setting.folder}/pid; error_log stderr warn;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 1000000000; {temporary}
  upstream model {{ {servers}keepalive 1024; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{setting.port} reuseport backlog=4096;
    location / {{
      proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
    }}
  }}
}}
"""
    (setting.folder / "nginx.conf").write_text(config)
    return Plan([_nginx_path(setting.home), "-p", str(setting.folder), "-c", str(setting.folder / "nginx.conf")])


def _litellm(setting: Setting) -> Plan:
    rows = "".join(
        "  - model_name: deepseek-r1\n    litellm_params:\n      model: openai/deepseek-r1\n"
        f"      api_base: http://127.0.0.1:{port}/v1\n      api_key: none\n"
        for port in setting.upstreams
    )
    path = setting.folder / "litellm.yaml"
    path.write_text(f"model_list:\n{rows}litellm_settings:\n  set_verbose: false\n")
    command = [str(setting.home / "bin" / "litellm"), "--config", str(path), "--host", "127.0.0.1"]
    command += ["--port", str(setting.port), "--num_workers", str(setting.workers), "--telemetry", "False"]
    # its price list comes with the package, so that nothing is fetched while it is measured; it wants a key
    env = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR", "LITELLM_MASTER_KEY": LITELLM_KEY}
    return Plan(command, headers=(f"Authorization: Bearer {LITELLM_KEY}",), env=tuple(env.items()))


def _python(setting: Setting) -> Plan:
    python = str(setting.home / "bin" / "python")
    return Plan([python, str(HERE / "passthrough.py"), str(setting.port), str(setting.upstreams[0])])


def _nginx_path(_home: Path) -> str:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin") or ""


@dataclass(frozen=True)
class Peer:
    """A peer: where its program is (empty: nowhere), how it is planned, and how it can be had."""

    find: Callable[[Path], str]
    plan: Callable[[Setting], Plan]
    get: str


def _in_home(name: str) -> Callable[[Path], str]:
    return lambda home: shutil.which(str(home / "bin" / name)) or ""


_INSTALL = "python benchmarks/gateway.py --install-peers"
PEERS = {
    "nginx": Peer(_nginx_path, _nginx, "apt-get install nginx"),
    "litellm": Peer(_in_home("litellm"), _litellm, _INSTALL),
    "python": Peer(_in_home("uvicorn"), _python, _INSTALL),
}
