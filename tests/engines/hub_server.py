"""A local server that speaks the model hub's protocol, with faults on order."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tiny_files import sha256

COMMIT = "c" * 40


class HubServer:
    """Serves ``files`` (``owner/repo/file`` -> bytes). Set the other attributes to make it misbehave."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.digests: dict[str, str] = {}  # what the hub claims, where it lies
        self.gated: dict[str, str] = {}  # name -> the token that opens it
        self.cut_after: list[int] = []  # each next body is cut after so many bytes
        self.ranges_work = True
        self.names_digest = True
        self.status: int | None = None  # answer everything so
        self.seen: list[tuple[str, str, str | None, str | None]] = []  # method, path, range, authorization
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                hub.answer(self)

            def do_GET(self) -> None:
                hub.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.storage_url = (
            f"http://localhost:{self._server.server_port}"  # another host name: the token must stay behind
        )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def bodies(self) -> list[str | None]:
        """The Range header of each request for bytes."""
        return [ranges for method, path, ranges, _ in self.seen if method == "GET" and path.startswith("/storage/")]

    def answer(self, at: BaseHTTPRequestHandler) -> None:
        ranges, authorization = at.headers.get("Range"), at.headers.get("Authorization")
        self.seen.append((at.command, at.path, ranges, authorization))
        resolve = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", at.path)
        if self.status is not None:
            self._send(at, self.status, b"")
        elif at.path.startswith("/storage/"):
            self._body(at, at.path.removeprefix("/storage/"), ranges)
        elif at.path.startswith("/api/models/"):
            self._listing(at, "/".join(at.path.split("/")[3:5]))
        elif resolve is None or f"{resolve[1]}/{resolve[3]}" not in self.files:
            self._send(at, 404, b"", {"X-Error-Code": "EntryNotFound"})
        elif self.gated.get(f"{resolve[1]}/{resolve[3]}", "") not in (authorization or ""):
            self._send(at, 401, b"", {"X-Error-Code": "GatedRepo"})
        else:
            self._redirect(at, f"{resolve[1]}/{resolve[3]}")

    def digest(self, name: str) -> str:
        return self.digests.get(name, sha256(self.files[name]))

    def _redirect(self, at: BaseHTTPRequestHandler, name: str) -> None:
        headers = {"Location": f"{self.storage_url}/storage/{name}", "X-Repo-Commit": COMMIT}
        if self.names_digest:
            headers |= {"X-Linked-Etag": f'"{self.digest(name)}"', "X-Linked-Size": str(len(self.files[name]))}
        self._send(at, 302, b"", headers)

    def _listing(self, at: BaseHTTPRequestHandler, repo: str) -> None:
        rows = [
            {"path": name.removeprefix(repo + "/"), "lfs": {"oid": self.digest(name), "size": len(data)}}
            for name, data in self.files.items()
            if name.startswith(repo + "/")
        ]
        self._send(at, 200, json.dumps(rows).encode())

    def _body(self, at: BaseHTTPRequestHandler, name: str, ranges: str | None) -> None:
        data, status, headers = self.files[name], 200, {}
        if ranges and self.ranges_work:
            start = int(ranges.removeprefix("bytes=").removesuffix("-"))
            headers = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
            data, status = data[start:], 206
        cut = self.cut_after.pop(0) if self.cut_after else None
        self._send(at, status, data, headers, cut)

    def _send(
        self,
        at: BaseHTTPRequestHandler,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        cut: int | None = None,
    ) -> None:
        at.send_response(status)
        for name, value in (headers or {}).items():
            at.send_header(name, value)
        at.send_header("Content-Length", str(len(body)))
        at.end_headers()
        if at.command == "GET":
            at.wfile.write(body[:cut])
        if cut is not None:
            at.close_connection = True
