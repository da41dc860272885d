"""The A1 form at a glance: for the team alone, as the check counted it; what leaves the team has no small number."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from portal.db.engine import writing
from portal.db.registers import AgencyMember
from portal.domain.errors import NotAllowed, NotFound
from portal.services.a1_glance import glance_file, glance_page
from portal.services.check import check_document
from portal.services.withdraw import withdraw
from schemas.a1_glance import Glance, Median
from schemas.a1_result import A1Result, Problem
from schemas.checking import Answer
from tests.fake_checker import EICAR
from tests.services.looks import actions, inspection_row
from tests.world import World, sample, upload

SLOTS = ("children", "adopters", "support")
GLANCE = Glance(
    definition="illustrative-2023",
    rows={"Children": {"301": 40, "302": 3}, "Adopters": {"": 12}, "Support": {}},
    statuses={"PLACED": 38, "ADOPTED": 5, "REVERSED": 0},
    medians=(Median("match-to-placed", 30, 12.5), Median("stage1", 4, 61.0), Median("stage2", 0, None)),
)


def send(
    world: World, glance: Glance | None = GLANCE, data: bytes = b"", slot: str = "workbook", a1: A1Result | None = None
) -> UUID:
    """Let agency A's leader send an A1 form that the checker counts so, and let it be checked."""
    world.fakes.clock.advance(timedelta(minutes=1))
    world.fakes.checker.answer = Answer(kind="xlsx", glance=glance, a1=a1)
    data = data or sample("xlsx")
    document = upload(world.deps, world.leader.actor, world.a.inspection, "a1-form", slot, data).document
    check_document(world.deps, document)
    return document


def test_the_team_sees_what_was_counted(world: World) -> None:
    """Authorities by number and name, statuses and steps in words, the longest bar the widest; the trail tells."""
    assert not glance_page(world.deps, world.inspector.actor, world.a.inspection)["seen"]
    with writing(world.deps.engine) as session:
        agency = inspection_row(world.deps, world.a.inspection).agency_id
        member = AgencyMember(agency_id=agency, authority="Northshire", code="301", from_on=date(2020, 4, 1))
        session.add(member)
    send(world)

    view = glance_page(world.deps, world.inspector.actor, world.a.inspection)

    assert view["seen"]
    assert view["illustrative"]
    assert ["301 Northshire", "302", "Not stated"] == [each["label"] for each in view["authorities"]]
    assert [(40, 100.0), (0, 0.0), (0, 0.0)] == [
        (each["count"], each["width"]) for each in view["authorities"][0]["counts"]
    ]
    assert [("Children", 43), ("Adopters", 12), ("Support", 0)] == [(e["label"], e["count"]) for e in view["totals"]]
    assert [38, 5, 0] == [each["count"] for each in view["statuses"]]
    assert "PLACED" not in view["statuses"][0]["label"]
    assert [("12.5 days", 30), ("61 days", 4), (None, 0)] == [(e["days_words"], e["spans"]) for e in view["steps"]]
    assert 1 == actions(world.deps).count("a1.glance-opened")
    for stranger in (world.lead_inspector_b, world.leader_b):
        with pytest.raises(NotFound):
            glance_page(world.deps, stranger.actor, world.a.inspection)
    with pytest.raises(NotAllowed):
        glance_page(world.deps, world.leader.actor, world.a.inspection)


def test_what_leaves_the_team_has_no_small_number(world: World) -> None:
    """A count of 1 to 4 is not in the file, nor one by which it could be found out, nor the median of so few (§64)."""
    with pytest.raises(NotFound):
        glance_file(world.deps, world.inspector.actor, world.a.inspection)
    send(world, replace(GLANCE, rows={**GLANCE.rows, "=cmd": {"999": 7}}))

    name, data = glance_file(world.deps, world.inspector.actor, world.a.inspection)
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))[1:]

    assert name.endswith("-a1-at-a-glance.csv")
    assert "illustrative: not" in lines[0][2]
    told = {(sheet, what): (count, days) for _table, sheet, what, count, days in lines}
    assert ("not shown", "") == told["Children", "302"] == told["Children", "301"] == told["Adopters", "Not stated"]
    assert ("43", "") == told["Children", "Total"]
    assert ("7", "") == told["'=cmd", "999 outside the agency’s area"]
    assert [("5 or more", "14"), *[("not shown", "not shown")] * 2] == [tuple(each[3:]) for each in lines[-3:]]


