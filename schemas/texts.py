"""The one way in which words reach a person: a `Text` is a sentence with gaps, and a `Catalogue` says it.

Templates mark their words with `{% trans %}` and `_()`, Python with `say` and `say_count`; `make catalogue` gathers all
of them, with the mails, letters and checklists, into one file for whoever writes or translates (`docs/texts.md`).
A `Text` is also its own English: a log, test or command that knows of no catalogue reads it as any other string.
"""

import struct
from collections.abc import Iterable, Mapping
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class Text(str):
    """A sentence in English that remembers the message it was made of; changing it (`+`, f-string) forgets that."""

    __slots__ = ("many", "message", "number", "values")
    message: str
    many: str
    number: int
    values: Mapping[str, object]

    def __new__(cls, message: str, values: Mapping[str, object] = _NOTHING, many: str = "", number: int = 1) -> Self:
        """Return the text of `message`, or of `many` where there are not exactly 1. Raises KeyError (a gap left)."""
        chosen = many if many and number != 1 else message
        text = super().__new__(cls, chosen.format_map(values) if values else chosen)
        text.message, text.values, text.many, text.number = message, values, many, number
        return text

    def __str__(self) -> str:
        """Return itself: the error that carries a text hands it on whole."""
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        """Let a copy remember too: values may be a read-only view, which cannot be copied."""
        return type(self), (self.message, dict(self.values), self.many, self.number)


def say(message: str, /, **values: object) -> Text:
    """Return a text with its `{gaps}` filled in; without values a brace is a brace. Raises KeyError (a gap left)."""
    return Text(message, values)


def say_count(count: int, one: str, many: str, /, **values: object) -> Text:
    """Return `one` or `many` with its gaps filled in, `{count}` among them. Raises KeyError (a gap left)."""
    return Text(one, {"count": count, **values}, many, count)


def together(parts: Iterable[str], between: str = " ") -> Text:
    """Return several texts as one, each of which is still said on its own."""
    values = {f"part{number}": part for number, part in enumerate(parts)}
    return Text(between.join(f"{{{name}}}" for name in values), values)


class Catalogue:
    """Says every text in the words of one catalogue; without one, in the English that stands in the source."""

    def __init__(self, translations: NullTranslations | None = None) -> None:
        self._translations = translations or NullTranslations()

    @property
    def language(self) -> str:
        """The language's BCP 47 tag, from the catalogue's head."""
        return self._translations.info().get("language", "en").replace("_", "-")

    def of(self, text: str) -> str:
        """Return a text in the catalogue's words, the texts in its gaps too; any other string as it is."""
        if not isinstance(text, Text):
            return text
        message = self.ngettext(text.message, text.many, text.number) if text.many else self.gettext(text.message)
        if not text.values:
            return message
        try:
            return message.format_map({name: self._value(value) for name, value in text.values.items()})
        except (AttributeError, LookupError, ValueError):
            # A catalogue that nobody checked: better English than a fault.
            return str.__str__(text)

    def _value(self, value: object) -> object:
        return self.of(value) if isinstance(value, Text) else value

    def gettext(self, message: str) -> str:
        """Return the catalogue's words for a message, its gaps as they are."""
        # The empty message is the catalogue's own head.
        return self._translations.gettext(message) if message else ""

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return the catalogue's words for a message of so many, its gaps as they are."""
        return self._translations.ngettext(one, many, count)


def read_catalogue(path: Path) -> Catalogue:
    """Return the catalogue of a compiled (.mo) file. Raises OSError, ValueError (not such a file)."""
    with path.open("rb") as file:
        try:
            return Catalogue(GNUTranslations(file))
        except (OSError, struct.error, EOFError, LookupError, ValueError) as error:
            raise ValueError(f"{path} is not a compiled catalogue") from error
