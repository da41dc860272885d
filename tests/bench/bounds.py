"""The bounds of this machine at this moment: the cryptography alone in memory, and the disk alone."""

import hashlib
import os
import secrets
import shutil
from pathlib import Path
from time import perf_counter

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.domain.policy import MIB, Policy
from portal.vault.parts import sealed_length

PART = Policy().part_bytes
_CORPUS = secrets.token_bytes(64 * MIB)
"""Larger than the processor's caches, so that memory is read as it is for real."""


def gs_seconds(size: int) -> float:
    """GS: seconds for SHA-256, then AES-256-GCM, over `size` bytes in memory, part by part, on one core."""
    key, out, nonce = AESGCM(bytes(32)), bytearray(PART + 16), bytes(12)
    view, digest, left, at = memoryview(_CORPUS), hashlib.sha256(), size, 0
    began = perf_counter()
    while left:
        part = view[at : at + min(PART, left)]
        digest.update(part)
        key.encrypt_into(nonce, part, None, memoryview(out)[: len(part) + 16])
        left -= len(part)
        at = (at + PART) % len(_CORPUS)
    digest.digest()
    return perf_counter() - began


def write_seconds(root: Path, size: int) -> float:
    """W: seconds for writing the sealed parts of `size` bytes, each synced, into a fresh folder below `root`."""
    folder = root / f"writes-{secrets.token_hex(4)}"
    folder.mkdir()
    whole = _CORPUS[: sealed_length(PART)]
    began = perf_counter()
    for number in range(-(-size // PART)):
        left = size - number * PART
        data = whole if left >= PART else whole[: sealed_length(left)]
        descriptor = os.open(folder / f"{number:06d}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            if os.write(descriptor, data) != len(data):
                raise OSError("The disk took less than a part.")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    took = perf_counter() - began
    shutil.rmtree(folder)
    return took
