"""`portal letter`: the letters of an inspection, listed and written to files."""

from pathlib import Path

import click

from portal.cli.context import Stop, as_json, console, portal, show
from portal.cli.inspection import find
from portal.domain.actors import OPERATOR
from portal.formats.letters import render_html, render_pdf
from portal.services.letters import make_letter
from schemas.letters import ORDER, load_letters


@click.group()
def letter() -> None:
    """Letters: the notice to the leader (paragraph 16), and the six to hand on (paragraph 17)."""


@letter.command(name="list")
@as_json
def list_(json_out: bool) -> None:
    """List the letters that there are."""
    rows = [
        {"letter": each.code, "title": each.title, "reader": each.reader, "paragraph": each.paragraph}
        for each in load_letters()
    ]
    show(rows, json_out, "There is no letter.")


@letter.command()
@click.argument("reference")
@click.argument("code", metavar="LETTER", type=click.Choice(ORDER))
@click.option("--format", "kind", type=click.Choice(["html", "pdf"]), default="pdf", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="REFERENCE-LETTER.FORMAT here.")
def write(reference: str, code: str, kind: str, output: Path | None) -> None:
    """Write LETTER of the inspection REFERENCE to a new file. It holds no invitation and no password."""
    with portal() as (_settings, deps):
        made = make_letter(deps, OPERATOR, find(deps, reference).id, code)
        data = render_pdf(made.text, made.made_at) if kind == "pdf" else render_html(made.text).encode()
        path = output or Path(f"{made.name}.{kind}")
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError as error:
            raise Stop(f"{path} is there already. Name another file with -o.") from error
        console.print(f"Wrote {path}.")
