"""The model hub's protocol: what a file is (size, SHA-256), and its bytes by ranges, resumable.

Source: the hub's ``resolve`` addresses answer with a redirect to a storage host, and name the file's size, digest and
commit in the headers X-Linked-Size, X-Linked-Etag and X-Repo-Commit (https://huggingface.co/docs/hub/models-downloading).
"""

import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import IO, Any
from urllib.parse import quote, urljoin, urlsplit

from cothink.core.errors import ModelFileError

HUB = "https://huggingface.co"
SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_REDIRECTS = 5
MOST_LISTING_BYTES = 32 * 1024 * 1024
Answer = http.client.HTTPResponse


class HubAway(ModelFileError):
    """The hub cannot be reached, or broke off: another source may still have the file."""

    code = "model_hub_away"


class HubRefused(ModelFileError):
    """The hub answered that it does not give this file: gated, unknown, or forbidden."""

    code = "model_hub_refused"


@dataclass(frozen=True, slots=True)
class HubFile:
    """What the hub says of one file, pinned to a commit."""

    repo: str
    path: str
    commit: str
    bytes: int
    sha256: str


class Hub:
    """Asks one hub.

    Args:
        url: Its address, for mirrors and tests.
        token: A read token for gated files; it is sent to the hub only, never to the storage host.
        timeout_s: The longest silence on a connection.
    """

    def __init__(self, url: str = HUB, *, token: str | None = None, timeout_s: float = 30.0) -> None:
        self.url = url.rstrip("/")
        self.timeout_s = timeout_s
        self._token = token
        self._opener = urllib.request.build_opener(_Stay())

    def describe(self, repo: str, path: str, *, timeout_s: float | None = None) -> HubFile:
        """Return size and digest of a file on the main branch.

        Raises:
            HubAway: No answer.
            HubRefused: Gated, or there is no such file.
            ModelFileError: The hub names no SHA-256, so the file could not be checked.
        """
        with self._open("HEAD", self._resolve(repo, path, "main"), {}, timeout_s, _is_linked) as answer:
            sha256 = (answer.headers.get("X-Linked-Etag") or "").strip('"')
            size = answer.headers.get("X-Linked-Size") or answer.headers.get("Content-Length") or ""
            commit = answer.headers.get("X-Repo-Commit") or "main"
        if not SHA256.fullmatch(sha256) or not size.isdecimal():
            size, sha256 = self._listed(repo, path, commit, timeout_s)
        return HubFile(repo, path, commit, int(size), sha256)

    def read(self, file: HubFile, start: int) -> tuple[Answer, int]:
        """Open the file's bytes from ``start``; return the answer and where it truly begins.

        Raises:
            HubAway: No answer.
            HubRefused: The hub does not give it.
        """
        headers = {"Range": f"bytes={start}-"} if start else {}
        answer = self._open("GET", self._resolve(file.repo, file.path, file.commit), headers, None, _is_final)
        if answer.status == 206:
            begins = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range") or "")
            if begins is None or int(begins[1]) != start:
                answer.close()
                raise HubAway(f"the hub sent another range of {file.path} than the one from byte {start}")
            return answer, start
        return answer, 0

    def _resolve(self, repo: str, path: str, revision: str) -> str:
        return f"{self.url}/{quote(repo)}/resolve/{quote(revision, safe='')}/{quote(path)}"

    def _listed(self, repo: str, path: str, revision: str, timeout_s: float | None) -> tuple[str, str]:
        """Look size and digest up in the listing of the file's folder."""
        folder = quote(path.rpartition("/")[0])
        url = f"{self.url}/api/models/{quote(repo)}/tree/{quote(revision, safe='')}{'/' if folder else ''}{folder}"
        with self._open("GET", url, {}, timeout_s, _is_final) as answer:
            try:
                rows: list[dict[str, Any]] = json.loads(answer.read(MOST_LISTING_BYTES))
                found = next((row["lfs"] for row in rows if row.get("path") == path and row.get("lfs")), None)
            except (ValueError, TypeError, AttributeError) as error:
                raise HubAway(f"the hub's listing of {repo} is no list of files") from error
        if found is None or not SHA256.fullmatch(str(found.get("oid"))):
            raise ModelFileError(f"the hub names no SHA-256 for {repo}/{path}, so it could not be checked")
        return str(found["size"]), str(found["oid"])

    def _open(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        timeout_s: float | None,
        enough: Callable[[Answer], bool],
    ) -> Answer:
        """Follow redirects ourselves: the token must not travel to another host, nor from https to http."""
        for _ in range(MOST_REDIRECTS):
            request = urllib.request.Request(url, method=method, headers={**headers, "User-Agent": "cothink"})  # noqa: S310  # http is for a mirror that the user names
            if self._token and urlsplit(url)[:2] == urlsplit(self.url)[:2]:
                request.add_header("Authorization", f"Bearer {self._token}")
            answer = self._send(request, self.timeout_s if timeout_s is None else timeout_s)
            if enough(answer):
                return answer
            target = urljoin(url, answer.headers.get("Location") or "")
            answer.close()
            if urlsplit(target).scheme not in {"https", urlsplit(self.url).scheme}:
                raise HubRefused("the hub redirects to an unsafe address")
            url = target
        raise HubRefused(f"the hub redirects more than {MOST_REDIRECTS} times")

    def _send(self, request: urllib.request.Request, timeout_s: float) -> Answer:
        try:
            answer: Answer = self._opener.open(request, timeout=timeout_s)
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error, with_token=bool(self._token)) from error
        except (OSError, http.client.HTTPException) as error:
            raise HubAway(f"the model hub does not answer: {getattr(error, 'reason', error)}") from error
        return answer


class _Stay(urllib.request.HTTPRedirectHandler):
    """Hands a redirect back as an answer."""

    def _same(self, _req: urllib.request.Request, fp: IO[bytes], code: int, _msg: str, _headers: Message) -> IO[bytes]:
        return fp

    http_error_301 = http_error_302 = http_error_303 = http_error_307 = http_error_308 = _same  # type: ignore[assignment]  # typeshed wants a new response


def _is_final(answer: Answer) -> bool:
    return answer.status < 300


def _is_linked(answer: Answer) -> bool:
    return answer.status < 300 or "X-Linked-Etag" in answer.headers


def _refusal(error: urllib.error.HTTPError, *, with_token: bool) -> ModelFileError:
    """Say an HTTP error in words."""
    reason = error.headers.get("X-Error-Code") or ""
    if error.code == 404:
        return HubRefused(f"the model hub has no such file (404 {reason})".replace(" )", ")"))
    if error.code in {401, 403}:
        what = "refuses the token that was given" if with_token else "wants a token"
        return HubRefused(
            f"the model hub {what} ({error.code} {reason}): the file is gated, private or unknown; "
            "accept its licence on the hub and set a read token".replace(" )", ")")
        )
    if error.code == 429 or error.code >= 500:
        return HubAway(f"the model hub answers {error.code}")
    return HubRefused(f"the model hub answers {error.code}")
