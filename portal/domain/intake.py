"""What may be sent: names, types, sizes, leading bytes and meeting dates. Everything else is checked after receipt."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.policy import KIB, MIB, Policy
from portal.domain.times import say_date
from schemas.definitions import Checklist, Item, Slot
from schemas.texts import Text, say, say_count, together

LEADING_BYTES = 8 * KIB
"""How many of a file's first bytes the look at its type wants to see."""
LONGEST_NAME = 255
"""UTF-8 bytes, as file systems count."""

_EMPTY = say("The selected file is empty")
_PDF_HEADER_WITHIN = 1024
"""Bytes; readers look no further, and some scanners write something before the header."""
_ZIP = b"PK\x03\x04"
_CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RTF = b"{\\rtf"

# An Office file with a password is a CFB container whatever its ending: the check after receipt speaks of it, since
# refusing it here could cost the sender the deadline. Word also writes RTF under the ending doc.
_STARTS: dict[str, tuple[bytes, ...]] = {
    "docx": (_ZIP, _CFB),
    "xlsx": (_ZIP, _CFB),
    "pptx": (_ZIP, _CFB),
    "odt": (_ZIP,),
    "doc": (_CFB, _RTF),
    "xls": (_CFB,),
    "rtf": (_RTF,),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
}
_TEXT = frozenset({"csv", "txt"})
_WITH_MACROS = frozenset({"docm", "dotm", "xlsm", "xltm", "xlsb", "pptm", "potm", "ppsm"})
"""No checklist accepts them: the program that made such a file can save it as another."""
_FAMILIES: tuple[tuple[Text, Text, Text, tuple[str, ...]], ...] = (
    (say("A PDF"), say("a PDF"), say("PDF"), ("pdf",)),
    (say("A Word document"), say("a Word document"), say("Word document"), ("docx", "doc")),
    (say("An OpenDocument text"), say("an OpenDocument text"), say("OpenDocument text"), ("odt",)),
    (say("A rich text file"), say("a rich text file"), say("rich text file"), ("rtf",)),
    (say("An Excel workbook"), say("an Excel workbook"), say("Excel workbook"), ("xlsx", "xls")),
    (say("A CSV"), say("a CSV"), say("CSV"), ("csv",)),
    (say("A PowerPoint presentation"), say("a PowerPoint presentation"), say("PowerPoint presentation"), ("pptx",)),
    (say("A JPG"), say("a JPG"), say("JPG"), ("jpg", "jpeg")),
    (say("A PNG"), say("a PNG"), say("PNG"), ("png",)),
    (say("A text file"), say("a text file"), say("text file"), ("txt",)),
)
"""Each at the beginning of a sentence, as the first of a list and as a later one, with its extensions."""
KNOWN_TYPES = frozenset(extension for _, _, _, family in _FAMILIES for extension in family)
"""The extensions that this module has words and a look for; a checklist accepts no others."""

# Marks that reorder what is read: with them a program can look like a picture (U+202E shows "gpj.exe" as "exe.jpg").
_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ISO_DATE = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})[/. -](?P<month>\d{1,2})[/. -](?P<year>\d{4})", re.ASCII)


def check_item_slot(checklist: Checklist, item: str, slot: str) -> tuple[Item, Slot]:
    """Return the item and its slot by their codes. Raises NotFound."""
    try:
        found = checklist.item(item)
        return found, found.slot(slot)
    except KeyError:
        raise NotFound(say("There is no such place for a file. Go back to the task list and choose an item.")) from None


