"""A line to a gateway for `ask` and `chat`: one that runs already, else one started in this process."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from cothink.core.errors import CoThinkError, UpstreamBroken, UpstreamUnreachable

Messages = list[dict[str, str]]


class Link:
    """Talks to a gateway over its public API, as any client would.

    Args:
        url: The gateway's base, ``http://host:port/v1``.
        key: The Bearer key, if the gateway wants one.
    """

    def __init__(self, url: str, key: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UpstreamUnreachable(f"A gateway's URL looks like http://127.0.0.1:8080/v1; {url!r} does not.")
        self._connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port = parts.hostname, parts.port
        self._path = parts.path.rstrip("/")
        self._headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})

    def models(self) -> list[str]:
        """Return the names of the models on offer."""
        return [model["id"] for model in self._get("/models")["data"]]

    def stream(self, model: str, messages: Messages) -> Iterator[dict[str, Any]]:
        """Send a conversation; return the stream's frames, decoded.

        Raises:
            CoThinkError: The gateway answered with an error, or the stream ended without its end mark.
        """
        body = {"model": model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
        connection, response = self._send("POST", "/chat/completions", json.dumps(body).encode())
        try:
            for line in response:
                if not line.startswith(b"data:"):
                    continue
                data = line[5:].strip()
                if data == b"[DONE]":
                    return
                frame = json.loads(data)
                if "error" in frame:
                    raise CoThinkError(frame["error"]["message"])
                yield frame
            raise UpstreamBroken("The stream ended without its end mark, so the answer may be cut.")
        finally:
            connection.close()

    def _get(self, path: str) -> Any:
        connection, response = self._send("GET", path, None)
        try:
            return json.loads(response.read())
        finally:
            connection.close()

    def _send(
        self, method: str, path: str, body: bytes | None
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = self._connect(self._host, self._port)
        try:
            connection.request(method, self._path + path, body, self._headers)
            response = connection.getresponse()
        except OSError as error:
            connection.close()
            raise UpstreamUnreachable(f"No gateway answers at {self._host}:{self._port} ({error}).") from error
        if response.status != http.client.OK:
            words = response.read()
            connection.close()
            raise CoThinkError(_error_words(response.status, words))
        return connection, response


def _error_words(status: int, body: bytes) -> str:
    """The message of an error in OpenAI's form, else the status."""
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered {status} with something that is no CoThink error; is it a CoThink gateway?"
