"""`cothink chat`: a conversation on the terminal."""

from pathlib import Path
from typing import TYPE_CHECKING

from cothink.cli.options import ConfigFile, Embedded, Key, Model, Url

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from rich.console import Console

    from cothink.cli.link import Link, Messages

HELP = """\
Enter sends; Alt+Enter (or Esc, then Enter) makes a new line; arrow keys bring back what you said; Ctrl+C stops an answer.
/model NAME   another model goes on with the conversation      /models   the names
/new          forget the conversation                          /cost     what it cost so far
/help         this                                             /quit     leave (or Ctrl+D)"""


def chat(
    model: Model = "cothink-auto",
    url: Url = None,
    key: Key = None,
    config: ConfigFile = None,
    embedded: Embedded = None,
) -> None:
    """Talk: several lines, history, model switch, cost so far."""
    from rich.console import Console

    from cothink.cli.session import session

    console = Console()
    with session(url, key, config, embedded) as link:
        names = link.models()
        console.print(f"[bold]CoThink[/bold] · {model} · /help for help", highlight=False)
        Conversation(link, names, model, console).run(_prompt(names))


class Conversation:
    """What was said so far, by which model, at what cost."""

    def __init__(self, link: "Link", names: list[str], model: str, console: "Console") -> None:
        self.link, self.names, self.model, self.console = link, names, model, console
        self.messages: Messages = []
        self.cost_usd = 0.0

    def run(self, prompt: "PromptSession[str]") -> None:
        """Read and answer until the user leaves."""
        while True:
            try:
                words = prompt.prompt(f"{self.model} · ${self.cost_usd:.4f} › ").strip()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            if words in ("/quit", "/exit"):
                return
            if words.startswith("/"):
                self.command(words)
            elif words:
                self.say(words)

    def command(self, words: str) -> None:
        """Carry out a line that begins with a slash."""
        name, _, argument = words.partition(" ")
        if name == "/models":
            self.console.print("\n".join(self.names), highlight=False)
        elif name == "/model" and argument.strip().split(":")[0] in self.names:
            self.model = argument.strip()
        elif name == "/model":
            self.console.print(f"No model {argument!r}. /models lists them.", style="red", markup=False)
        elif name == "/new":
            self.messages = []
        elif name == "/cost":
            self.console.print(f"${self.cost_usd:.6f}", highlight=False)
        else:
            if name != "/help":
                self.console.print(f"There is no {name}.", style="red", markup=False)
            self.console.print(HELP, highlight=False, markup=False)

    def say(self, words: str) -> None:
        """Send a turn; an answer that failed or was stopped leaves the conversation as it was."""
        from cothink.cli.talk import summary, tell
        from cothink.core.errors import CoThinkError

        asked: Messages = [*self.messages, {"role": "user", "content": words}]
        try:
            told = tell(self.link.stream(self.model, asked), self.console)
        except CoThinkError as error:
            self.console.print(f"\n{error.message}", style="red", markup=False)
            return
        except KeyboardInterrupt:
            self.console.print("\nstopped", style="dim")
            return
        self.cost_usd += told.cost_usd
        self.messages = [*asked, {"role": "assistant", "content": told.text}]
        self.console.print(summary(told), style="dim cyan", highlight=False)


def _prompt(names: list[str]) -> "PromptSession[str]":
    """The input line: history in the user's cache, completion of commands and models."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import FileHistory
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    folder = Path("~/.cache/cothink").expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    commands = ["/model", "/models", "/new", "/cost", "/help", "/quit"]
    return PromptSession(
        history=FileHistory(str(folder / "chat-history")),
        completer=WordCompleter(commands + names, sentence=True),
        complete_while_typing=False,
        multiline=True,
        key_bindings=keys,
    )
