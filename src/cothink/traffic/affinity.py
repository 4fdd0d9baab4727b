"""What each replica's KV cache holds, as far as the calls that went there tell: hashes of prefixes, never text.

Hashes are Python's own, with a key that changes at each start: nobody can aim a request at another's prefix, and a
collision costs a cold start on one replica, nothing else.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from cothink.core.messages import ImagePart, Message
from cothink.core.request import Request
from cothink.traffic.replica import Replica

MOST_GROUPS = 1024


def prefix_keys(request: Request, block_chars: int) -> list[int]:
    """Return one key for each message and, within a long one, for each block of so many characters.

    A key stands for everything up to there. Tools stand before the messages, as in the models' chat templates.
    """
    keys: list[int] = []
    key = hash(tuple([tool.function.name for tool in request.tools])) if request.tools else 0
    for message in request.messages:
        content = message.content
        text = content if isinstance(content, str) and not message.tool_calls else _words(message)
        if len(text) <= block_chars:
            key = hash((key, message.role, text))
            keys.append(key)
            continue
        key = hash((key, message.role))
        for start in range(0, len(text), block_chars):
            key = hash((key, text[start : start + block_chars]))
            keys.append(key)
    return keys


def _words(message: Message) -> str:
    """A message's parts as one text; calls of tools count too, since they are in the prompt."""
    parts = message.content if isinstance(message.content, tuple) else ()
    images = [part.image_url.url for part in parts if isinstance(part, ImagePart)]
    calls = [call.function.arguments for call in message.tool_calls or ()]
    return "\n".join([message.text, *images, *calls])


class PrefixIndex:
    """Which replica holds which prefix: least recently used blocks are forgotten as the replica's cache forgets them.

    Args:
        blocks: How many blocks each replica's cache holds.
    """

    __slots__ = ("_bits", "_blocks", "_groups", "_held", "_holders", "_replicas")

    def __init__(self, blocks: Mapping[Replica, int]) -> None:
        self._replicas = tuple(blocks)
        self._blocks = dict(blocks)
        self._held = {replica: OrderedDict[int, None]() for replica in blocks}  # oldest first
        self._holders: dict[int, int] = {}  # key -> replicas as bits
        self._bits = {replica: 1 << number for number, replica in enumerate(blocks)}
        self._groups: dict[int, list[Replica]] = {}  # bits -> replicas, as far as they were needed

    def longest(self, keys: Sequence[int]) -> Sequence[Replica]:
        """Return who holds the longest beginning: the first group of `held`; nobody where that is empty."""
        holders = self._holders
        mask = -1
        for key in keys:
            left = holders.get(key, 0) & mask
            if not left:
                break
            mask = left
        if mask < 0:
            return ()
        return self._groups.get(mask) or self._among(mask)

    def held(self, keys: Sequence[int]) -> list[list[Replica]]:
        """Return who holds the longest beginning, then who the next longest, and so on; who holds none is left out."""
        groups: list[list[Replica]] = []
        holders = self._holders
        mask = 0
        for key in keys:
            left = holders.get(key, 0)
            if groups or mask:
                left &= mask
            if left != mask:
                if mask:
                    groups.append(self._among(mask & ~left))
                mask = left
            if not mask:
                break
        if mask:
            groups.append(self._among(mask))
        groups.reverse()
        return groups

    def remember(self, keys: Sequence[int], replica: Replica) -> None:
        """Note that a replica will hold this prefix. The tail counts as the older part: caches free it first."""
        held = self._held[replica]
        holders = self._holders
        bit = self._bits[replica]
        most = self._blocks[replica]
        for key in reversed(keys[:most]):
            if key in held:
                held.move_to_end(key)
            else:
                held[key] = None
                holders[key] = holders.get(key, 0) | bit
        while len(held) > most:
            oldest, _ = held.popitem(last=False)
            left = holders[oldest] & ~bit
            if left:
                holders[oldest] = left
            else:
                del holders[oldest]

    def __len__(self) -> int:
        return len(self._holders)

    def _among(self, mask: int) -> list[Replica]:
        group = self._groups.get(mask)
        if group is None:
            if len(self._groups) >= MOST_GROUPS:
                self._groups.clear()
            group = [replica for number, replica in enumerate(self._replicas) if mask >> number & 1]
            self._groups[mask] = group
        return group
