"""Sums written with letters: each letter is a digit, no two the same, none of the first ones zero."""

import re

from cothink.verify.puzzles.finding import Finding


def cryptarithm(question: str, answer: str) -> Finding | None:
    """A digit for each letter that makes the sum right."""
    if "cryptarithm" not in question:
        return None
    words = re.findall(r"^\s*\+?\s*([A-Z]{2,})\s*$", question, re.MULTILINE)
    digits = {letter: int(digit) for letter, digit in re.findall(r"([A-Z])\s*=\s*(\d)", answer)}
    if len(words) < 3:
        return None
    letters = {letter for word in words for letter in word}
    if set(digits) != letters:
        return Finding(False, "The answer does not give exactly the letters of the sum a digit each.")
    if len(set(digits.values())) < len(digits):
        return Finding(False, "Two letters have one digit.")
    if any(digits[word[0]] == 0 for word in words):
        return Finding(False, "A word begins with zero.")
    *parts, total = (int("".join(str(digits[letter]) for letter in word)) for word in words)
    if sum(parts) != total:
        return Finding(False, f"The words add up to {sum(parts)}, not to {total}.")
    return Finding(True, "The words, read as numbers, add up.")
