"""`cothink privacy`: shows the personal data in a text, and masks it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from cothink.privacy.spans import Span

app = typer.Typer(name="privacy", help="Find personal data in a text, and mask it.", no_args_is_help=True)
File = Annotated[
    str, typer.Argument(help="A text file, JSON lines with `id` and `text`, or - for what is piped in.", metavar="FILE")
]
Find = Annotated[
    str,
    typer.Option("--find", help="'names' finds names and places too; 'rules' only what has a shape or a check digit."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command()
def scan(file: File, find: Find = "names", json: Json = False) -> None:
    """Show the personal data in a text: where it stands and what it is."""
    import msgspec
    from rich.console import Console
    from rich.text import Text

    from cothink.privacy.detect import Detector

    detector = Detector.of(_how(find))
    console = Console(highlight=False, soft_wrap=True)
    for id, text in _records(file):
        spans = detector.scan(text)
        if json:
            sys.stdout.write(msgspec.json.encode(_line(id, spans)).decode() + "\n")
            continue
        for start, end, kind, trust in spans:
            console.print(Text(f"{id}  {start:>6}-{end:<6} {kind:16} {trust.name.lower():8} {text[start:end]!r}"))


@app.command()
def mask(
    file: File,
    find: Find = "names",
    json: Json = False,
    no_way_back: Annotated[bool, typer.Option("--no-way-back", help="<PERSON>, not <PERSON_1>.")] = False,
    keep: Annotated[Path | None, typer.Option("--keep", help="Write what each placeholder stands for here.")] = None,
) -> None:
    """Print a text with placeholders in the place of personal data."""
    import msgspec

    from cothink.core.errors import SettingError
    from cothink.privacy.detect import Detector
    from cothink.privacy.masking import Placeholders, redact

    if keep is not None and no_way_back:
        raise SettingError("--keep writes the way back, and --no-way-back wants none: give one of them.")
    detector = Detector.of(_how(find))
    kept = []
    for id, text in _records(file):
        spans = detector.scan(text)
        placeholders = Placeholders([text])
        masked = redact(text, detector) if no_way_back else placeholders.mask(text, spans)
        kept.append({"id": id, "values": placeholders.values})
        line = msgspec.json.encode({**_line(id, spans), "text": masked}).decode() + "\n" if json else masked
        sys.stdout.write(line if line.endswith("\n") else line + "\n")
    if keep is not None:
        keep.touch(mode=0o600)  # it holds what the mask took out
        keep.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in kept))


def _line(id: object, spans: "list[Span]") -> dict[str, object]:
    return {"id": id, "spans": [[start, end, kind] for start, end, kind, _ in spans]}


def _how(find: str) -> Literal["rules", "names"]:
    from cothink.core.errors import SettingError

    if find == "names":
        return "names"
    if find == "rules":
        return "rules"
    raise SettingError(f"--find is {find!r}; allowed are rules and names.", param="find")


def _records(file: str) -> Iterator[tuple[object, str]]:
    """Yield id and text: one for each JSON object, or the whole file under its name."""
    import msgspec

    from cothink.core.errors import SettingError

    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        whole = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{file} cannot be read as UTF-8 text: {error}.", param="file") from error
    lines = [line for line in whole.split("\n") if line.strip()]
    if not lines or not _is_record(lines[0]):
        yield Path(file).name, whole
        return
    for number, line in enumerate(lines, 1):
        try:
            row = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            raise SettingError(f"Line {number} of {file} is no JSON object: {error}.", param="file") from error
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise SettingError(f"Line {number} of {file} has no `text`.", param="file")
        yield row.get("id", number), row["text"]


def _is_record(line: str) -> bool:
    import msgspec

    try:
        row = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return False
    return isinstance(row, dict) and isinstance(row.get("text"), str)
