"""`portal receipt`: anyone can check a receipt with the public key alone, on a machine where nothing is set up."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.cli import main
from portal.services.declare import declare, read_receipt
from portal.services.statements import document_receipt
from portal.vault.signatures import fingerprint
from tests.cli.conftest import Portal
from tests.world import World, complete

ROOT = Path(__file__).resolve().parents[2]
STRANGER = Ed25519PrivateKey.generate().public_key()
ANOTHER = STRANGER.public_bytes_raw()


@pytest.fixture
def signed(world: World) -> dict[str, Any]:
    """The receipt of a declaration of all that is asked for, as its download has it."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    return read_receipt(world.deps, world.leader.actor, world.a.inspection)


def _write(folder: Path, signed: object) -> str:
    path = folder / "receipt.json"
    path.write_text(json.dumps(signed, indent=1))
    return str(path)


def _raw(signed: dict[str, Any]) -> bytes:
    return bytes.fromhex(signed["public_key"])


def _verify(*arguments: str) -> Result:
    """Run the check in an empty environment; what is no intended end of it fails the test with its traceback."""
    unset = dict.fromkeys(name for name in os.environ if name.startswith("PORTAL_"))
    return CliRunner().invoke(main, ["receipt", "verify", *arguments], env=unset, catch_exceptions=False)


def _pem(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _listed(key_id: str, raw: bytes) -> dict[str, str]:
    return {"key_id": key_id, "fingerprint": fingerprint(raw), "public_key": raw.hex()}


def test_the_fingerprint_from_the_letter_is_enough(signed: dict[str, Any], tmp_path: Path) -> None:
    """However it is typed; the receipt is told in lines, with what is proven and what is not."""
    file, expected = _write(tmp_path, signed), fingerprint(_raw(signed))
    for typed in (expected, expected.replace(" ", ""), expected.upper(), expected.replace(" ", ":")):
        result = _verify(file, "--fingerprint", typed)
        assert (0, "") == (result.exit_code, result.stderr)
        for words in (
            "The signature is good.",
            "Receipt 1 for RAA-2023-01",
            "11 provided.",
            signed["body"]["documents"][0]["sha256"],
            "nothing in it was altered since",
            "Not proven:\n  - that a file in your hands",
        ):
            assert words in result.stdout


@pytest.mark.parametrize(
    "key_file",
    [
        lambda raw: _pem(Ed25519PublicKey.from_public_bytes(raw)),
        lambda raw: raw.hex().encode() + b"\n",
        lambda raw: json.dumps({"keys": [_listed("other", ANOTHER), _listed("test-1", raw)]}).encode(),
    ],
    ids=["pem", "hex", "json"],
)
def test_the_key_itself_is_enough(signed: dict[str, Any], tmp_path: Path, key_file: Callable[[bytes], bytes]) -> None:
    """As PEM, in hex or from the page of keys; then whose key it is, is for the reader to compare."""
    key = tmp_path / "key"
    key.write_bytes(key_file(_raw(signed)))
    del signed["public_key"]
    result = _verify(_write(tmp_path, signed), "--key", str(key), "--json")
    said = json.loads(result.stdout)
    assert (0, "good") == (result.exit_code, said["verdict"])
    assert "compare its fingerprint" in said["not_proven"][0]


def test_it_runs_where_nothing_is_set_up(signed: dict[str, Any], tmp_path: Path) -> None:
    """As a process of its own, without a setting, in a folder in which nothing else is."""
    bare = tmp_path / "bare"
    bare.mkdir()
    arguments = ("receipt", "verify", _write(bare, signed), "--fingerprint", fingerprint(_raw(signed)))
    done = subprocess.run(
        [sys.executable, "-m", "portal", *arguments],
        env={"PYTHONPATH": str(ROOT)}, cwd=bare, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (0, "") == (done.returncode, done.stderr)
    assert ["receipt.json"] == [each.name for each in bare.iterdir()]


def _alter_size(signed: dict[str, Any]) -> None:
    signed["body"]["documents"][0]["size"] += 1


def _alter_lateness(signed: dict[str, Any]) -> None:
    signed["body"]["documents"][3]["on_time"] = False


def _alter_signature(signed: dict[str, Any]) -> None:
    signed["signature"] = f"{int(signed['signature'][0], 16) ^ 1:x}{signed['signature'][1:]}"


def _leave_out(signed: dict[str, Any]) -> None:
    signed["body"]["documents"].pop()


@pytest.mark.parametrize("alter", [_alter_size, _alter_lateness, _alter_signature, _leave_out])
def test_what_was_altered_is_not_good(
    signed: dict[str, Any], tmp_path: Path, alter: Callable[[dict[str, Any]], None]
) -> None:
    """Whatever it is, with 1; nothing of the statement is said then."""
    alter(signed)
    result = _verify(_write(tmp_path, signed), "--fingerprint", fingerprint(_raw(signed)))
    assert (1, "") == (result.exit_code, result.stdout)
    assert "altered" in result.stderr
    assert "RAA-2023-01" not in result.stderr


def test_another_key_is_not_good(signed: dict[str, Any], tmp_path: Path) -> None:
    """Neither a stranger's fingerprint or key, nor a stranger's statement with the key of its own beside it."""
    file, stranger = _write(tmp_path, signed), ANOTHER
    result = _verify(file, "--fingerprint", fingerprint(stranger), "--json")
    assert (1, "bad") == (result.exit_code, json.loads(result.stdout)["verdict"])
    key = tmp_path / "key"
    key.write_bytes(_pem(STRANGER))
    assert 1 == _verify(file, "--key", str(key)).exit_code
    forged = _write(tmp_path, {**signed, "public_key": stranger.hex()})
    assert 1 == _verify(forged, "--fingerprint", fingerprint(_raw(signed))).exit_code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"body": {}, "body": {}, "key_id": "a", "signature": "%s"}' % ("0" * 128),
        '{"body": {"size": NaN}, "key_id": "a", "signature": "%s"}' % ("0" * 128),
        '{"body": {}, "key_id": "a", "signature": "00"}',
        "[" * 100_000,
        "\ufeff{}",
    ],
)
def test_what_is_no_receipt_cannot_be_read(tmp_path: Path, text: str) -> None:
    """Neither good nor bad, with 2 and a sentence."""
    path = tmp_path / "receipt.json"
    path.write_text(text)
    result = _verify(str(path), "--fingerprint", "0" * 64)
    assert (2, "") == (result.exit_code, result.stdout)
    assert "no signed statement" in result.stderr
    said = _verify(str(path), "--fingerprint", "0" * 64, "--json")
    assert (2, "unreadable") == (said.exit_code, json.loads(said.stdout)["verdict"])


