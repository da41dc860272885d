"""`portal signing`: the keys that sign receipts, certificates and checkpoints."""

import click

from portal.cli.context import Stop, as_json, console, portal, show
from portal.domain.actors import OPERATOR
from portal.services.anchor import anchor_statements
from portal.services.rotate import rotate_key
from portal.services.trail import checkpoint
from portal.vault.signatures import fingerprint


@click.group()
def signing() -> None:
    """The keys that sign receipts, certificates and checkpoints."""


@signing.command()
@as_json
def keys(json_out: bool) -> None:
    """List the public keys, old ones too, with their fingerprints."""
    with portal() as (_settings, deps):
        rows = [{"key": key, "fingerprint": fingerprint(raw)} for key, raw in deps.signer.public_keys().items()]
        show(rows, json_out, "There is no key yet.")


@signing.command()
@click.option("--yes", is_flag=True, help="I have a backup of the folder of signing keys, and renew it afterwards.")
def rotate(yes: bool) -> None:
    """Let a new key sign from now on; the old public keys stay, so that what they signed can still be checked."""
    if not yes:
        raise Stop("Back the folder of signing keys up first, and again afterwards. Then run this again with --yes.")
    with portal() as (_settings, deps):
        made = rotate_key(deps, OPERATOR)
        checkpoint(deps, at_once=True)
        anchor_statements(deps)
        console.print(f"Key {made} signs from now on. Letters print its fingerprint; the old public keys stay.")
