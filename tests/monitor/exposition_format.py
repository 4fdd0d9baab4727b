"""A strict reader of Prometheus' text format 0.0.4: it takes nothing that the format does not say."""

import re
from dataclasses import dataclass, field

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (-?[0-9]+(?:\.[0-9]+)?)")
UNESCAPED = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
Labels = tuple[tuple[str, str], ...]


@dataclass
class Family:
    words: str
    kind: str = ""
    samples: dict[tuple[str, Labels], str] = field(default_factory=dict)

    def value(self, suffix: str = "", /, **labels: str) -> str | None:
        """The one sample of a name's suffix and its labels, whatever their order."""
        return next(
            (v for (name, found), v in self.samples.items() if name == suffix and dict(found) == labels),
            None,
        )


def read(data: bytes) -> dict[str, Family]:
    text = data.decode("utf-8")
    assert text.endswith("\n")
    families: dict[str, Family] = {}
    name = ""
    for line in text[:-1].split("\n"):
        if help_ := re.fullmatch(rf"# HELP ({NAME}) (.+)", line):
            name = help_[1]
            assert name not in families, f"{name} comes twice"
            families[name] = Family(help_[2])
        elif type_ := re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge|histogram)", line):
            assert type_[1] == name
            assert not families[name].kind
            families[name].kind = type_[2]
        else:
            _take(families[name], name, line)
    for name, family in families.items():
        assert family.kind, f"{name} has no type"
        if family.kind == "histogram":
            _check_histogram(family)
    return families


def _take(family: Family, name: str, line: str) -> None:
    sample = SAMPLE.fullmatch(line)
    assert sample, f"not a sample: {line!r}"
    assert sample[1].startswith(name)
    suffix = sample[1][len(name) :]
    assert suffix in (("_bucket", "_sum", "_count") if family.kind == "histogram" else ("",)), line
    key = (suffix, _labels(sample[2] or ""))
    assert key not in family.samples, f"comes twice: {line!r}"
    family.samples[key] = sample[3]


def _labels(text: str) -> Labels:
    labels: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        if at:
            assert text[at] == ","
            at += 1
        label = LABEL.match(text, at)
        assert label, f"no label at {text[at:]!r}"
        value = re.sub(r'\\[\\"n]', lambda found: UNESCAPED[found[0]], label[2])
        labels.append((label[1], value))
        at = label.end()
    assert len({name for name, _ in labels}) == len(labels)
    return tuple(labels)


def _check_histogram(family: Family) -> None:
    groups: dict[Labels, list[tuple[str, int]]] = {}
    for (suffix, labels), value in family.samples.items():
        if suffix == "_bucket":
            assert labels[-1][0] == "le"
            groups.setdefault(labels[:-1], []).append((labels[-1][1], int(value)))
    for labels, buckets in groups.items():
        bounds = [float(bound) for bound, _ in buckets]
        counts = [count for _, count in buckets]
        assert bounds == sorted(set(bounds))
        assert buckets[-1][0] == "+Inf"
        assert counts == sorted(counts), "a bucket holds fewer than the one below it"
        assert int(family.samples["_count", labels]) == counts[-1]
        assert float(family.samples["_sum", labels]) >= 0