@pytest.mark.parametrize(
    "key", [b"", b"nonsense", b"{}", b'{"keys": []}', b'{"keys": [{"public_key": "00"}]}', b"0" * 63]
)
def test_what_is_no_key_cannot_be_read(signed: dict[str, Any], tmp_path: Path, key: bytes) -> None:
    """The sentence says what a key may be."""
    path = tmp_path / "key"
    path.write_bytes(key)
    result = _verify(_write(tmp_path, signed), "--key", str(path))
    assert (2, "") == (result.exit_code, result.stdout)
    assert "no public key" in result.stderr


def test_what_cannot_be_checked_is_not_understood(signed: dict[str, Any], tmp_path: Path) -> None:
    """Without a key or with two, with half a fingerprint, without a file, or with no key beside the statement."""
    file = _write(tmp_path, signed)
    for arguments in (
        (file,),
        (file, "--key", file, "--fingerprint", "0" * 64),
        (file, "--fingerprint", "0" * 63),
        (str(tmp_path / "none.json"), "--fingerprint", "0" * 64),
    ):
        assert 2 == _verify(*arguments).exit_code
    del signed["public_key"]
    result = _verify(_write(tmp_path, signed), "--fingerprint", "0" * 64)
    assert 2 == result.exit_code
    assert "--key" in result.stderr


def test_the_receipt_of_one_document_can_be_checked_too(world: World, tmp_path: Path) -> None:
    """It is signed with the same key."""
    sent = complete(world.deps, world.leader.actor, world.a.inspection)
    document: UUID = sent["annual-report", "file"].document
    signed = document_receipt(world.deps, world.leader.actor, world.a.inspection, document)
    result = _verify(_write(tmp_path, signed), "--fingerprint", fingerprint(_raw(signed)))
    assert 0 == result.exit_code
    assert "annual-report/file, version 1" in result.stdout


def test_the_keys_are_shown_with_their_fingerprints(portal: Portal) -> None:
    """Old ones too; --json is what `--key` takes."""
    portal.announced()
    with portal.deps() as deps:
        keys = deps.signer.public_keys()
    said = portal.json("receipt", "key")["keys"]
    assert [(key_id, fingerprint(raw), raw.hex()) for key_id, raw in keys.items()] == [
        (each["key_id"], each["fingerprint"], each["public_key"]) for each in said
    ]
    assert 1 == len(said)
    assert said[0]["fingerprint"] in portal.says("receipt", "key")
