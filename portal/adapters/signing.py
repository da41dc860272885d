"""The local signing folder: Ed25519 keys that sign receipts, certificates and checkpoints.

    <key id>.pem  the private key, PKCS8, readable by the service's own user only
    <key id>.pub  its public key, PEM; kept for ever, so that what an old key signed can still be checked
    current       the id of the key that signs now

A key's id is the first 16 hex digits of the SHA-256 of its raw public key.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from portal.adapters.durable import make_folder
from portal.adapters.keyfolder import locked, world_readable, write_durably
from portal.domain.errors import KeyUnavailable
from portal.ports import Signature

_NO_KEY = "There is no usable signing key. Restore the signing folder from its backup, then try again."
_BAD_PUBLIC_KEY = "A public key in the signing folder is damaged. Restore the folder from its backup, then try again."


class SigningFolder:
    """A Signer over a folder. Which key is current is read at each signature, so a rotation needs no restart."""

    def __init__(self, root: Path) -> None:
        """Use `root`, making it (0700) if need be. Raises ValueError, naming each fault, if others can read it."""
        make_folder(root)
        faults = world_readable(root)
        if faults:
            raise ValueError(" ".join(faults))
        self._root = root

    def ensure(self) -> str:
        """Make the first key when there is none; return the current key's id. Raises OSError."""
        with locked(self._root) as folder:
            if self._current.exists():
                return self._current.read_text("ascii").strip()
            return self._add_key(folder)

    def rotate(self) -> str:
        """Make a new key, let it sign from now on, and return its id; all earlier keys stay. Raises OSError."""
        with locked(self._root) as folder:
            return self._add_key(folder)

    def sign(self, message: bytes) -> Signature:
        """Sign with the current key. Raises KeyUnavailable if there is none that can be read."""
        try:
            named = self._current.read_text("ascii").strip()
            private = load_pem_private_key((self._root / f"{named}.pem").read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise KeyUnavailable(_NO_KEY) from error
        if not isinstance(private, Ed25519PrivateKey) or key_id(private.public_key().public_bytes_raw()) != named:
            raise KeyUnavailable(_NO_KEY)
        return Signature(named, private.sign(message))

    def public_keys(self) -> Mapping[str, bytes]:
        """Return the raw 32-byte public keys, old ones too, by key id.

        Raises KeyUnavailable if one cannot be read or is not the key that its file name says: a key slipped into the
        folder under the name of another must not pass for it.
        """
        try:
            keys = {file.stem: _raw_public_key(file.read_bytes()) for file in sorted(self._root.glob("*.pub"))}
        except (OSError, ValueError) as error:
            raise KeyUnavailable(_BAD_PUBLIC_KEY) from error
        if any(key_id(raw) != named for named, raw in keys.items()):
            raise KeyUnavailable(_BAD_PUBLIC_KEY)
        return keys

    @property
    def _current(self) -> Path:
        return self._root / "current"

    def _add_key(self, folder: int) -> str:
        """Write the private key, then the public one, then the name: `current` never names what is not there."""
        private = Ed25519PrivateKey.generate()
        public = private.public_key()
        named = key_id(public.public_bytes_raw())
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_durably(folder, self._root / f"{named}.pem", pem)
        pub = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        write_durably(folder, self._root / f"{named}.pub", pub)
        write_durably(folder, self._current, named.encode("ascii") + b"\n")
        return named


def key_id(public_key: bytes) -> str:
    """Return the id of a raw public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def _raw_public_key(pem: bytes) -> bytes:
    public = load_pem_public_key(pem)
    if not isinstance(public, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")  # noqa: TRY004  # a fault of the file, as the others are
    return public.public_bytes_raw()