def test_what_is_not_counted_is_said(world: World) -> None:
    """A withheld form, one that something stops and one that is still to be checked: each with why, and no count."""
    inspection, actor = world.a.inspection, world.inspector.actor
    assert ([], "No A1 form was received yet.") == _why(world)
    malware = send(world, data=sample("xlsx") + EICAR)
    assert ["Nothing: it is withheld"] == _why(world)[0]
    withdraw(world.deps, world.leader.actor, inspection, malware)
    stopped = A1Result("illustrative-2023", False, {}, (Problem("S02", "STOP", "", "", "", 1),))
    send(world, None, sample("csv"), slot="support", a1=stopped)
    world.fakes.clock.advance(timedelta(minutes=1))
    upload(world.deps, world.leader.actor, inspection, "a1-form", "children", sample("csv"))
    assert (
        ["Not yet: it is being checked", "Nothing: something stops the check"],
        "The A1 form was received, but nothing in it is counted. Beside each file stands why.",
    ) == _why(world)
    files = glance_page(world.deps, actor, inspection)["files"]
    assert ["", "The data in the A1 form has 1 place that stops the checks."] == [each["found"] for each in files]
    with pytest.raises(NotFound, match="its page says why"):
        glance_file(world.deps, actor, inspection)
    assert 0 == actions(world.deps).count("a1.glance-opened")


def _why(world: World) -> tuple[list[str], str]:
    """Return why nothing is counted: of each file, and of all."""
    view = glance_page(world.deps, world.inspector.actor, world.a.inspection)
    assert not view["seen"]
    return [each["counted"] for each in view["files"]], view["why"]


def test_each_csv_file_that_stands_is_counted_and_what_is_not_there_is_no_zero(world: World) -> None:
    """Each file gives its own sheet, whatever it showed together with one that is gone; the page says what lacks."""
    inspection, actor = world.a.inspection, world.inspector.actor
    sent = {each: send(world, data=sample("csv", seed=at), slot=each) for at, each in enumerate(SLOTS)}
    whole = glance_page(world.deps, actor, inspection)
    assert [["Support"], ["Adopters"], ["Children"]] == [each["sheets"] for each in whole["files"]]
    assert (["Children", "Adopters", "Support"], []) == (whole["sheets"], whole["lacking"])
    assert 3 == actions(world.deps).count("a1.glance-opened")

    withdraw(world.deps, world.leader.actor, inspection, sent["children"])
    view = glance_page(world.deps, actor, inspection)
    assert (["Adopters", "Support"], ["Children was not sent."]) == (view["sheets"], view["lacking"])
    assert ([], ["Adopters", "Adopters"]) == (view["statuses"], [each["sheet"] for each in view["steps"]])
    lines = list(csv.reader(io.StringIO(glance_file(world.deps, actor, inspection)[1].decode("utf-8-sig"))))
    assert not [each for each in lines if "Children" in each[1]]

    upload(world.deps, world.leader.actor, inspection, "a1-form", "children", sample("csv", seed=9))
    assert ["Children was sent, but it could not be counted."] == glance_page(world.deps, actor, inspection)["lacking"]
    send(world, replace(GLANCE, rows={"Support": {"301": 9}, "Children": {"301": 9}}, statuses={"PLACED": 0}))
    newest = glance_page(world.deps, actor, inspection)
    assert (["Children", "Adopters", "Support"], []) == (newest["sheets"], newest["lacking"])
    assert [] == newest["statuses"]
    assert {
        "workbook": "Support, Children",
        "children": "Not yet: it is being checked",
        "adopters": "Adopters",
        "support": "Nothing: a newer file has the same sheets",
    } == {each["slot"]: each["counted"] for each in newest["files"]}
