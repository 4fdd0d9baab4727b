"""Figures of many rounds made into tables: medians; what a gateway adds is taken from the direct run of its round."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence

from load.scenarios import Figures

Found = Mapping[str, Sequence[Figures]]
DIRECT = "direct"


def median(rounds: Sequence[Figures], name: str) -> float:
    """Return the median of a figure over the rounds; not a number where there is none."""
    values = [figures[name] for figures in rounds if name in figures]
    return statistics.median(values) if values else float("nan")


def added(found: Found, gateway: str, name: str) -> float:
    """Return the median of what a gateway adds to the direct figure of the same round."""
    pairs = zip(found[gateway], found.get(DIRECT, []), strict=False)
    values = [mine[name] - direct[name] for mine, direct in pairs if name in mine and name in direct]
    return statistics.median(values) if values else float("nan")


def shown(value: float, digits: int = 2) -> str:
    """Write a number; nothing where there is none."""
    return "" if math.isnan(value) else f"{value:,.{digits}f}"


def _pair(found: Found, gateway: str, name: str) -> str:
    if gateway == DIRECT:
        return " / ".join(shown(median(found[gateway], f"{name}_{part}")) for part in ("p50", "p99"))
    return " / ".join(f"{added(found, gateway, f'{name}_{part}'):+.2f}" for part in ("p50", "p99"))


def _times(found: Found, gateway: str, other: str) -> str:
    """Say how often as many requests it makes, by rate and by CPU time; the second hardly depends on the neighbours."""
    if other not in found or gateway in (other, DIRECT):
        return ""
    mine, theirs = (max(median(found[name], f"sat{many}") for many in (16, 64)) for name in (gateway, other))
    by_rate, by_cpu = mine / theirs, median(found[other], "cpu_us") / median(found[gateway], "cpu_us")
    return " / ".join(shown(ratio, 2 if ratio < 10 else 0) for ratio in (by_rate, by_cpu))


Column = tuple[str, str, Callable[[Found, str], str]]


def _plain(title: str, name: str, digits: int) -> Column:
    return title, name, lambda found, gateway: shown(median(found[gateway], name), digits)


def _rate(per_s: int) -> Column:
    def words(found: Found, gateway: str) -> str:
        kept = median(found[gateway], f"r{per_s}_kept")
        return f"{shown(kept, 3)}, {_pair(found, gateway, f'r{per_s}')}"

    return f"{per_s:,}/s kept, P50 / P99 ms", f"r{per_s}_kept", words


COLUMNS: tuple[Column, ...] = (
    _plain("req/s, 16", "sat16", 0),
    _plain("req/s, 64", "sat64", 0),
    _plain("CPU us/req", "cpu_us", 1),
    ("x nginx, by rate / CPU", "sat16", lambda found, gateway: _times(found, gateway, "nginx")),
    ("x LiteLLM, by rate / CPU", "sat16", lambda found, gateway: _times(found, gateway, "litellm")),
    ("c1 P50 / P99 ms", "c1_p50", lambda found, gateway: _pair(found, gateway, "c1")),
    ("c16 P50 / P99 ms", "c16_p50", lambda found, gateway: _pair(found, gateway, "c16")),
    _rate(500),
    _rate(2000),
)
STREAM_COLUMNS: tuple[Column, ...] = (
    _plain("burst chunks/s", "burst", 0),
    _plain("CPU us/chunk", "chunk_cpu_us", 2),
    _plain("paced: chunks lost", "paced_lost", 0),
    ("paced: gap P50 / P99 ms", "gap_p50", lambda found, gateway: _pair(found, gateway, "gap")),
    _plain("start s", "start_s", 2),
    _plain("idle MB", "idle_mb", 0),
    _plain("loaded MB", "loaded_mb", 0),
    _plain("wrong answers", "wrong", 0),
)


def print_table(found: Found, columns: Sequence[Column]) -> None:
    """Print a table of what was measured, a row a gateway; nothing where no column was."""
    names = {name for rounds in found.values() for figures in rounds for name in figures}
    used = [column for column in columns if column[1] in names]
    if not used or all(name == "wrong" for _, name, _ in used):
        return
    print("\n| gateway | " + " | ".join(title for title, _, _ in used) + " |")
    print("|---|" + "--:|" * len(used))
    for gateway in found:
        print(f"| {gateway} | " + " | ".join(words(found, gateway) for _, _, words in used) + " |")


def print_costs(found: Found, base: str) -> None:
    """Print what each row costs over the one without features."""
    print("\n| ours with | req/s, 16 | CPU us/req | costs us/req | by rate us/req |\n|---|--:|--:|--:|--:|")
    for name, rounds in found.items():
        per_s, cpu = median(rounds, "sat16"), median(rounds, "cpu_us")
        pairs = list(zip(rounds, found[base], strict=True))
        costs = statistics.median([mine["cpu_us"] - bare["cpu_us"] for mine, bare in pairs])
        by_rate = statistics.median([1e6 / mine["sat16"] - 1e6 / bare["sat16"] for mine, bare in pairs])
        print(f"| {name} | {shown(per_s, 0)} | {shown(cpu, 1)} | {costs:+.1f} | {by_rate:+.1f} |")


def print_scaling(found: Mapping[tuple[str, int], Figures]) -> None:
    """Print throughput by workers, and the share of what one worker would make times their number."""
    print("\n| gateway | workers | req/s | of linear | CPU us/req | wrong answers |\n|---|--:|--:|--:|--:|--:|")
    for (name, workers), figures in found.items():
        one = found.get((name, 1))
        share = figures["sat"] / one["sat"] / workers if one else float("nan")
        cells = [shown(figures["sat"], 0), shown(share), shown(figures["cpu_us"], 1), shown(figures["wrong"], 0)]
        print(f"| {name} | {workers} | " + " | ".join(cells) + " |")
