"""`portal retention …`, what comes before a disposal: plans and their approval, downloaded copies, figures to watch."""

from dataclasses import asdict

import click

from portal.cli.context import Stop, as_json, console, portal, print_json, show
from portal.cli.inspection import find
from portal.domain.actors import OPERATOR
from portal.domain.times import iso
from portal.services.copies import count_copies
from portal.services.metrics import metrics
from portal.services.plans import approve, plan_page, policy_page, set_policy


@click.command(name="plan")
@click.argument("reference")
def plan_(reference: str) -> None:
    """Print the plan of the disposal of REFERENCE and who approved it, as JSON."""
    with portal() as (_settings, deps):
        found = plan_page(deps, OPERATOR, find(deps, reference).id)
        approval = found.approval
        print_json(
            {
                "plan": found.plan,
                "sha256": found.digest or None,
                "approved_at": iso(approval.approved_at) if approval else None,
                "approved_by": approval.approved_by if approval else None,
            }
        )


@click.command(name="approve")
@click.argument("reference")
@click.option("--yes", is_flag=True, help="Approve it; without this it only prints the plan.")
def approve_(reference: str, yes: bool) -> None:
    """Approve the plan of the disposal of REFERENCE, where the programme asks for that."""
    with portal() as (_settings, deps):
        inspection = find(deps, reference).id
        found = plan_page(deps, OPERATOR, inspection)
        if not yes:
            print_json(found.plan)
            raise Stop("Read the plan. If it is right, run this again with --yes.")
        approve(deps, OPERATOR, inspection, found.digest or None)
        console.print(f"The plan of {reference} is approved. It is disposed of once it is due.")


@click.command(name="approval")
@click.argument("programme")
@click.option(
    "--policy",
    type=click.Choice(["standing", "each"]),
    help="standing: what is due goes without a person's approval; each: every plan needs one.",
)
def approval_(programme: str, policy: str | None) -> None:
    """Say how plans of disposals in PROGRAMME are approved, or change it."""
    with portal() as (_settings, deps):
        if policy is not None:
            set_policy(deps, OPERATOR, programme, standing=policy == "standing")
        stands = policy_page(deps, OPERATOR, programme).standing
        console.print(
            "What is due is disposed of without a person's approval."
            if stands
            else "Nothing is disposed of until its plan is approved."
        )


@click.command(name="copies")
@click.argument("reference")
@as_json
def copies_(reference: str, json_out: bool) -> None:
    """Count the downloads of REFERENCE, and of how many the copies were confirmed as deleted."""
    with portal() as (_settings, deps):
        counts = {"reference": reference, **asdict(count_copies(deps, OPERATOR, find(deps, reference).id))}
        if json_out:
            print_json(counts)
        else:
            show([counts], json_out, "")


@click.command(name="metrics")
def metrics_() -> None:
    """Print figures to watch, in the text format that Prometheus reads (see docs/operating.md)."""
    with portal() as (_settings, deps):
        click.echo(metrics(deps, OPERATOR), nl=False)


COMMANDS = (plan_, approve_, approval_, copies_, metrics_)
