"""The card of a router: what it is, what it was made of, what it is for, where it is weak."""

from cothink.routing.learned.model import About


def card(about: About) -> str:
    """Return the card, as Markdown."""
    sets = "\n".join(f"| {name} | {count:,} |" for name, count in sorted(about.trained_on.items()))
    cheap, strong = about.models[:2]
    better = about.models[about.default]
    return f"""# A learned router: {cheap} and {strong}

Says of a prompt, from its text alone, how likely each model solves it: {", ".join(about.models)}.
Made by `cothink route train`; read by `cothink route score`, `cothink route explain` and `cothink-auto`.

| trained on | prompts |
|---|--:|
{sets}

- **Inside:** {len(about.kinds)} kinds of task (their words, levels and slopes), boosted trees, a linear model of
  words. No prompt and no answer.
- **Reads:** {len(about.features)} plain features and hashed words of the prompt; English weighs most, since the
  recorded prompts are English.
- **Known:** a figure from 0 to 1 says whether such a kind of task was seen. Toward 0 the choice goes to {better},
  the better single model over the kinds that were seen; only the order of such prompts is learned.
- **Weak where** a task's words were never seen, where models are others than these, and where a model was updated
  since.
"""
