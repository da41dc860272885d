"""Whether the sheet Cover names this template, period and agency (S04 to S06): what the rows are read as."""

from collections.abc import Iterator
from datetime import date

from marshmallow import ValidationError

from portal.domain.a1.form import CannotRun, Form, Hit
from portal.domain.a1.registry import STOP, rule
from portal.domain.a1.tables import shown
from schemas.a1_rows import day_of, words_of
from schemas.texts import say


@rule(
    "S04",
    STOP,
    say("The sheet Cover does not say that this is template {template}, version {version}."),
    say("Copy your data into the template that the portal offers, and send that."),
)
def template_unknown(form: Form) -> Iterator[Hit]:
    """S04."""
    _needs_workbook(form)
    wanted = {"template_id": form.definition.template_id, "template_version": form.definition.template_version}
    wrong = [name for name, told in wanted.items() if words_of(form.told(name)).casefold() != told.casefold()]
    if wrong:
        yield form.cover_hit(wrong[0], template=wanted["template_id"], version=wanted["template_version"])


@rule(
    "S05",
    STOP,
    say("The sheet Cover does not name the period that is asked for, which is {first} to {last}."),
    say("Check that the data are of this period, put the days on the sheet Cover right, and send the new file."),
)
def period_differs(form: Form) -> Iterator[Hit]:
    """S05: the period comes from the programme."""
    _needs_cover(form)
    wanted = {"period_start": form.against.first_day, "period_end": form.against.last_day}
    wrong = [name for name, day in wanted.items() if _told_day(form, name) != day]
    if wrong:
        gaps = {"first": shown(form.against.first_day), "last": shown(form.against.last_day)}
        yield form.cover_hit(wrong[0], **gaps)


@rule(
    "S06",
    STOP,
    say("The sheet Cover does not name the agency that is inspected, which has the code {agency}."),
    say("Check that this is the form of your agency, put the code on the sheet Cover right, and send the new file."),
)
def agency_differs(form: Form) -> Iterator[Hit]:
    """S06."""
    _needs_cover(form)
    if not form.against.raa_code:
        raise CannotRun
    if words_of(form.told("raa_code")).casefold() != form.against.raa_code.casefold():
        yield form.cover_hit("raa_code", agency=form.against.raa_code)


def _needs_workbook(form: Form) -> None:
    if form.raw.csv:
        raise CannotRun


def _needs_cover(form: Form) -> None:
    if form.raw.cover is None:
        raise CannotRun


def _told_day(form: Form, name: str) -> date | None:
    try:
        return day_of(form.told(name))
    except ValidationError:
        return None
