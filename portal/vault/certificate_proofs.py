"""Checking a certificate of disposal with nothing but public keys: what it proves, and what it does not.

Stricter than the check of a receipt: the key has to be the one that the certificate names, and a key that stands
beside the signature the same, so that there is no byte of the file that could be another.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from portal.domain.certificate_words import is_final, say_certificate, say_status
from portal.domain.errors import Refused
from portal.domain.spans import CERTIFIED, span_problem
from portal.formats.canonical import canonical_json
from portal.vault.proofs import NO_KEY, Proof, key_beside, prove, read_public_key
from portal.vault.signatures import checker, fingerprint
from schemas.texts import say

Keys = Mapping[str, bytes]
NO_CERTIFICATE = say("It is signed, but it is no certificate of disposal.")
UNNAMED = say("The certificate names another key than the one that was given.")
OTHER_BESIDE = say("The key beside the signature is another than the one that was given.")
NO_SPAN = say("The span cannot be read: give the file that `portal audit span` wrote, as it is.")
ELSEWHERE = say("The span is not of this certificate: it begins elsewhere in the trail, or is about another one.")


def read_keys(data: bytes) -> Keys:
    """Return the keys of a file by their ids: a PEM, 64 hex digits, or the portal's JSON of keys. Raises Refused."""
    if not data.lstrip().startswith(b"{"):
        return _by_id(read_public_key(data, ""))
    try:
        return {each["key_id"]: read_public_key(each["public_key"].encode(), "") for each in json.loads(data)["keys"]}
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise Refused(NO_KEY) from None


def keys_beside(signed: Mapping[str, Any]) -> Keys:
    """Return the key that stands beside a certificate, by its id. Raises Refused where there is none."""
    return _by_id(key_beside(signed))


def _by_id(raw: bytes) -> Keys:
    return {hashlib.sha256(raw).hexdigest()[:16]: raw}


def prove_certificate(
    signed: dict[str, Any], keys: Keys, expected: str = "", span: Mapping[str, Any] | None = None
) -> Proof:
    """Check a certificate that was read; `expected` is a fingerprint that its key must have, or "".

    With a `span` its place in the trail is followed to a signed checkpoint. Raises Refused: signed well, and no
    certificate that this release knows.
    """
    key = keys.get(signed["key_id"])
    if key is None:
        return Proof(UNNAMED, fingerprint(next(iter(keys.values()))) if keys else "")
    if signed.get("public_key", key.hex()) != key.hex():
        return Proof(OTHER_BESIDE, fingerprint(key))
    proof = prove(signed, key, expected)
    if not proof.good:
        return proof
    body = signed["body"]
    if body["kind"] != "disposal-certificate":
        raise Refused(NO_CERTIFICATE)
    problem = _span_problem(body, span, keys) if span is not None else ""
    if problem:
        return Proof(problem, proof.fingerprint)
    proven = (*proof.proven, *(_placed(span["checkpoint"]) if span is not None else ()))
    says = (say_status(body), *(f"{label}: {words}" for label, words in say_certificate(body)))
    return replace(proof, says=says, proven=proven, not_proven=_bounds(body, known=bool(expected), placed=bool(span)))


def _span_problem(body: Mapping[str, Any], span: Mapping[str, Any], keys: Keys) -> str:
    problem = span_problem(span, checker(keys))
    if problem:
        return problem
    shown, place = span["disclosed"], body.get("trail")
    digest = hashlib.sha256(canonical_json(body)).hexdigest()
    about = (shown["action"], shown["subject"], shown["details"].get("body_sha256"))
    begins = place and span["from"] == {"seq": place["seq"] + 1, "previous": place["hash"]}
    return "" if begins and about == (CERTIFIED, body["certificate"], digest) else ELSEWHERE


def _placed(checkpoint: Mapping[str, Any]) -> tuple[str, str]:
    signed = f"it stood in the audit trail when the checkpoint at entry {checkpoint['seq']} was signed"
    return signed, f"that checkpoint is of {checkpoint['at']}, and its hash is {checkpoint['hash']}"


def _bounds(body: Mapping[str, Any], *, known: bool, placed: bool) -> tuple[str, ...]:
    """Say what the check leaves open."""
    found = [] if known else ["that the key is the service's own: compare its fingerprint with one that you trust"]
    if placed:
        found.append("that the checkpoint is the one that was anchored: compare its hash with one that you hold")
    else:
        found.append("that it stood in the audit trail then: give a span with --span (`portal audit span` writes one)")
    if not is_final(body):
        found.append("that no backup of the key is left: a final certificate will say that")
    return (
        *found,
        "that the times are right: they are those of the service's own clock",
        "anything about copies outside the portal",
    )
