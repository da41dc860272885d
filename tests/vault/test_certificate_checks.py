"""A certificate is checked by `portal certificate verify` and by the script for outsiders: no byte may be another."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.domain import certificates
from portal.domain.audit import BEGINNING, Checkpoint, Entry, checkpoint_message, make_entry
from portal.domain.certificates import Facts, Making, disposal_certificate
from portal.domain.errors import PortalError
from portal.domain.spans import make_span
from portal.formats.canonical import canonical_json
from portal.vault.certificate_proofs import keys_beside, prove_certificate, read_keys
from portal.vault.proofs import read_statement
from portal.vault.records import sign_body
from portal.vault.signatures import fingerprint
from schemas.certificate import Approval, Copies, DisposalCertificate, Position, Remaining
from tests.fakes import FakeSigner
from tests.services.certificates import SCRIPT, check_outside

DOCUMENT = Path(__file__).parents[2] / "docs" / "certificates.md"
SEED = bytes(range(32))
KEY_REMOVED = datetime(2025, 3, 27, 0, 5, tzinfo=UTC)


def _named(seed: bytes) -> FakeSigner:
    """Return a signer whose key has the id that the portal gives: the first digits of its SHA-256."""
    [raw] = FakeSigner(seed).public_keys().values()
    return FakeSigner(seed, fingerprint(raw).replace(" ", "")[:16])


SIGNER, STRANGER = _named(SEED), _named(SEED[::-1])
[(KEY_ID, KEY)] = SIGNER.public_keys().items()
KEYS = {
    "keys": [
        {"key_id": key_id, "fingerprint": fingerprint(raw), "public_key": raw.hex()}
        for signer in (STRANGER, SIGNER)
        for key_id, raw in signer.public_keys().items()
    ]
}


@dataclass(frozen=True)
class Held:
    """What an outsider holds of one disposal."""

    first: bytes
    final: bytes
    span: dict[str, Any]
    """Of the final certificate."""
    first_span: dict[str, Any]


def _made(*, final: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the signed certificate of a disposal, and its span of three entries: it, and two of others."""
    at = KEY_REMOVED + timedelta(days=30 if final else 0)
    first = entry(None, at, "disposal.confirmed")
    facts = Facts(
        inspection=UUID(int=1),
        reference="RAA-2023-01",
        programme="RAA-2023",
        published_on=date(2024, 3, 26),
        due_at=KEY_REMOVED,
        approval=certificates.Approval("two people", ("person:1", "person:2"), str(UUID(int=5)), at, "0" * 64),
        began_at=KEY_REMOVED,
        began_by="worker",
        key_removed_at=KEY_REMOVED,
        key_removed_how="removed from the key folder",
        objects_removed_at=KEY_REMOVED,
        objects=21,
        ciphertext_bytes=1_234_567,
        ciphertext_sha256="ab" * 32,
        columns_blanked_at=KEY_REMOVED,
        documents=17,
        accounts=2,
        compacted_at=KEY_REMOVED,
        copies=certificates.Copies(3, 2, 1),
        key_backup_days=30,
        database_backup_days=30,
    )
    making = Making(UUID(int=2), 1 + final, None, at, "worker", first.seq, first.hash, final=final)
    body = disposal_certificate(facts, making)
    said = {"documents": 17, "final": final, "body_sha256": hashlib.sha256(canonical_json(body)).hexdigest()}
    trail = [entry(first, at, "disposal.certified", subject=body["certificate"], details=said)]
    for action in ("session.ended", "disposal.certified"):
        trail.append(entry(trail[-1], at, action, subject="another"))
    last = trail[-1]
    signature = SIGNER.sign(checkpoint_message(last.seq, last.hash, at))
    anchored = Checkpoint(last.seq, last.hash, at, signature.key_id, signature.value.hex())
    return {**sign_body(SIGNER, body), "public_key": KEY.hex()}, make_span(trail, anchored)


