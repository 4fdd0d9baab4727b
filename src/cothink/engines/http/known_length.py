"""A message whose head is known but for the digits of its length: one strict way to read requests and answers."""


def whole_body(data: bytes, before: bytes, after: bytes) -> tuple[bytes, bytes] | None:
    """Return the digits of the length and the body where ``data`` is the known head and a whole body, nothing more.

    Args:
        data: What came in one read.
        before: The head up to the digits of its ``content-length``.
        after: The rest of the head, from the end of that line on, its blank line included.
    """
    if not data.startswith(before):
        return None
    starts_at = len(before)
    stops_at = data.find(b"\r", starts_at, starts_at + 12)
    if stops_at < 0 or not data.startswith(after, stops_at):
        return None
    digits = data[starts_at:stops_at]
    body = data[stops_at + len(after) :]
    return (digits, body) if digits.isdigit() and int(digits) == len(body) else None
