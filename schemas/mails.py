"""The mails as data: `mail/<template>.toml` has subject and body, and `mail/closing.txt` ends every body.

The first line of a body says what happened and what to do. No mail names a document, a child, an adopter or a person.
"""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from schemas.definitions import DefinitionError
from schemas.texts import Text

_FOLDER: Final = Path(__file__).parent / "mail"
FIELDS: Final = frozenset(
    {"reference", "deadline", "about", "for_item", "by_due", "disposals", "trail", "way_in", "public_url"}
)
"""What the gaps of a text may be: nothing else is ever filled in."""
_FLAGS: Final = frozenset({"while_collecting", "also_without_role"})


@dataclass(frozen=True)
class MailText:
    """Subject, body and closing with gaps for FIELDS; each is a message of its own."""

    subject: Text
    body: Text
    closing: Text
    while_collecting: bool = False
    """Sent only as long as the inspection takes documents: afterwards it would mislead."""
    also_without_role: bool = False
    """Sent also to whoever has lost the role: it tells of that."""

    def fill(self, words: Mapping[str, str]) -> tuple[Text, Text]:
        """Return the subject, and the body with its closing, with every gap filled in."""
        body, closing = Text(self.body.message, words), Text(self.closing.message, words)
        return Text(self.subject.message, words), Text("{body}\n\n{closing}\n", {"body": body, "closing": closing})


@cache
def load_mails() -> Mapping[str, MailText]:
    """Return every mail by the name of its template, read once. Raises DefinitionError, naming every fault."""
    closing = (_FOLDER / "closing.txt").read_text(encoding="utf-8")
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(_FOLDER.glob("*.toml"))}
    return parse_mails(texts, closing)


def parse_mails(texts: Mapping[str, str], closing: str) -> Mapping[str, MailText]:
    """Read the mails from the words of their files, by template. Raises DefinitionError, naming every fault."""
    mails, faults = {}, []
    for name, text in texts.items():
        try:
            mails[name] = _parse(tomllib.loads(text), closing)
        except ValueError as error:  # TOML's own error is one too
            faults.append(f"{name}: {error}")
    if faults:
        raise DefinitionError("\n".join(faults))
    return MappingProxyType(mails)


def _parse(table: Mapping[str, object], closing: str) -> MailText:
    subject, body = table.get("subject"), table.get("body")
    flags = {key: value for key, value in table.items() if key not in ("subject", "body")}
    if not (isinstance(subject, str) and isinstance(body, str) and subject and body):
        raise ValueError("it needs a subject and a body")
    if not subject.isprintable():
        raise ValueError("its subject must be one line")
    if not flags.keys() <= _FLAGS or not all(value is True for value in flags.values()):
        raise ValueError(f"beside subject and body it may say {' and '.join(sorted(_FLAGS))} = true")
    if unknown := _gaps(subject + body + closing) - FIELDS:
        raise ValueError(f"its gaps may be {', '.join(sorted(FIELDS))}, not {', '.join(sorted(unknown))}")
    return MailText(Text(subject), Text(body.strip()), Text(closing.strip()), **dict.fromkeys(flags, True))


def _gaps(text: str) -> set[str]:
    """Return what is between braces, with whatever else stands there. Raises ValueError (a brace alone)."""
    return {
        field + (f":{form}" if form else "") + (f"!{how}" if how else "")
        for _before, field, form, how in string.Formatter().parse(text)
        if field is not None
    }
