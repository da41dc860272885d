"""Check a certificate of disposal with nothing but Python 3.11 and the package `cryptography`.

    python verify_certificate.py CERTIFICATE KEYS [SPAN]

CERTIFICATE is the file that was downloaded, KEYS the service's /signing-keys.json, SPAN what `portal audit span` wrote:
then the certificate's place in the audit trail is followed, hash by hash, to a signed checkpoint. It ends with 0 where
all of it holds, with 1 where something does not, with 2 where a file cannot be read. What it proves is worth no more
than the keys: compare their fingerprints with those that you have by another way, such as a letter.
"""

# ruff: noqa: ANN401, INP001, T201 -- a script that has to do with what JSON holds, and to print
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ENTRY, CHECKPOINT = "evidence-portal audit entry v2", "evidence-portal audit checkpoint v1"


class Bad(Exception):
    """What does not hold, in a sentence."""


def canonical(value: Any) -> bytes:
    """Return canonical JSON (RFC 8785) of what such files hold: no floats, no lone surrogates."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return b"{" + b",".join(canonical(name) + b":" + canonical(value[name]) for name in names) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
        raise Bad("A number in it is none that these files hold.")
    return json.dumps(value, ensure_ascii=False).encode()


def sha256(value: Any) -> str:
    """Return the SHA-256, in hex, of canonical JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()


def read(data: bytes) -> Any:
    """Read JSON in which nothing is named twice. Raises ValueError."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a name twice")
        return dict(pairs)

    return json.loads(data, object_pairs_hook=once)


def check_signature(keys: dict[str, bytes], key_id: str, signature: str, message: bytes) -> None:
    """Raise Bad unless the listed key of this id made the signature, which is in lower-case hex."""
    if key_id not in keys:
        raise Bad(f"No key {key_id} is listed.")
    if not re.fullmatch("[0-9a-f]{128}", signature):
        raise Bad("A signature is not 128 hex digits.")
    try:
        Ed25519PublicKey.from_public_bytes(keys[key_id]).verify(bytes.fromhex(signature), message)
    except InvalidSignature:
        raise Bad("A signature is not good: another key made it, or something was altered since.") from None


def check_certificate(signed: dict[str, Any], keys: dict[str, bytes]) -> dict[str, Any]:
    """Return the body of a certificate that one of the keys signed. Raises Bad, KeyError, TypeError."""
    if set(signed) - {"public_key"} != {"body", "key_id", "signature"}:
        raise Bad("The certificate has other parts than body, key_id, signature and public_key.")
    body: dict[str, Any] = signed["body"]
    check_signature(keys, signed["key_id"], signed["signature"], canonical(body))
    if signed.get("public_key", keys[signed["key_id"]].hex()) != keys[signed["key_id"]].hex():
        raise Bad("The key beside the signature is not the listed one.")
    if (body["kind"], body["format"]) != ("disposal-certificate", 2):
        raise Bad("It is signed, but no certificate of disposal of format 2.")
    return body


def check_span(body: dict[str, Any], span: dict[str, Any], keys: dict[str, bytes]) -> dict[str, Any]:
    """Return the checkpoint to which the certificate's place in the trail leads. Raises Bad, KeyError, TypeError."""
    place, shown, checkpoint = body["trail"], span["disclosed"], span["checkpoint"]
    if set(span) != {"format", "from", "entries", "disclosed", "checkpoint"} or span["format"] != 1:
        raise Bad("The span is of a format that this script does not know.")
    if span["from"] != {"seq": place["seq"] + 1, "previous": place["hash"]}:
        raise Bad("The span does not begin at the certificate's place in the trail.")
    seq, digest = place["seq"], place["hash"]
    for entry in span["entries"]:
        if entry["seq"] != seq + 1 or set(entry) != {"seq", "content"}:
            raise Bad(f"Entry {seq + 1} of the span is missing, or not in its place.")
        seq, content = entry["seq"], entry["content"]
        digest = sha256({"format": ENTRY, "seq": seq, "previous": digest, "content": content})
    if sha256(shown) != span["entries"][0]["content"]:
        raise Bad("What the first entry is said to hold is not what its digest is of.")
    named = (shown["action"], shown["inspection"], shown["subject"], shown["details"]["body_sha256"])
    if named != ("disposal.certified", body["inspection"], body["certificate"], sha256(body)):
        raise Bad("The entry at that place is not about this very certificate.")
    if (seq, digest) != (checkpoint["seq"], checkpoint["hash"]):
        raise Bad("The span does not lead to its checkpoint.")
    said = {"format": CHECKPOINT, **{name: checkpoint[name] for name in ("seq", "hash", "at")}}
    if set(checkpoint) != {"seq", "hash", "at", "key_id", "signature"}:
        raise Bad("The checkpoint has other parts than it should have.")
    check_signature(keys, checkpoint["key_id"], checkpoint["signature"], canonical(said))
    return dict(checkpoint)


def main(files: list[str]) -> int:
    """Check the files; return the exit code."""
    if len(files) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        signed, listed, *spans = [read(Path(file).read_bytes()) for file in files]
        keys = {each["key_id"]: bytes.fromhex(each["public_key"]) for each in listed["keys"]}
        body = check_certificate(signed, keys)
        lines = [f"Certificate {body['certificate']}, {body['status']}: the signature is good, nothing was altered."]
        for span in spans:
            checkpoint = check_span(body, span, keys)
            lines.append(f"It leads to the checkpoint at entry {checkpoint['seq']} of {checkpoint['at']}.")
            lines.append("Compare that checkpoint with one that you hold: its hash is " + checkpoint["hash"])
        raw = keys[signed["key_id"]]
        lines.append("Fingerprint of the key, to compare: " + hashlib.sha256(raw).hexdigest())
    except Bad as bad:
        print("NOT GOOD.", bad, file=sys.stderr)
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        print("One of the files cannot be read as what it should be:", type(fault).__name__, file=sys.stderr)
        return 2
    print("GOOD.", *lines, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
