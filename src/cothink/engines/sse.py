"""Server-sent events: bytes in, the data of whole events out.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation. What differs:
names, ids and retry times are passed over, since the model APIs say all in the data; an event without data is none.
"""

from cothink.core.errors import UpstreamBroken

BOM = b"\xef\xbb\xbf"


class SseParser:
    """One stream of events. Lines may end in LF, CRLF or CR, and pieces may be cut anywhere.

    Args:
        most: The largest event in bytes.
    """

    __slots__ = ("_at_start", "_cr", "_data", "_most", "_partial", "_size")

    def __init__(self, most: int = 4_194_304) -> None:
        self._most = most
        self._partial: list[bytes] = []  # the pieces of a line that has not ended
        self._data: list[bytes] = []  # the data lines of an event that has not ended
        self._size = 0  # bytes of both
        self._cr = False  # the last byte was CR: an LF right after it ends no second line
        self._at_start = True

    def feed(self, piece: bytes) -> list[bytes]:
        """Take a piece in and return the data of each event that ended in it.

        Raises:
            UpstreamBroken: An event is too large.
        """
        if self._at_start:
            piece = self._begun(piece)
        if self._cr or b"\r" in piece:
            piece = self._with_lf(piece)
        events: list[bytes] = []
        if not self._data and not self._partial:  # between two events, as nearly always
            cut = piece.rfind(b"\n\n")
            if cut >= 0:
                if len(piece) > self._most:
                    self._check(max(map(len, piece.split(b"\n\n"))))
                for event in piece[:cut].split(b"\n\n"):
                    if event.startswith(b"data: ") and b"\n" not in event:
                        events.append(event[6:])
                    else:
                        self._lines(event.split(b"\n"), events)
                        self._ended(events)
                piece = piece[cut + 2 :]
        if piece:
            self._slowly(piece, events)
        return events

    @property
    def rest(self) -> bytes:
        """What has come of an event that has not ended; empty between two events."""
        return b"\n".join([*self._data, b"".join(self._partial)]).strip()

    def _slowly(self, piece: bytes, events: list[bytes]) -> None:
        *lines, tail = piece.split(b"\n")
        if lines and self._partial:
            begun = b"".join(self._partial)
            self._partial.clear()
            self._size -= len(begun)
            lines[0] = begun + lines[0]
        self._lines(lines, events)
        if tail:
            self._partial.append(tail)
            self._size += len(tail)
        self._check(self._size)

    def _lines(self, lines: list[bytes], events: list[bytes]) -> None:
        """Take whole lines in; an empty one ends an event."""
        for line in lines:
            if not line:
                self._ended(events)
            elif line.startswith(b"data:"):
                self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
                self._size += len(line)
            elif line == b"data":
                self._data.append(b"")
            # a comment, a field that we do not need, or one that nobody knows

    def _ended(self, events: list[bytes]) -> None:
        data = self._data
        if data:
            event = data[0] if len(data) == 1 else b"\n".join(data)
            data.clear()
            if event:
                self._check(len(event))
                events.append(event)
        self._size = 0

    def _check(self, size: int) -> None:
        if size > self._most:
            raise UpstreamBroken(f"The model's server sent an event of more than {self._most} bytes.")

    def _begun(self, piece: bytes) -> bytes:
        """Leave out a byte order mark, which may come in pieces itself."""
        piece = b"".join(self._partial) + piece
        self._partial.clear()
        if len(piece) < len(BOM) and BOM.startswith(piece):
            self._partial.append(piece)
            return b""
        self._at_start = False
        return piece.removeprefix(BOM)

    def _with_lf(self, piece: bytes) -> bytes:
        if self._cr and piece:
            piece = piece.removeprefix(b"\n")
            self._cr = False
        if piece.endswith(b"\r"):
            self._cr = True
        return piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
