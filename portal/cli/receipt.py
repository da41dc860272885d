"""`portal receipt`: check a signed receipt anywhere, with nothing but the public key; show this portal's keys."""

import json
from typing import Any, BinaryIO

import click

from portal.cli.context import as_json, portal, print_json, show
from portal.domain.errors import Refused
from portal.vault.proofs import Proof, key_beside, prove, read_fingerprint, read_public_key, read_statement
from portal.vault.signatures import fingerprint

LONGEST_FILE = 64 * 1024**2
GOOD, BAD, UNREADABLE = 0, 1, 2


@click.group()
def receipt() -> None:
    """Signed receipts and certificates, and the keys that sign them."""


@receipt.command()
@click.argument("file", type=click.File("rb"))
@click.option("--key", "key_file", type=click.File("rb"), help="The public key: PEM, hex, or from /signing-keys.json.")
@click.option("--fingerprint", "typed", help="The key's fingerprint, as the letter prints it.")
@click.option("--json", "json_out", is_flag=True, help="Print JSON instead of sentences.")
@click.pass_context
def verify(ctx: click.Context, file: BinaryIO, key_file: BinaryIO | None, typed: str | None, json_out: bool) -> None:
    """Check the signed receipt FILE: say what is proven, and what is not.

    It needs neither settings nor a database. Exit codes: 0 the signature is good, 1 it is not or the receipt was
    altered, 2 the receipt or the key cannot be read.
    """
    if (key_file is None) == (typed is None):
        raise click.UsageError("Give either --key or --fingerprint. The fingerprint is in the letter of notice.")
    try:
        proof = _prove(file, key_file, typed or "")
    except (Refused, OSError) as error:
        tell({"verdict": "unreadable", "problem": str(error)}, f"Error: {error}", json_out)
        ctx.exit(UNREADABLE)
    if not proof.good:
        found = {"verdict": "bad", "problem": proof.problem, "fingerprint": proof.fingerprint}
        tell(found, f"Not good. {proof.problem}\nFingerprint of the key: {proof.fingerprint}", json_out)
        ctx.exit(BAD)
    said = {name: value for name, value in vars(proof).items() if name != "problem"}
    tell({"verdict": "good", **said}, good_words(proof), json_out, problem=False)


def _prove(file: BinaryIO, key_file: BinaryIO | None, typed: str) -> Proof:
    expected = read_fingerprint(typed) if key_file is None else ""
    data = file.read(LONGEST_FILE + 1)
    if len(data) > LONGEST_FILE:
        raise Refused("The file is far too long for a receipt. Give the receipt itself.")
    signed = read_statement(data)
    if key_file is None:
        return prove(signed, key_beside(signed), expected)
    return prove(signed, read_public_key(key_file.read(LONGEST_FILE), signed["key_id"]))


def good_words(proof: Proof) -> str:
    """Say a proof that is good: what is stated, what is proven, what is not."""
    return "\n".join(
        [
            "The signature is good.",
            f"Fingerprint of the key: {proof.fingerprint}",
            *("", "It says:", *(f"  {line}" for line in proof.says)),
            *("", "Proven:", *(f"  - {line}" for line in proof.proven)),
            *("", "Not proven:", *(f"  - {line}" for line in proof.not_proven)),
        ]
    )


def tell(found: dict[str, Any], words: str, json_out: bool, *, problem: bool = True) -> None:
    """Print JSON on standard output; else the words, a problem's on standard error."""
    if json_out:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        click.echo(words, err=problem)


@receipt.command(name="key")
@as_json
def key_(json_out: bool) -> None:
    """Show the public keys of this portal, old ones too, with their fingerprints."""
    with portal() as (_settings, deps):
        keys = [
            {"key_id": key_id, "fingerprint": fingerprint(raw), "public_key": raw.hex()}
            for key_id, raw in deps.signer.public_keys().items()
        ]
    if json_out:
        print_json({"keys": keys})
    else:
        show(keys, json_out, "There is no key yet: `portal serve` or `portal dev` makes the first.")
