"""`portal audit`: verify the trail, sign and anchor checkpoints, list entries."""

from pathlib import Path

import click

from portal.cli.context import as_json, console, portal, print_json, show
from portal.cli.inspection import find
from portal.db.chain import entries
from portal.db.engine import reading
from portal.domain.actors import OPERATOR
from portal.domain.times import iso
from portal.formats.trail import FORMATS
from portal.services.anchor import anchor_statements, anchors_standing
from portal.services.audit_export import export_file
from portal.services.prune import export_segment, prunable, prune
from portal.services.span import read_span
from portal.services.trail import checkpoint, verify_trail


@click.group()
def audit() -> None:
    """The audit trail: who did what, when, without names or content."""


@audit.command()
def verify() -> None:
    """Verify the trail against every anchor; exit with 1, naming the first bad entry, if it does not hold."""
    with portal() as (_settings, deps):
        found = verify_trail(deps, OPERATOR)
        console.print(f"The audit trail verifies: {found.entries} entries, {found.checkpoints} checkpoints.")
        for note in found.notes:
            console.print(note)


@audit.command(name="checkpoint")
def checkpoint_() -> None:
    """Sign a checkpoint now and hand it to every anchor."""
    with portal() as (_settings, deps):
        made = checkpoint(deps, at_once=True)
        anchor_statements(deps)
        console.print(f"Signed a checkpoint at entry {made.seq}." if made else "There is nothing new to sign.")


@audit.command()
@as_json
def anchors(json_out: bool) -> None:
    """List the anchors, what each has of the signed checkpoints and certificates, and what it would not take."""
    with portal() as (_settings, deps):
        show(anchors_standing(deps), json_out, "There is no anchor.")


@audit.command()
@click.argument("reference")
@click.option("--number", type=click.IntRange(1), help="Which certificate; otherwise the newest.")
def span(reference: str, number: int | None) -> None:
    """Print what shows an outsider that a certificate of REFERENCE stands in the trail, as JSON."""
    with portal() as (_settings, deps):
        print_json(read_span(deps, OPERATOR, find(deps, reference).id, number))


@audit.command()
@click.argument("reference", required=False)
@click.option("--format", "kind", type=click.Choice(FORMATS), default="jsonl", help="JSON Lines, or CSV.")
def export(reference: str | None, kind: str) -> None:
    """Write the trail to standard output, of REFERENCE alone if it is given; the trail says that it was exported."""
    with portal() as (_settings, deps):
        chosen = find(deps, reference).id if reference else None
        for chunk in export_file(deps, OPERATOR, kind, chosen):
            click.echo(chunk, nl=False)


@audit.command(name="prune")
@click.option("--yes", is_flag=True, help="Do it; without this it only says what would go.")
@click.option("--export", "path", type=click.Path(dir_okay=False), help="Write what goes to this new file first.")
def prune_(yes: bool, path: str | None) -> None:
    """Remove old entries, by the trail's own retention: up to a checkpoint, and of no inspection that is still here."""
    with portal() as (_settings, deps):
        segment = prunable(deps, OPERATOR)
        if segment is None:
            console.print("Nothing in the audit trail is old enough to be pruned.")
            return
        if path is not None:
            with Path(path).open("xb") as file:
                file.writelines(export_segment(deps, segment))
        if not yes:
            console.print(f"Entries {segment.after + 1} to {segment.checkpoint.seq} can go: run this with --yes.")
            return
        removed = prune(deps, OPERATOR)
        checkpoint(deps, at_once=True)
        anchor_statements(deps)
        console.print(f"Removed {removed} entries. The trail begins after entry {segment.checkpoint.seq} now.")


@audit.command(name="list")
@click.option("--inspection", "reference", help="Only the entries of this inspection.")
@as_json
def list_(reference: str | None, json_out: bool) -> None:
    """List the entries, oldest first."""
    with portal() as (_settings, deps):
        chosen = find(deps, reference).id if reference else None
        with reading(deps.engine) as session:
            rows = [
                {
                    "seq": entry.seq,
                    "at": iso(entry.at),
                    "actor": entry.actor,
                    "action": entry.action,
                    "inspection": entry.inspection,
                    "subject": entry.subject,
                    "hash": entry.hash if json_out else entry.hash[:12],
                }
                for entry in entries(session, chosen)
            ]
        show(rows, json_out, "The trail is empty.")
