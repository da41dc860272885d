"""`portal a1`: the A1 form's template, made-up forms to try things on, and its check without a server."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from portal.cli.context import Stop
from portal.domain.a1.faults import LEAST_ROWS, UnknownFault, plant
from portal.domain.a1.findings import Finding, about_the_file, findings, say_failed, totals, without_notes
from portal.domain.a1.recipe import AUTHORITIES, RAA_CODE, Recipe
from portal.domain.a1.sample import make_sample
from portal.domain.checks import has_errors
from portal.domain.times import london_date
from portal.formats.a1_csv import csv_files, csv_templates
from portal.formats.a1_workbook import template, workbook
from portal.ports.checking import CheckFailed
from portal.services.check_unsent import general_ask, look_at
from portal.settings import read
from portal.wiring import make_checker
from schemas.a1 import Definition, load_a1
from schemas.checking import Answer
from schemas.checks import Effect, load_effects
from schemas.definitions import DefinitionError
from schemas.visible import seen

GOOD, FOUND, NOT_CHECKED = 0, 1, 2
_SHOWN = 50
_DAY = click.DateTime(formats=["%Y-%m-%d"])
_version = click.option(
    "--definition",
    "version",
    metavar="VERSION",
    help="The form's definition, or its absolute path. Default: PORTAL_A1_DEFINITION.",
)


@click.group()
def a1() -> None:
    """The A1 form: its template, made-up forms, and its check. None of these needs a database."""


@a1.command(name="template")
@click.argument("out", type=click.Path(path_type=Path))
@_version
def template_(out: Path, version: str | None) -> None:
    """Write the workbook to fill in to OUT.

    OUT ends in .xlsx; otherwise it is a folder, for the CSV files to fill in.
    """
    definition = _load(version)
    _write(out, {out.name: template(definition)} if _is_workbook(out) else csv_templates(definition))


@a1.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--rows", type=click.IntRange(min=1), default=100, show_default=True, help="Rows on each sheet.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same form.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="CODE",
    help="Plant what this rule finds. The form needs 12 rows or more. Repeatable.",
)
@click.option("--raa-code", default=RAA_CODE, show_default=True, help="The agency's code, for the sheet Cover.")
@click.option(
    "--authority", "authorities", multiple=True, metavar="CODE", help="A member authority's three digits. Repeatable."
)
@_version
def sample(
    out: Path,
    rows: int,
    seed: int,
    faults: tuple[str, ...],
    raa_code: str,
    authorities: tuple[str, ...],
    version: str | None,
) -> None:
    """Write a made-up form to OUT: rows that agree with each other, about nobody.

    OUT ends in .xlsx; otherwise it is a folder, for CSV files. Without --fault every rule is kept.
    """
    definition = _load(version)
    if rows > definition.limits.rows:
        raise click.UsageError(f"A form has at most {definition.limits.rows:,} rows on each sheet.")
    recipe = Recipe(definition, rows, seed, raa_code=raa_code, authorities=authorities or AUTHORITIES)
    try:
        form = plant(make_sample(recipe), recipe, faults)
    except UnknownFault as error:
        raise click.UsageError(f"{error}") from None
    except ValueError:
        raise click.UsageError(f"With --fault, --rows must be {LEAST_ROWS} or more.") from None
    except (KeyError, StopIteration):
        raise Stop(
            f"A form of the definition {definition.version} cannot be made up: it is laid out otherwise."
        ) from None
    _write(out, {out.name: workbook(definition, form)} if _is_workbook(out) else csv_files(definition, form))


@a1.command()
@click.argument("files", type=click.Path(exists=True, path_type=Path), nargs=-1, required=True)
@click.option("--json", "json_out", is_flag=True, help="Print JSON instead of sentences.")
@click.option("--raa-code", default="", help="The agency's code that Cover must have. Default: any.")
@click.option(
    "--authority", "authorities", multiple=True, metavar="CODE", help="A member authority. Default: any. Repeatable."
)
@click.option(
    "--id-word",
    "id_words",
    multiple=True,
    metavar="WORD",
    help="A word that begins the agency's case numbers, so that it is not read as a name. Repeatable.",
)
@click.option("--period", type=_DAY, nargs=2, metavar="FIRST LAST", help="Two days. Default: the definition's.")
@_version
@click.pass_context
def check(
    ctx: click.Context,
    files: tuple[Path, ...],
    json_out: bool,
    raa_code: str,
    authorities: tuple[str, ...],
    id_words: tuple[str, ...],
    period: tuple[datetime, datetime] | None,
    version: str | None,
) -> None:
    """Check an A1 form: one workbook, or its CSV files, named children.csv, adopters.csv and support.csv.

    Of a folder alone, the CSV files of these names in it are checked, such as `portal a1 sample` writes.

    It is looked at by the same process as a form that is sent, and nothing is kept. Exit codes: 0 nothing has to be
    put right, 1 something about the file or in it has to be, 2 it could not be checked, or not by every rule.
    """
    try:
        definition, effects = _load(version), _effects()
    except Stop as fault:
        click.echo(f"Error: {fault}", err=True)
        ctx.exit(NOT_CHECKED)
    files = _in_folder(files, definition)
    members: dict[str, list[list[str]]] = {code: [["0001-01-01", ""]] for code in authorities}
    today = london_date(datetime.now(UTC))
    ask = general_ask(version or _set_version(), today, _sheets(files, definition))
    ask = replace(ask, raa_code=raa_code, authorities=members, id_words=id_words)
    if period:
        ask = replace(ask, period=(period[0].date().isoformat(), period[1].date().isoformat()))
    try:
        ending = files[0].suffix.lower().lstrip(".")
        answer = look_at(ctx.obj or make_checker(), [path.read_bytes() for path in files], ask, ending)
    except CheckFailed as error:
        click.echo(f"Error: It could not be checked ({error}). Try again.", err=True)
        ctx.exit(NOT_CHECKED)
    told = without_notes(answer, effects)
    said = _as_json(answer, definition) if json_out else "\n".join(_sentences(told, definition))
    click.echo("\n".join(map(seen, said.split("\n"))))
    if told.findings or answer.a1 is None or has_errors(answer.a1):
        ctx.exit(FOUND)
    ctx.exit(NOT_CHECKED if answer.a1.faults else GOOD)


def _set_version() -> str:
    """Return the definition that the environment names; settings that this does not need may be missing."""
    return read(os.environ)[0].checking.a1_definition


def _effects() -> Mapping[str, Effect]:
    """Return what each finding leads to by the environment. Raises Stop."""
    try:
        return load_effects(read(os.environ)[0].checking.check_effects)
    except (OSError, ValueError) as error:
        raise Stop(f"PORTAL_CHECK_EFFECTS cannot be used: {error}.") from error


def _load(version: str | None) -> Definition:
    try:
        return load_a1(version or _set_version())
    except (LookupError, OSError, DefinitionError) as error:
        raise Stop(f"The definition of the A1 form cannot be used: {error.args[-1]}.") from error


def _is_workbook(out: Path) -> bool:
    return out.suffix.lower() == ".xlsx"


def _write(out: Path, files: Mapping[str, bytes]) -> None:
    """Write the files: one beside others, or several into a folder. What is there already stays. Raises Stop."""
    folder = out.parent if _is_workbook(out) else out
    folder.mkdir(parents=True, exist_ok=True)
    for name in files:
        if (folder / name).exists():
            raise Stop(f"{folder / name} is there already. Choose another name, or take it away first.")
    for name, data in files.items():
        (folder / name).write_bytes(data)
        click.echo(f"Written: {folder / name}")


def _in_folder(files: tuple[Path, ...], definition: Definition) -> tuple[Path, ...]:
    """Return the CSV files of the form's sheets that are in a folder, where that alone was given. Raises UsageError."""
    if len(files) > 1 or not files[0].is_dir():
        return files
    names = [f"{sheet.slot}.csv" for sheet in definition.sheets]
    found = tuple(path for path in sorted(files[0].iterdir()) if path.name.lower() in names and path.is_file())
    if not found:
        raise click.UsageError(f"There is no file in {files[0]} that is named {', '.join(names)}.")
    return found