def entry(before: Entry | None, at: datetime, action: str, **more: Any) -> Entry:
    """Return an entry of the trail about the inspection."""
    said = {"subject": "", "details": {}, "salt": "5a" * 16} | more
    base = before.base if before else BEGINNING
    return make_entry(base, at=at, actor="worker", action=action, inspection=str(UUID(int=1)), **said)


@pytest.fixture(scope="module")
def held() -> Held:
    """Both certificates of a disposal as they are downloaded, and their spans."""
    (first, first_span), (final, span) = _made(final=False), _made(final=True)
    return Held(canonical_json(first), canonical_json(final), span, first_span)


def _inside(data: bytes, span: Any = None) -> bool:
    """Check as `portal certificate verify` does, with the keys of the page."""
    try:
        return prove_certificate(read_statement(data), read_keys(json.dumps(KEYS).encode()), "", span).good
    except PortalError:
        return False


def _outside(data: bytes, span: Any = None) -> bool:
    """Check by the functions of the script."""
    return check_outside(data, {each["key_id"]: bytes.fromhex(each["public_key"]) for each in KEYS["keys"]}, span)


def _flipped(data: bytes) -> list[bytes]:
    """Return the data with each byte flipped in turn, once its lowest bit and once the one that changes case."""
    return [
        data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :] for place in range(len(data)) for bit in (1, 32)
    ]


