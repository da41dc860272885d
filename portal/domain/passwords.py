"""How much of a password is its owner's own: what is left beside common passwords, patterns and well-known words.

Nothing is asked of what it is made of (ASVS V6.2.5): a sentence will do, and so will what a password manager makes.
"""

import re
from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import Final

OWN_ENOUGH: Final = 9
"""Characters of its own that a password needs, or three words that are not the context's."""
SERVICE_WORDS: Final = ("ofsted", "adoption", "adopt", "agency", "inspection", "inspectorate", "evidence", "portal")
"""Words that whoever guesses passwords here tries first (V6.2.11); the person's own and the agency's are added."""

_KNOWN_WORD: Final = 3
"""What a common password within a longer one is worth: one of some thousand, so about as much as three characters."""
_SHORTEST_WORD: Final = 4
_SHORTEST_CONTEXT: Final = 3
_SHORTEST_RUN: Final = 3
_LONGEST_WORD: Final = 24
_SEPARATORS: Final = re.compile(r"[\s\-_.,']+")
_ROWS: Final = (
    *("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qwertzuiop"),
    *("1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik", "qazwsxedcrfvtgbyhnujmik", "1q2w3e4r5t6y7u8i9o0p"),
    *('!"£$%^&*()_+', "!@#$%^&*()_+"),
)
"""What fingers find by themselves, also from right to left."""
_NEIGHBOURS: Final = frozenset(
    "".join(pair) for row in _ROWS for way in (row, row[::-1]) for pair in pairwise(way)
)  # fmt: skip
_YEAR: Final = re.compile("(19|20)[0-9]{2}", re.ASCII)
_LOOKS: Final = (str.maketrans("013457@$!8", "oleastaslb"), str.maketrans("013457@$!8", "oieastasib"))
"""Figures that stand for letters: "p4$$w0rd" is a word like any other."""


def is_weak(password: str, common: Collection[str], context: Iterable[str]) -> bool:
    """Say whether too little of a password is its own: `common` casefolded, `context` in words as people write them."""
    return own_characters(password, common, words_of(context)) < OWN_ENOUGH


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of names, titles and addresses, casefolded, and each name as one word."""
    found: set[str] = set(SERVICE_WORDS)
    for text in texts:
        name = text.casefold().partition("@")[0] if "@" in text else text.casefold()
        parts = re.split(r"[\W_]+", name)
        found |= {each for each in (*parts, "".join(parts)) if len(each) >= _SHORTEST_CONTEXT}
        found |= {each for each in re.split(r"[\W_]+", text.casefold().partition("@")[2]) if len(each) > _SHORTEST_WORD}
    return frozenset(found)


def own_characters(password: str, common: Collection[str], context: Collection[str]) -> int:
    """Count a password's own characters: a common word, wherever it stands and however often, is worth three.

    Years, and runs of neighbouring or equal characters, are worth one, and words of the context nothing. What is said
    twice counts once.
    """
    text = _unit(_SEPARATORS.sub("", password.casefold()))
    spellings = (text, *(text.translate(looks) for looks in _LOOKS))
    best: list[tuple[int, frozenset[str]]] = [(0, frozenset())]
    for end in range(1, len(text) + 1):
        worth, pieces = best[end - 1]
        found = (worth + 1, pieces)
        for start in range(max(0, end - _LONGEST_WORD), end):
            for piece, cost in _pieces(spellings, start, end, common, context):
                before, known = best[start]
                found = min(found, (before + (0 if piece in known else cost), known | {piece}), key=_worth)
        best.append(found)
    return best[-1][0]


def _worth(found: tuple[int, frozenset[str]]) -> int:
    return found[0]


def _pieces(
    spellings: tuple[str, ...], start: int, end: int, common: Collection[str], context: Collection[str]
) -> Iterable[tuple[str, int]]:
    """Yield what the characters from start to end are known as, and what that is worth."""
    length = end - start
    for spelt in (text[start:end] for text in spellings):
        if length >= _SHORTEST_CONTEXT and spelt in context:
            yield spelt, 0
        if length >= _SHORTEST_WORD and spelt in common:
            yield spelt, _KNOWN_WORD
    if length >= _SHORTEST_RUN and _is_run(spellings[0][start:end]):
        yield "run", 1
    if length == 4 and _YEAR.fullmatch(spellings[0], start, end):
        yield "year", 1


def _is_run(piece: str) -> bool:
    pairs = ["".join(each) for each in pairwise(piece)]
    return all(pair in _NEIGHBOURS for pair in pairs) or all(pair[0] == pair[1] for pair in pairs)


def _unit(text: str) -> str:
    """Return what a text repeats from its beginning to its end, or the text: "abcabcab" repeats "abc"."""
    for length in range(1, len(text) // 2 + 1):
        if text[length:] == text[:-length]:
            return text[:length]
    return text
