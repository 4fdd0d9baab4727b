"""Small JSON bodies of the endpoints that are seldom called, in and out."""

from typing import Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from cothink.core.errors import BadRequest, TooLarge

T = TypeVar("T")
MOST_BYTES: Final = 65_536


async def read_json(request: Request, kind: type[T]) -> T:
    """Return the body of a request as a value of a kind; no body is an empty object.

    Raises:
        TooLarge: It is over 64 KiB.
        BadRequest: It is no such value.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise TooLarge(f"The body is over {MOST_BYTES} bytes.")
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadRequest(f"The body cannot be read: {error}.") from error


def write_json(value: object, status: int = 200) -> Response:
    """Return a value as an answer that nobody on the way may keep."""
    return Response(
        msgspec.json.encode(value), status, media_type="application/json", headers={"cache-control": "no-store"}
    )
