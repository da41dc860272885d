"""`portal certificate`: check a certificate of disposal anywhere, with nothing but the public key."""

import json
from collections.abc import Mapping
from typing import Any, BinaryIO

import click

from portal.cli.receipt import BAD, LONGEST_FILE, UNREADABLE, good_words, tell
from portal.domain.errors import Refused
from portal.vault.certificate_proofs import NO_SPAN, keys_beside, prove_certificate, read_keys
from portal.vault.proofs import Proof, read_fingerprint, read_statement


@click.group()
def certificate() -> None:
    """Certificates of disposal, checked by whoever holds one."""


@certificate.command()
@click.argument("file", type=click.File("rb"))
@click.option("--key", "key_file", type=click.File("rb"), help="The public key: PEM, hex, or from /signing-keys.json.")
@click.option("--fingerprint", "typed", help="The key's fingerprint, as a letter prints it.")
@click.option("--span", "span_file", type=click.File("rb"), help="What `portal audit span` wrote of this certificate.")
@click.option("--json", "json_out", is_flag=True, help="Print JSON instead of sentences.")
@click.pass_context
def verify(
    ctx: click.Context,
    file: BinaryIO,
    key_file: BinaryIO | None,
    typed: str | None,
    span_file: BinaryIO | None,
    json_out: bool,
) -> None:
    """Check the certificate of disposal FILE: say what it states, what is proven, and what is not.

    It needs neither settings nor a database. Exit codes: 0 the signature is good, 1 it is not or the certificate was
    altered, 2 the certificate, the key or the span cannot be read.
    """
    if (key_file is None) == (typed is None):
        raise click.UsageError("Give either --key or --fingerprint.")
    try:
        proof = _prove(file, key_file, typed or "", span_file)
    except (Refused, OSError) as error:
        tell({"verdict": "unreadable", "problem": str(error)}, f"Error: {error}", json_out)
        ctx.exit(UNREADABLE)
    if not proof.good:
        found = {"verdict": "bad", "problem": proof.problem, "fingerprint": proof.fingerprint}
        tell(found, f"Not good. {proof.problem}\nFingerprint of the key: {proof.fingerprint}", json_out)
        ctx.exit(BAD)
    said = {name: value for name, value in vars(proof).items() if name != "problem"}
    tell({"verdict": "good", **said}, good_words(proof), json_out, problem=False)


def _prove(file: BinaryIO, key_file: BinaryIO | None, typed: str, span_file: BinaryIO | None) -> Proof:
    signed = read_statement(file.read(LONGEST_FILE))
    keys = keys_beside(signed) if key_file is None else read_keys(key_file.read(LONGEST_FILE))
    expected = read_fingerprint(typed) if key_file is None else ""
    return prove_certificate(signed, keys, expected, None if span_file is None else _span(span_file))


def _span(file: BinaryIO) -> Mapping[str, Any]:
    try:
        span = json.loads(file.read(LONGEST_FILE))
    except (ValueError, RecursionError):
        raise Refused(NO_SPAN) from None
    if not isinstance(span, dict):
        raise Refused(NO_SPAN)
    return span
