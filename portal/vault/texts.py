"""Sealed text: file names and what people type about cases (rules 1, 2), and digests that find equal names."""

import hashlib
import hmac
import unicodedata
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.domain.errors import SealBroken
from portal.vault.messages import open_message, seal_message
from schemas.texts import say

PAD_STEP = 64
"""Sealed text grows in steps of this many bytes, so that its length tells little of a name."""

_PAD_MARK = b"\x80"
_DIGEST_INFO = b"evidence-portal name digest v1"
_FOREIGN = say("This sealed text was not made by the portal. Tell the administrator.")


def _fields(inspection: UUID, record: UUID, field: str) -> dict[str, str]:
    if not field:
        raise ValueError("Sealed text is bound to a field: give the field's name.")
    return {"inspection": str(inspection), "record": str(record), "field": field}


def _pad(text: bytes) -> bytes:
    """Append 0x80, then zeros up to the next multiple of PAD_STEP (the padding of ISO/IEC 7816-4): never ambiguous."""
    marked = text + _PAD_MARK
    return marked + bytes(-len(marked) % PAD_STEP)


def _unpad(padded: bytes) -> bytes:
    text, mark, zeros = padded.rpartition(_PAD_MARK)
    if not mark or len(padded) % PAD_STEP or len(zeros) >= PAD_STEP or zeros.strip(b"\0"):
        raise SealBroken(_FOREIGN)
    return text


def seal_text(key: bytes, inspection: UUID, record: UUID, field: str, text: str) -> bytes:
    """Seal `text`, which may be empty, for one field of one record, under the inspection's 32-byte key.

    The result is one message as of a part, with inspection, record and field as its context. Raises ValueError for
    text that is not Unicode (lone surrogates) or a field without a name.
    """
    return seal_message(key, inspection, _fields(inspection, record, field), _pad(text.encode()))


def open_text(key: bytes, inspection: UUID, record: UUID, field: str, sealed: bytes) -> str:
    """Return the text sealed for exactly this inspection, record and field. Raises SealBroken for anything else."""
    padded = open_message(key, inspection, _fields(inspection, record, field), sealed)
    try:
        return _unpad(padded).decode()
    except UnicodeDecodeError:
        raise SealBroken(_FOREIGN) from None


def name_digest(key: bytes, name: str) -> bytes:
    """Return 32 bytes by which equal names are found within an inspection; without its key they say nothing.

    HMAC-SHA256 under a key derived from the inspection's by HKDF-SHA256. Names that look the same are equal: composed
    and decomposed accents give one digest (NFC). Raises ValueError for a name that is not Unicode.
    """
    digest_key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_DIGEST_INFO).derive(key)
    return hmac.new(digest_key, unicodedata.normalize("NFC", name).encode(), hashlib.sha256).digest()
