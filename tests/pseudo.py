"""A catalogue that brackets every message, so that words which did not come through a catalogue stand out."""

import re
from collections.abc import Iterable
from gettext import NullTranslations
from html.parser import HTMLParser

from schemas.texts import Catalogue

_BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
_WORD = re.compile(r"[A-Za-z]{2,}")
_SPOKEN = {"alt", "aria-label", "aria-description", "placeholder", "title", "label", "data-label", "data-words"}
"""The last two are shown by our style sheet and our script."""


class _Brackets(NullTranslations):
    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


_SILENT = ("script", "style", "code")
"""Codes are shown as they are, for whoever searches the trail or a log by them."""


class Spoken(HTMLParser):
    """What a page says to a person: its text and the attributes that are read out, without what is no language."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        # What begins with "data-i18n" the design system's scripts say.
        self.said += [value or "" for name, value in attrs if name in _SPOKEN or name.startswith("data-i18n.")]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(data)


def pseudo() -> Catalogue:
    """Return the catalogue."""
    return Catalogue(_Brackets())


def outside(html: str, data: Iterable[str]) -> list[str]:
    """Return the words of a page that are in no bracket and in none of the data."""
    # A message may hold elements, so brackets open in one text node and close in another.
    said = "\x00".join(Spoken(html).said)
    while (rest := _BRACKETED.sub(" ", said)) != said:
        said = rest
    for each in sorted(data, key=len, reverse=True):
        # A name must not hide a part of a word: "no" is data somewhere, and stands in "nobody".
        if each in said:
            said = re.sub(rf"(?<!\w){re.escape(each)}(?!\w)", " ", said)
    return [line.strip() for line in said.split("\x00") if _WORD.search(line)]