def _sheets(files: Sequence[Path], definition: Definition) -> tuple[str, ...]:
    """Return which sheet each CSV file is; none for a workbook. Raises UsageError."""
    if len(files) == 1 and files[0].suffix.lower() != ".csv":
        return ()
    slots = {f"{sheet.slot}.csv": sheet.code for sheet in definition.sheets}
    names = [path.name.lower() for path in files]
    if not set(names) <= set(slots) or len(set(names)) < len(names) or any(path.is_dir() for path in files):
        raise click.UsageError(f"Give one workbook, or CSV files that are named {', '.join(slots)}.")
    return tuple(slots[name] for name in names)


def _as_json(answer: Answer, definition: Definition) -> str:
    result = answer.a1
    found = findings(result, definition) if result else ()
    said: dict[str, Any] = {
        "definition": definition.version,
        "complete": bool(result and result.complete),
        "rows": result.rows if result else {},
        "file": [each.code for each in answer.findings],
        "findings": [_plain(each) for each in found],
        "not_run": list(result.not_run) if result else [],
        "faults": list(result.faults) if result else [],
    }
    return json.dumps(said, indent=2, ensure_ascii=False)


def _plain(finding: Finding) -> dict[str, Any]:
    return {**vars(finding), "places": [vars(place) for place in finding.places]}


def _sentences(answer: Answer, definition: Definition) -> list[str]:
    result = answer.a1
    lines = [f"{check.title} {check.fix}" for check in about_the_file(answer)]
    if result is None:
        return [*lines, "The form could not be read, so its rows were not checked."]
    rows = ", ".join(f"{sheet} {count:,}" for sheet, count in result.rows.items())
    lines += [f"{', '.join(found)}."] if (found := totals(result)) else []
    lines += [f"Rows read: {rows or 'none'}."]
    for each in findings(result, definition):
        lines += ["", f"{each.severity} {each.code} {each.where}", f"  {each.message}", f"  {each.fix}"]
        lines += [f"  Allowed: {'; '.join(each.allowed)}"] if each.allowed else []
        lines += [f"  {place.ref}{f': {place.value}' if place.value else ''}" for place in each.places[:_SHOWN]]
        beyond = each.count - min(len(each.places), _SHOWN)
        lines += [f"  and {beyond:,} more"] if each.places and beyond > 0 else []
    if result.not_run:
        lines += ["", f"Rules that could not be tried, or not on every sheet: {', '.join(result.not_run)}."]
    if failed := say_failed(result):
        lines += ["", failed]
    return lines
