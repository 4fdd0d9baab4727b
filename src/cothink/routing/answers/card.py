"""The card of a learned check: what it is, what it was made of, what it is for, where it is weak."""

from cothink.routing.answers.model import About


def card(about: About) -> str:
    """Return the card, as Markdown."""
    sets = "\n".join(f"| {name} | {count:,} |" for name, count in sorted(about.trained_on.items()))
    measured = ", ".join(about.measured) or "none, since the training rows had none"
    r1, pro = (" or ".join(one.split(",")) for one in about.models)
    return f"""# A learned check of answers: {r1} and {pro}

Says of an answer of {r1} how likely it is right, and how likely {pro} would be,
without a reference. Made by `cothink route train-check`; read by `cothink route check` and, where it is on, by the
cascade.

| trained on | answers |
|---|--:|
{sets}

- **Inside:** {len(about.kinds)} kinds of task (their words, and how often both models were right), boosted trees. No
  prompt and no answer.
- **Reads:** {len(about.reads)} figures: the question's, the answer's form and how it stands beside the question, the
  exact check's verdict, how far R1's further answers agree.
- **Figures of the model's server (tokens, log-probs) that are read:** {measured}.
- **Known:** a figure from 0 to 1 says whether such a kind of task was seen. Toward 0 only size and form are read.
- **Weak where** answers are long free texts (the recorded ones end in a short result), where models are others than
  these, and where a model was updated since. `cothink route train-check --data DIR` makes one of your own answers.
"""
