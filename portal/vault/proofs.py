"""Checking a signed statement with nothing but a public key: what it proves, and what it does not.

Neither settings nor a database are needed: whoever holds a receipt can check it on a machine of their own.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from portal.domain.errors import Refused
from portal.vault.records import signed_well
from portal.vault.signatures import PUBLIC_KEY_BYTES, fingerprint
from schemas.statements import Signed, faults_of
from schemas.texts import say

NOT_JSON = say(
    "This is no signed statement of the portal: it is not JSON, or names something twice. "
    "Download the receipt again, and take the file as it came."
)
PARTS_MISSING = say(
    "This is no signed statement of the portal: body, key_id and signature are not there as they should be. "
    "Download the receipt again, and take the file as it came."
)
NO_KEY = say(
    "This is no public key. Give a file that holds one in PEM or as 64 hex digits, or the JSON from /signing-keys.json."
)
NO_KEY_BESIDE = say(
    "The file does not hold its public key, so a fingerprint is not enough. Give the key itself with --key."
)
_HEX_KEY = re.compile(rb"\s*[0-9a-fA-F]{64}\s*")
_BOUNDS = (
    "that a file in your hands is one of those listed: compare its SHA-256 (sha256sum FILE)",
    "that nothing changed afterwards: each later change gets a newer receipt",
    "that the times are right: they are those of the service's own clock",
)


@dataclass(frozen=True)
class Proof:
    """The outcome of a check: `problem` is empty where the signature is good."""

    problem: str
    fingerprint: str
    says: tuple[str, ...] = ()
    proven: tuple[str, ...] = ()
    not_proven: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether it is what the key's owner signed."""
        return not self.problem


def read_statement(data: bytes) -> dict[str, Any]:
    """Return a signed statement as it was read. Raises Refused: no JSON, a name twice in it, or parts missing."""
    try:
        signed = json.loads(data, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(NOT_JSON) from None
    faults = Signed().validate(signed) if isinstance(signed, dict) else ["no object"]
    if faults or not isinstance(signed, dict):
        raise Refused(PARTS_MISSING)
    return signed


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: two readers could see two statements in one file."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_number(_name: str) -> None:
    raise ValueError("no number")


def read_public_key(data: bytes, wanted: str) -> bytes:
    """Return the raw key from a file: PEM, 64 hex digits, or the portal's JSON of keys, of which `wanted` is the id.

    Raises Refused.
    """
    if _HEX_KEY.fullmatch(data):
        return bytes.fromhex(data.decode("ascii"))
    try:
        if data.lstrip().startswith(b"{"):
            return _listed_key(json.loads(data)["keys"], wanted)
        public = load_pem_public_key(data)
    except (KeyError, TypeError, ValueError, RecursionError):
        raise Refused(NO_KEY) from None
    if not isinstance(public, Ed25519PublicKey):
        raise Refused(NO_KEY)
    return public.public_bytes_raw()


def _listed_key(keys: list[Mapping[str, str]], wanted: str) -> bytes:
    raw = [bytes.fromhex(each["public_key"]) for each in keys]
    if not raw or any(len(each) != PUBLIC_KEY_BYTES for each in raw):
        raise ValueError("no key")
    return next((key for key, each in zip(raw, keys, strict=True) if each.get("key_id") == wanted), raw[0])


def key_beside(signed: Mapping[str, Any]) -> bytes:
    """Return the public key that stands beside a statement. Raises Refused where there is none."""
    if "public_key" not in signed:
        raise Refused(NO_KEY_BESIDE)
    return bytes.fromhex(signed["public_key"])


def read_fingerprint(text: str) -> str:
    """Return a typed fingerprint as `fingerprint` writes it; spaces, colons, capitals are all one. Raises Refused."""
    digits = re.sub(r"[\s:-]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise Refused(say("A fingerprint has 64 hex digits. Type all of it, as the letter prints it."))
    return " ".join(digits[start : start + 4] for start in range(0, 64, 4))


def prove(signed: dict[str, Any], public_key: bytes, expected: str = "") -> Proof:
    """Check a statement that was read; `expected` is the fingerprint from the letter, or "" where the key was given.

    Raises Refused for what is signed well and is no statement that this release knows.
    """
    found = fingerprint(public_key)
    if expected and expected != found:
        return Proof(
            "The key beside the statement is not the one with this fingerprint. Somebody else signed it.", found
        )
    if not signed_well(public_key, signed):
        return Proof("The signature is not good: another key made it, or the statement was altered since.", found)
    if faults_of(signed):
        raise Refused(say("It is signed with this key, but it is no receipt or certificate that this release knows."))
    whose = "that the key is the service's own: compare its fingerprint with the one in your letter"
    return Proof(
        problem="",
        fingerprint=found,
        says=_says(signed["body"]),
        proven=("whoever holds the key with this fingerprint signed the statement", "nothing in it was altered since"),
        not_proven=_BOUNDS if expected else (whose, *_BOUNDS),
    )


def _says(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Say in lines what a statement states."""
    match body["kind"]:
        case "inspection-receipt":
            return (
                f"Receipt {body['number']} for {body['inspection']}, made at {body['made_at']}: {body['cause']}.",
                f"Declared at {body['declared_at']}. The deadline: {body['deadline_at']}.",
                f"{body['summary']}.",
                *(_document(each) for each in body["documents"]),
                *(f"{each['item']}: {each['kind']}, explained at {each['given_at']}." for each in body["gaps"]),
            )
        case "document-receipt":
            return (f"Receipt of one document for {body['inspection']}.", _document(body))
    return (f"Certificate of the disposal of {body['reference']}, certified at {body['certified_at']}.",)


def _document(each: Mapping[str, Any]) -> str:
    late = "on time" if each["on_time"] else "after the deadline"
    accepted = f", accepted at {each['accepted_at']}" if "accepted_at" in each else ""
    return (
        f"{each['item']}/{each['slot']}, version {each['version']}: {each['size']} bytes, SHA-256 {each['sha256']}, "
        f"begun at {each['began_at']}, received at {each['received_at']}, {late}{accepted}."
    )
