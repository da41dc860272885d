"""Sealing what belongs to accounts and not to an inspection: under keys made of the portal's secret, one a purpose."""

from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.domain.errors import SealBroken

_NONCE_BYTES = 12


def seal_own(secret: bytes, purpose: str, about: bytes, plaintext: bytes) -> bytes:
    """Return nonce, ciphertext and tag (28 bytes more than the plaintext), bound to purpose and to what it is about."""
    nonce = token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_key(secret, purpose)).encrypt(nonce, plaintext, about)


def open_own(secret: bytes, purpose: str, about: bytes, sealed: bytes) -> bytes:
    """Return the plaintext. Raises SealBroken (altered, of another purpose or thing, or the secret has changed)."""
    try:
        return AESGCM(_key(secret, purpose)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("What was sealed for an account does not open.") from error


def _key(secret: bytes, purpose: str) -> bytes:
    # The purpose is in the key: what was sealed for one cannot be passed off as another's.
    info = b"evidence-portal own v1 " + purpose.encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)
