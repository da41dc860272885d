"""Checking of Ed25519 signatures, for all who read a receipt, certificate or checkpoint."""

import hashlib
from collections.abc import Callable, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PUBLIC_KEY_BYTES = 32


def verify_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether `signature` (64 bytes) over `message` was made by the holder of the raw 32-byte `public_key`.

    Raises ValueError for a public key of another length.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def checker(keys: Mapping[str, bytes]) -> Callable[[str, bytes, bytes], bool]:
    """Return what says whether one of these raw public keys, by its id, signed a message: (id, message, signature)."""

    def check(key_id: str, message: bytes, signature: bytes) -> bool:
        return key_id in keys and verify_signature(keys[key_id], message, signature)

    return check


def fingerprint(public_key: bytes) -> str:
    """Return the fingerprint of a raw public key: its SHA-256 in hex, in sixteen groups of four, as letters print it.

    Raises ValueError for a public key of another length.
    """
    if len(public_key) != PUBLIC_KEY_BYTES:
        raise ValueError(f"An Ed25519 public key is {PUBLIC_KEY_BYTES} bytes, not {len(public_key)}.")
    digest = hashlib.sha256(public_key).hexdigest()
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))
