"""What a file turned out to be is said in words, whatever the checker can call it."""

from portal.checking import kinds, members, packages
from portal.domain.intake import KNOWN_TYPES
from portal.domain.kind_words import say_kind


def test_every_kind_has_words() -> None:
    """No ending stands alone where a leader is told what a file is."""
    known = {kind for _start, kind in kinds._STARTS} | packages.KINDS | members.LEGACY | KNOWN_TYPES
    known |= {"exe", "elf", "macho", "sh", "msi", "html", "php", "heic", "mp4", "webp"}
    assert [] == sorted(kind for kind in known if say_kind(kind) == kind)
    assert "a Word document with macros (.docm)" == say_kind("docm")
    assert "qqq" == say_kind("qqq")
