"""Sealed text: names and what people type, bound to their record and field, and digests of names."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import SealBroken
from portal.vault.messages import seal_message
from portal.vault.texts import PAD_STEP, name_digest, open_text, seal_text

KEY = bytes(range(32))
INSPECTION, RECORD = UUID(int=1), UUID(int=2)
FIELDS = {"inspection": str(INSPECTION), "record": str(RECORD), "field": "name"}


@given(text=st.text())
def test_round_trip(text: str) -> None:
    """Any Unicode text comes back as it was, also when it ends in the bytes that padding uses."""
    assert text == open_text(KEY, INSPECTION, RECORD, "name", seal_text(KEY, INSPECTION, RECORD, "name", text))


@pytest.mark.parametrize("text", ["", "\0", "a\0\0", "\x80", "a\u0440\0", "é" * 32])
def test_round_trip_of_what_looks_like_padding(text: str) -> None:
    """Text that is empty, ends in zeros or in the byte 0x80 is not mistaken for its padding."""
    assert text == open_text(KEY, INSPECTION, RECORD, "name", seal_text(KEY, INSPECTION, RECORD, "name", text))


@pytest.mark.parametrize(("steps", "length"), [(1, 0), (1, 1), (1, 63), (2, 64), (2, 127), (3, 128)])
def test_length_tells_little(steps: int, length: int) -> None:
    """Sealed text grows only in steps of 64 bytes."""
    overhead = len(seal_message(KEY, INSPECTION, FIELDS, b"x")) - 1

    assert overhead + steps * PAD_STEP == len(seal_text(KEY, INSPECTION, RECORD, "name", "x" * length))


@pytest.mark.parametrize(
    ("key", "inspection", "record", "field"),
    [
        (bytes(32), INSPECTION, RECORD, "name"),
        (KEY, RECORD, RECORD, "name"),
        (KEY, INSPECTION, INSPECTION, "name"),
        (KEY, INSPECTION, RECORD, "note"),
        (KEY, INSPECTION, RECORD, "names"),
    ],
    ids=["key", "inspection", "record", "field of equal length", "field"],
)
def test_text_opens_only_where_it_belongs(key: bytes, inspection: UUID, record: UUID, field: str) -> None:
    """Under another key, or for another inspection, record or field, sealed text is refused."""
    sealed = seal_text(KEY, INSPECTION, RECORD, "name", "minutes.pdf")

    with pytest.raises(SealBroken):
        open_text(key, inspection, record, field, sealed)


@pytest.mark.parametrize(
    "padded",
    [b"x" * 64, b"\x80", b"x\x80" + bytes(63), b"\x80" + bytes(127), b"x\x80y" + bytes(61), b"\xff\x80" + bytes(62)],
    ids=["no mark", "short", "one over", "a step too many", "not zeros", "not UTF-8"],
)
def test_padding_of_another_making_is_refused(padded: bytes) -> None:
    """A message that is whole but not padded as the portal pads is refused."""
    with pytest.raises(SealBroken):
        open_text(KEY, INSPECTION, RECORD, "name", seal_message(KEY, INSPECTION, FIELDS, padded))


def test_text_that_is_not_unicode_is_refused() -> None:
    """A lone surrogate cannot be sealed, nor digested, and says so with a ValueError."""
    with pytest.raises(ValueError):
        seal_text(KEY, INSPECTION, RECORD, "name", "\udc80")
    with pytest.raises(ValueError):
        name_digest(KEY, "\udc80")


def test_field_needs_a_name() -> None:
    """Text bound to no field could stand in for any other."""
    with pytest.raises(ValueError, match="field"):
        seal_text(KEY, INSPECTION, RECORD, "", "minutes.pdf")


def test_name_digest_is_the_documented_one() -> None:
    """The digest does not change between releases, or equal names would no longer be found."""
    expected = "7f238e6a3da49173367352a5a4b25045e21c15322dddb8fee719bcbb53547c74"

    assert expected == name_digest(KEY, "minutes.pdf").hex()


def test_name_digest_finds_equal_names_only_under_one_key() -> None:
    """Names that look the same are equal however accents are written; other names and other keys differ."""
    digest = name_digest(KEY, "caf\u00e9.pdf")

    assert digest == name_digest(KEY, "cafe\u0301.pdf")
    assert digest != name_digest(KEY, "cafe.pdf")
    assert digest != name_digest(KEY, "Caf\u00e9.pdf")
    assert digest != name_digest(bytes(32), "caf\u00e9.pdf")