@pytest.mark.parametrize("check", [_inside, _outside])
def test_every_byte_that_is_flipped_is_found(held: Held, check: Callable[..., bool]) -> None:
    """In the certificate, and in the span that leads from it to the checkpoint."""
    assert (True, True) == (check(held.first, held.first_span), check(held.final, held.span))
    assert [] == [place // 2 for place, each in enumerate(_flipped(held.final)) if check(each)]
    for place, each in enumerate(_flipped(canonical_json(held.span))):
        try:
            altered = json.loads(each)
        except ValueError:
            continue
        assert not check(held.final, altered), place // 2


@pytest.mark.parametrize("check", [_inside, _outside])
def test_what_belongs_to_another_is_not_good(held: Held, check: Callable[..., bool]) -> None:
    """The span of the provisional certificate, a key that is named and not listed, a statement of another kind."""
    assert not check(held.final, held.first_span)
    assert not check(held.first, held.span)
    signed = json.loads(held.final)
    body = {**signed["body"], "documents": signed["body"]["documents"] + 1}
    forged = STRANGER.sign(canonical_json(body))
    other = {"body": body, "key_id": KEY_ID, "signature": forged.value.hex()}
    assert not check(canonical_json(other))
    # A listed key may sign a certificate, and no certificate of that place in the trail was signed by it.
    other["key_id"] = forged.key_id
    assert (True, False) == (check(canonical_json(other)), check(canonical_json(other), held.span))
    receipt = {"kind": "document-receipt", "format": 2}
    signature = SIGNER.sign(canonical_json(receipt))
    assert not check(canonical_json({"body": receipt, "key_id": signature.key_id, "signature": signature.value.hex()}))


def _run(folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """Run the script in a process of its own, in which nothing but Python and `cryptography` can be imported."""
    bare = (
        "import sys, runpy\n"
        "class Only:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        top = name.partition('.')[0]\n"
        "        if top in sys.stdlib_module_names or top in ('cryptography', 'cffi', '_cffi_backend'):\n"
        "            return None\n"
        "        raise ImportError(name)\n"
        "sys.meta_path.insert(0, Only())\n"
        "runpy.run_path(sys.argv.pop(1), run_name='__main__')"
    )
    command = [sys.executable, "-I", "-c", bare, str(SCRIPT), *files]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False, env={})


def test_the_script_runs_with_nothing_but_python_and_cryptography(held: Held, tmp_path: Path) -> None:
    """0 where all holds, with the fingerprint to compare; 1 where something was altered; 2 for what is no such file."""
    files = {
        "good.json": held.final,
        "altered.json": held.final.replace(b'"documents":17', b'"documents":16'),
        "keys.json": json.dumps(KEYS).encode(),
        "span.json": json.dumps(held.span, indent=2).encode(),
        "broken.json": canonical_json(held.span | {"entries": held.span["entries"][1:]}),
        "twice.json": b'{"body": {}, "body": {}}',
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    good = _run(tmp_path, "good.json", "keys.json", "span.json")
    assert (0, "") == (good.returncode, good.stderr)
    assert good.stdout.startswith("GOOD.\n")
    assert fingerprint(KEY).replace(" ", "") in good.stdout
    assert held.span["checkpoint"]["hash"] in good.stdout
    for code, said in (
        (1, ("altered.json", "keys.json")),
        (1, ("good.json", "keys.json", "broken.json")),
        (2, ("twice.json", "keys.json")),
        (2, ("good.json", "nothing.json")),
        (2, ("good.json",)),
    ):
        done = _run(tmp_path, *said)
        assert (code, "") == (done.returncode, done.stdout), done.stderr
        assert done.stderr


def _verify(*arguments: str) -> Result:
    unset = dict.fromkeys(name for name in os.environ if name.startswith("PORTAL_"))
    return CliRunner().invoke(main, ["certificate", "verify", *arguments], env=unset, catch_exceptions=False)


def test_the_command_says_what_is_proven_and_what_is_not(held: Held, tmp_path: Path) -> None:
    """By a fingerprint or a key, in any of its forms; with a span also that it stood in the trail."""
    for name, data in (("first", held.first), ("final", held.final), ("span", canonical_json(held.span))):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "hex").write_text(KEY.hex())
    (tmp_path / "json").write_text(json.dumps(KEYS))
    (tmp_path / "none").write_text('{"keys": []}')
    at = {path.name: str(path) for path in tmp_path.iterdir()}
    first = _verify(at["first"], "--fingerprint", fingerprint(KEY))
    assert (0, "") == (first.exit_code, first.stderr)
    for words in (
        "This certificate is provisional",
        "3. Keys irrecoverable: Not yet",
        "nothing in it was altered since",
        "- that no backup of the key is left",
        "--span",
        "- anything about copies outside the portal",
    ):
        assert words in first.stdout
    final = _verify(at["final"], "--key", at["json"], "--span", at["span"], "--json")
    said = json.loads(final.stdout)
    assert (0, "good") == (final.exit_code, said["verdict"])
    assert any("it stood in the audit trail" in each for each in said["proven"])
    assert not [each for each in said["not_proven"] if "backup" in each]
    for code, arguments in (
        (0, (at["final"], "--key", at["hex"])),
        (1, (at["first"], "--key", at["hex"], "--span", at["span"])),
        (1, (at["final"], "--fingerprint", "0" * 64)),
        (1, (at["final"], "--key", at["none"])),
        (2, (at["final"], "--key", at["final"])),
        (2, (at["span"], "--key", at["hex"])),
        (2, (at["final"], "--key", at["hex"], "--span", at["hex"])),
        (2, (at["final"],)),
    ):
        assert code == _verify(*arguments).exit_code, arguments


def test_a_key_beside_or_named_that_is_another_is_said(held: Held) -> None:
    """The key's id is not signed, so it has to be the one of the key."""
    signed = json.loads(held.final)
    other = {**signed, "key_id": STRANGER.sign(b"").key_id}
    assert "names another key" in prove_certificate(other, keys_beside(signed)).problem
    beside = {**signed, "public_key": next(iter(STRANGER.public_keys().values())).hex()}
    assert "beside" in prove_certificate(beside, keys_beside(signed)).problem


def test_the_document_explains_every_field_as_the_schema_does() -> None:
    """An outsider reads in `docs/certificates.md` what the published schema says of each field."""
    document = DOCUMENT.read_text("utf-8")
    shapes = (DisposalCertificate, Approval, Copies, Remaining, Position)
    said = [(name, field.metadata["description"]) for shape in shapes for name, field in shape().fields.items()]
    assert [] == [name for name, meaning in said if f"| `{name}` | {meaning}" not in document]
