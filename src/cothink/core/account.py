"""What a key may still use, as the gateway and the books see it: asked before work, told after it.

Limits of one run stand in its ledger; these are the limits of a key and its team, over all runs and all gateways.
"""

from typing import Protocol

from cothink.core.chunk import Usage


class Hold(Protocol):
    """What is set aside at a key's limits for one call."""

    @property
    def is_paid(self) -> bool:
        """Money is set aside: without a usage it stays so until somebody reconciles it."""
        ...

    def settle(self, usage: Usage | None, nanousd: int) -> None:
        """Book what the call used, once. Without a usage, money stays set aside."""
        ...


class Account(Protocol):
    """The limits of one key and its team, in this process."""

    @property
    def most_output_tokens(self) -> int | None:
        """The longest answer that one call of this key may have; None is no limit."""
        ...

    @property
    def most_tokens(self) -> int | None:
        """The most tokens that any one call may have, its prompt included; None is no limit."""
        ...

    def enter(self, now: float) -> bool:
        """Take one request and one place at once; False where only `enter_slowly` can say. Never waits.

        Args:
            now: Seconds of the clock that only grows.
        """
        ...

    async def enter_slowly(self) -> None:
        """Take one request and one place from the store.

        Raises:
            RateReached: Too many requests a minute, or too many at once.
        """
        ...

    def leave(self) -> None:
        """Give the place back. Called once for each request that entered."""
        ...

    def may_use(self, name: str, model: str) -> bool:
        """Say whether the key may name a model, by the name that was asked for and the name that it stands for."""
        ...

    def must_hold(self, zone: str) -> bool:
        """Say whether a call of a model in this zone is to be held before it is made."""
        ...

    def draw(self, model: str, *, tokens: int, nanousd: int) -> Hold | None:
        """Set aside what a call on the site may use; None where only `hold` can say. Never waits."""
        ...

    async def hold(self, model: str, zone: str, *, tokens: int, nanousd: int) -> Hold:
        """Set aside what a call may use.

        Raises:
            RateReached: Too many tokens a minute.
            BudgetSpent: The dollars of the day or the month are spent or set aside.
            StoreAway: The call is paid for, and the store cannot be reached.
        """
        ...

    def spend(self, model: str, usage: Usage, nanousd: int) -> None:
        """Book what a call used for which nothing was held."""
        ...

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the ``x-ratelimit-*`` headers; empty where there is no limit."""
        ...
