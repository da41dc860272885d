"""What a file turned out to be, in words: a check tells kinds by the ending that each should have."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portal.domain.intake import KNOWN_TYPES, say_types
from schemas.texts import Text, say

OF_A_KIND: Final = frozenset({"not-its-type", "not-accepted", "polyglot"})
"""Findings whose place is no part of the file but what it is."""
_FAMILIES: tuple[tuple[Text, str], ...] = (
    (say("a Word document with macros"), "docm dotm"),
    (say("an Excel workbook with macros"), "xlsm xltm xlam"),
    (say("a PowerPoint presentation with macros"), "pptm potm ppsm ppam"),
    (say("an Excel workbook in binary form"), "xlsb"),
    (say("a template"), "dotx xltx potx ott ots otp otg"),
    (say("a PowerPoint slide show"), "ppsx"),
    (say("an old PowerPoint presentation"), "ppt"),
    (say("an OpenDocument spreadsheet"), "ods"),
    (say("an OpenDocument presentation"), "odp"),
    (say("another OpenDocument file"), "odm odg odc odf odb"),
    (say("an email"), "msg"),
    (say("an old Office file, or one with a password"), "cfb"),
    (say("an archive of files"), "zip rar 7z gz"),
    (say("a program"), "exe elf macho sh msi"),
    (say("a web page"), "html php"),
    (say("a picture"), "gif tiff heic webp"),
    (say("a video"), "mp4"),
    (say("a PostScript file"), "ps"),
)
_WORDS: Mapping[str, Text] = MappingProxyType({kind: words for words, kinds in _FAMILIES for kind in kinds.split()})


def say_kind(kind: str) -> str:
    """Say what a file is by the ending that such files have; of an unknown kind that ending."""
    if kind in KNOWN_TYPES:
        return say_types((kind,))
    return say("{words} (.{kind})", words=_WORDS[kind], kind=kind) if kind in _WORDS else kind
