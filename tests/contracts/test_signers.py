"""What every Signer promises, and what the signing folder promises besides."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from portal.adapters.keyfolder import world_readable
from portal.adapters.signing import SigningFolder
from portal.domain.errors import KeyUnavailable
from portal.ports import Signer
from portal.vault.signatures import verify_signature

MESSAGE = b"received: 17 documents"


def _folder(tmp_path: Path) -> Signer:
    folder = SigningFolder(tmp_path / "signing")
    folder.ensure()
    return folder


def _fake(_tmp_path: Path) -> Signer:
    from tests.fakes import FakeSigner

    return FakeSigner()


MAKERS: dict[str, Callable[[Path], Signer]] = {"signing folder": _folder, "fake": _fake}


@pytest.fixture(params=MAKERS)
def signer(request: pytest.FixtureRequest, tmp_path: Path) -> Signer:
    """Each signer in turn."""
    return MAKERS[request.param](tmp_path)


def test_signature_verifies(signer: Signer) -> None:
    """A signature of 64 bytes verifies under the public key that it names, which has 32."""
    signature = signer.sign(MESSAGE)
    public_key = signer.public_keys()[signature.key_id]

    assert (len(signature.value), len(public_key)) == (64, 32)
    assert verify_signature(public_key, MESSAGE, signature.value)


def test_altered_message_or_signature_does_not_verify(signer: Signer) -> None:
    """One byte more, less or other makes a signature worthless."""
    signature = signer.sign(MESSAGE)
    public_key = signer.public_keys()[signature.key_id]
    flipped = bytes([signature.value[0] ^ 1]) + signature.value[1:]

    assert not verify_signature(public_key, MESSAGE + b"\0", signature.value)
    assert not verify_signature(public_key, MESSAGE[:-1], signature.value)
    assert not verify_signature(public_key, MESSAGE, flipped)
    assert not verify_signature(public_key, MESSAGE, signature.value[:-1])
    assert not verify_signature(public_key, MESSAGE, b"")


# The signing folder alone.


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the signing folder of a test is."""
    return tmp_path / "signing"


def test_first_key_is_made_once(root: Path) -> None:
    """Ensuring a key makes one where there is none, and none where there is one, also when many ensure at once."""
    folder = SigningFolder(root)
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _turn: folder.ensure(), range(8)))

    assert made == set(folder.public_keys())
    assert len(made) == 1


def test_key_id_is_of_the_public_key(root: Path) -> None:
    """The id is the beginning of the public key's digest, so that nobody can choose it."""
    folder = SigningFolder(root)
    folder.ensure()
    folder.rotate()
    keys = folder.public_keys()

    assert [hashlib.sha256(key).hexdigest()[:16] for key in keys.values()] == list(keys)
    assert len(keys) == 2


def test_rotation_keeps_old_public_keys(root: Path) -> None:
    """After a rotation the new key signs, and what the old key signed still verifies."""
    folder = SigningFolder(root)
    folder.ensure()
    old = folder.sign(MESSAGE)

    new_id = folder.rotate()
    new = folder.sign(MESSAGE)

    assert new_id == new.key_id == folder.ensure()
    assert {old.key_id, new.key_id} == set(folder.public_keys())
    assert verify_signature(folder.public_keys()[old.key_id], MESSAGE, old.value)


def test_files_are_private_but_public_keys_may_be_shown(root: Path) -> None:
    """Private keys are for their owner alone; a public key may be read by all."""
    key_id = SigningFolder(root).ensure()
    (root / f"{key_id}.pub").chmod(0o644)

    assert {f"{key_id}.pem", f"{key_id}.pub", "current"} == {path.name for path in root.iterdir()}
    assert (root / f"{key_id}.pem").stat().st_mode & 0o777 == 0o600
    assert world_readable(root) == []
    SigningFolder(root)


def test_readable_private_key_is_a_fault(root: Path) -> None:
    """A private key that others can read is named, and the folder is not used."""
    key_id = SigningFolder(root).ensure()
    (root / f"{key_id}.pem").chmod(0o644)

    with pytest.raises(ValueError, match=rf"{key_id}\.pem can be read by other users"):
        SigningFolder(root)


def test_no_key_is_unavailable(root: Path) -> None:
    """Without a key there is no signature, and no key is made in passing."""
    folder = SigningFolder(root)

    with pytest.raises(KeyUnavailable):
        folder.sign(MESSAGE)
    assert folder.public_keys() == {}


def other_private_key() -> bytes:
    """A key of the wrong kind, PKCS8."""
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def other_public_key() -> bytes:
    """A public key of the wrong kind."""
    key = generate_private_key(SECP256R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_damaged_private_key_does_not_sign(root: Path) -> None:
    """A private key that is empty, of another kind, or another key's is not used."""
    folder = SigningFolder(root)
    first, second = folder.ensure(), folder.rotate()
    for data in (b"", other_private_key(), (root / f"{first}.pem").read_bytes()):
        (root / f"{second}.pem").write_bytes(data)
        with pytest.raises(KeyUnavailable):
            folder.sign(MESSAGE)


def test_slipped_in_public_key_is_refused(root: Path) -> None:
    """A public key stored under another key's id, or of another kind, does not pass for it."""
    folder = SigningFolder(root)
    first, second = folder.ensure(), folder.rotate()
    for data in (b"", other_public_key(), (root / f"{first}.pub").read_bytes()):
        (root / f"{second}.pub").write_bytes(data)
        with pytest.raises(KeyUnavailable):
            folder.public_keys()


def test_public_key_of_another_length_is_refused() -> None:
    """A public key that is not 32 bytes is a fault of the caller, not a bad signature."""
    with pytest.raises(ValueError):
        verify_signature(bytes(31), MESSAGE, bytes(64))