def clean_name(raw: str) -> str:
    """Return the name to keep: the last part of a path, no control characters, trimmed, NFC.

    Marks of writing direction are kept, since the name is what the sender chose; pages show `display_name`.
    Raises Refused when nothing is left or it is over 255 UTF-8 bytes.
    """
    # Removing first and normalising then, so that a removed character cannot keep an accent from its letter.
    kept = "".join(char for char in raw if unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"})
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", kept))[-1].strip()
    if name in {"", ".", ".."}:
        raise Refused(say("The selected file must have a name. Rename it and select it again."), "file")
    if len(name.encode()) > LONGEST_NAME:
        raise Refused(say("The selected file’s name is too long. Give it a shorter name and select it again."), "file")
    return name


def display_name(name: str) -> str:
    """Return a name that reads in the order in which it is written: each mark of direction shows as U+FFFD."""
    return _BIDI_CONTROLS.sub("\ufffd", name)


def extension(name: str) -> str:
    """Return what follows the last dot, in lower case; empty if there is no dot, or nothing on either side of it."""
    stem, _, ending = name.rpartition(".")
    return ending.lower() if stem else ""


def check_type(item: Item, slot: Slot, name: str) -> str:
    """Return the extension of `name` if `slot` takes it. Raises Refused with the types that it takes."""
    ending = extension(name)
    accepts = item.accepted_in(slot)
    types = say_types(accepts)
    if ending in _WITH_MACROS:
        words = say("The selected file must be {types}. Save this one without macros, and send that", types=types)
        raise Refused(words, "file")
    if ending not in accepts:
        raise Refused(say("The selected file must be {types}", types=types), "file")
    return ending


def say_types(accepts: Iterable[str], *, begins: bool = False) -> str:
    """Say extensions as "a PDF, Word document or CSV"; a family taken in part names its endings.

    `begins` says that a sentence begins with it.
    """
    wanted = frozenset(accepts)
    words: list[str] = []
    for opening, first, later, family in _FAMILIES:
        taken = [each for each in family if each in wanted]
        if taken:
            label = later if words else opening if begins else first
            endings = ", ".join("." + each for each in taken)
            whole = len(taken) == len(family)
            words.append(label if whole else say("{type} ({endings})", type=label, endings=endings))
    for ending in sorted(wanted - KNOWN_TYPES):
        if words:
            words.append(say(".{ending} file", ending=ending))
        else:
            words.append(say("A .{ending} file", ending=ending) if begins else say("a .{ending} file", ending=ending))
    if len(words) == 1:
        return words[0]
    return say("{types} or {last}", types=together(words[:-1], ", "), last=words[-1])


def limit_for(item: Item, service_limit: int) -> int:
    """Return the largest file that `item` takes, in bytes: its own limit, within that of the service."""
    return service_limit if item.max_mb is None else min(service_limit, item.max_mb * MIB)


def check_length(length: int | None, limit: int) -> None:
    """Check a file's length against the limit, both in bytes; a limit itself is allowed. Raises Refused.

    None is a length that is not known yet: it is for the caller to meter what comes, or to insist on a length.
    """
    if length is None:
        return
    if length <= 0:
        raise Refused(_EMPTY, "file")
    if length > limit:
        raise Refused(say("The selected file must be smaller than {limit}", limit=say_size(limit)), "file")


def check_room(files: int, size: int, length: int | None, policy: Policy) -> None:
    """Check that one more file fits, of `length` bytes where that is known, beside those of an inspection.

    Raises Conflict. ASVS V5.2.4.
    """
    if files >= policy.max_inspection_files or size + (length or 1) > policy.max_inspection_bytes:
        raise Conflict(
            say(
                "This file does not fit: the service keeps up to {files} files and {size} for an inspection, those "
                "that were replaced or withdrawn too. Recall what was sent in error, or telephone the inspection team.",
                files=f"{policy.max_inspection_files:,}",
                size=say_size(policy.max_inspection_bytes),
            )
        )


def say_size(size: int) -> str:
    """Say a limit in bytes in the largest unit that it is a whole number of: "500MB", "64KB", "1,000 bytes"."""
    if size and size % (1024 * MIB) == 0:
        return say("{count:,}GB", count=size // (1024 * MIB))
    if size and size % MIB == 0:
        return say("{count:,}MB", count=size // MIB)
    if size and size % KIB == 0:
        return say("{count:,}KB", count=size // KIB)
    return say_count(size, "{count} byte", "{count} bytes", count=f"{size:,}")


def check_leading_bytes(extension: str, head: bytes) -> None:
    """Refuse a file whose first bytes cannot be of its type. `head` is the first 8 KiB, or all of a shorter file.

    This is a look, not a check: a file that passes may still be anything. Raises Refused.
    """
    if not head:
        raise Refused(_EMPTY, "file")
    if not _can_be(extension, head):
        raise Refused(
            say(
                "The selected file is not what its ending, .{extension}, says. "
                "Open it, save it again in the right format and select the new file.",
                extension=extension,
            ),
            "file",
        )


def check_meeting_date(slot: Slot, raw: str, today: date) -> date | None:
    """Return the meeting's date for a dated slot, None for another. `today` is London's.

    Takes 2023-03-27 and 27/3/2023, never the American order. Raises Refused (none, not a real date, in the future).
    """
    if not slot.dated:
        return None
    text = raw.strip()
    if not text:
        raise Refused(say("Enter the date of the meeting"), "meeting_date")
    match = _ISO_DATE.fullmatch(text) or _DAY_FIRST.fullmatch(text)
    try:
        day = date(**{part: int(digits) for part, digits in match.groupdict().items()}) if match else None
    except ValueError:
        day = None
    if day is None:
        raise Refused(say("The date of the meeting must be a real date, such as 27 3 2023"), "meeting_date")
    if day > today:
        raise Refused(
            say("The date of the meeting must be today, {today}, or in the past", today=say_date(today)), "meeting_date"
        )
    return day


def _can_be(extension: str, head: bytes) -> bool:
    if extension == "pdf":
        return b"%PDF-" in head[:_PDF_HEADER_WITHIN]
    if extension in _TEXT:
        return b"\x00" not in head
    return head.startswith(_STARTS.get(extension, ()))
