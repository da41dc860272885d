"""The digest by which a certificate names the ciphertext that was deleted: anybody can take it of a saved copy.

cd STORE && find INSPECTION -type f | LC_ALL=C sort | xargs sha256sum | sha256sum
"""

import hashlib

from portal.domain.errors import ObjectMissing
from portal.ports import BlobStore


def ciphertext_digest(store: BlobStore, prefix: str) -> tuple[str, int]:
    """Return the SHA-256, in hex, over a line for every current object below `prefix`, and their bytes in all.

    The lines are those of `sha256sum`, in the order of the keys: digest in hex, two spaces, key, line feed. One object
    is in memory at a time. Raises StoreUnavailable.
    """
    whole, size = hashlib.sha256(), 0
    for key in store.keys(prefix):
        try:
            data = store.get(key)
        except ObjectMissing:  # of an upload that was given up, and swept since the listing began
            continue
        whole.update(f"{hashlib.sha256(data).hexdigest()}  {key}\n".encode())
        size += len(data)
    return whole.hexdigest(), size
