"""How everything stands with retention, in words, for the stewards' pages."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from portal.db.endings import Alarm
from portal.db.engine import writing
from portal.db.tables import Inspection
from portal.domain.certificate_words import say_certificate, say_rule
from portal.domain.certificates import EARLY_RULE, RULE, UNDATED_RULE
from portal.domain.deadline import DeadlinePolicy
from portal.domain.errors import Conflict, NotAllowed, NotFound
from portal.services.certificates import list_certificates
from portal.services.dispose import dispose
from portal.services.heartbeat import beat
from portal.services.programmes import add_programme
from portal.services.publish import publish
from portal.services.retention import (
    Standing,
    disposable,
    due_page,
    list_alarms,
    standing_of,
    steward_overview,
)
from schemas.texts import Text
from tests.services.ends import DUE_AT, hold, hold_programme, lift, publish_report, wait_until_due
from tests.world import PROGRAMME, World


def of_a(world: World) -> Standing:
    """Return how inspection A stands."""
    return standing_of(world.deps, world.dpo.actor, world.a.inspection)


def test_before_publication_there_is_no_date(world: World) -> None:
    """Everything is kept, and nothing can be disposed of."""
    standing = of_a(world)
    assert ("Kept: the report is not published yet", "No date yet", "Not yet", "No", False) == (
        standing.words, standing.due_words, standing.published_words, standing.held_words, standing.disposable,
    )  # fmt: skip


def test_after_publication_the_last_moment_is_said(world: World) -> None:
    """Due as a day begins in London: said as the end of the day before."""
    publish_report(world)
    assert ("Kept until disposal is due", "After 11:59pm on Wednesday 26 March 2025") == (
        of_a(world).words, of_a(world).due_words,
    )  # fmt: skip


def test_a_notice_that_ends_later_is_said(world: World) -> None:
    """An old date, entered late, still has its fourteen days."""
    world.fakes.clock.set(datetime(2025, 6, 1, 12, tzinfo=UTC))
    publish(world.deps, world.dpo.actor, PROGRAMME, DUE_AT.date() - timedelta(days=366))
    assert of_a(world).words.startswith("In notice")
    assert of_a(world).due_words.endswith("; the notice ends on 15 June 2025 at 1pm")


def test_what_is_due_can_be_disposed_of_and_a_hold_stops_it(world: World) -> None:
    """Its own hold, and that of the programme, each said; the first reason that applies is given."""
    wait_until_due(world)
    assert (True, "Disposal is due now") == (of_a(world).disposable, of_a(world).words)
    placed = hold(world)
    assert (False, "Held") == (of_a(world).disposable, of_a(world).held_words)
    hold_programme(world)
    assert "Held, and so is the programme" == of_a(world).held_words
    lift(world, placed)
    assert (False, "The whole programme is held") == (of_a(world).disposable, of_a(world).held_words)
    with pytest.raises(Conflict, match="cannot be disposed of now"):
        disposable(world.deps, world.dpo.actor, world.a.inspection)


def test_what_was_disposed_of_is_in_the_other_list(world: World) -> None:
    """It leaves the list of what is kept, and its certificate is listed."""
    wait_until_due(world)
    assert 2 == len(due_page(world.deps, world.dpo.actor).rows)
    certificate = dispose(world.deps, world.dpo.actor, world.a.inspection)["body"]["certificate"]
    assert ["RAA-2023-02"] == [each.reference for each in due_page(world.deps, world.dpo.actor).rows]
    for steward in (world.dpo, world.administrator):
        [listed] = list_certificates(world.deps, steward.actor).rows
        assert (certificate, "RAA-2023-01") == (listed["certificate"], listed["reference"])
    assert "Disposed of" == of_a(world).words
    with pytest.raises(Conflict, match="already"):
        disposable(world.deps, world.dpo.actor, world.a.inspection)


def test_another_alarm_than_the_clocks_stops_no_disposal(world: World) -> None:
    """A mail in doubt is looked at by a person, and keeps nothing beyond its time."""
    wait_until_due(world)
    with writing(world.deps.engine) as session:
        session.add(Alarm(kind="mail", raised_at=world.deps.clock.now(), words="A mail is in doubt."))
    assert "RAA-2023-01" == dispose(world.deps, world.dpo.actor, world.a.inspection)["body"]["reference"]
    assert ["mail"] == [each["kind"] for each in list_alarms(world.deps, world.dpo.actor)]


def test_what_is_published_comes_first(world: World) -> None:
    """An inspection without a date stands after all that have one; each page takes the same queries."""
    publish_report(world)
    other = add_programme(world.deps, world.administrator.actor, "AAA", "First", DeadlinePolicy.next_day, "2023")
    with writing(world.deps.engine) as session:
        one = session.get_one(Inspection, world.a.inspection)
        kept = {each.name: getattr(one, each.name) for each in Inspection.__table__.columns if each.name != "id"}
        session.add(Inspection(**kept | {"reference": "AAA-10", "programme_id": other}))
    asked: list[str] = []
    event.listen(world.deps.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    due_page(world.deps, world.dpo.actor)
    few = len(asked)
    with writing(world.deps.engine) as session:
        session.add_all(
            Inspection(**kept | {"reference": f"AAA-{number}", "programme_id": other}) for number in range(11, 40)
        )
    asked.clear()
    found = due_page(world.deps, world.dpo.actor)
    assert (2, few) == (found.pages, len(asked))
    assert ["RAA-2023-01", "RAA-2023-02", "AAA-10"] == [each.reference for each in found.rows[:3]]


def test_alarms_are_listed_for_both_stewards(world: World) -> None:
    """With kind and time; for others there are none."""
    assert [] == list_alarms(world.deps, world.administrator.actor)
    beat(world.deps)
    world.fakes.clock.advance(timedelta(days=3))
    beat(world.deps)
    for steward in (world.dpo, world.administrator):
        [alarm] = list_alarms(world.deps, steward.actor)
        assert ("clock", world.deps.clock.now()) == (alarm["kind"], alarm["raised_at"])
    assert 1 == len(steward_overview(world.deps, world.dpo.actor)["alarms"])
    with pytest.raises(NotFound):
        list_alarms(world.deps, world.leader.actor)


def test_retention_is_the_data_protection_officers(world: World) -> None:
    """An administrator sees certificates alone; whoever is in the inspection is told that it is not theirs to do."""
    for person in world.everyone:
        if person != world.dpo:
            with pytest.raises(NotFound):
                due_page(world.deps, person.actor)
    for person in (world.administrator, world.leader, world.lead_inspector):
        with pytest.raises(NotAllowed):
            standing_of(world.deps, person.actor, world.a.inspection)
    with pytest.raises(NotFound):
        standing_of(world.deps, world.leader_b.actor, world.a.inspection)


@pytest.mark.parametrize("rule", [RULE, EARLY_RULE, UNDATED_RULE])
def test_every_rule_is_said_through_the_catalogue(rule: str) -> None:
    """Plans and certificates keep its English words, and pages say it in theirs; what is unknown is said as it is."""
    said = say_rule(json.loads(json.dumps(rule)))
    assert (rule, True) == (said, isinstance(said, Text))
    assert "Another rule" == say_rule("Another rule")


def test_a_certificate_is_said_in_words(world: World) -> None:
    """Every statement of the signed body has its place on the page, and the times are London's."""
    wait_until_due(world)
    body = dispose(world.deps, world.dpo.actor, world.a.inspection)["body"]
    said = dict(say_certificate(body))
    assert "RAA-2023-01 of the programme RAA-2023" == said["Inspection"]
    assert "Tuesday 26 March 2024" == said["Final report published"]
    assert "11:59pm on Wednesday 26 March 2025" == said["Kept until"]
    assert said["Disposal began"].startswith("27 March 2025 at 12am, by the person with the identifier ")
    assert body["key"] in said["1. Inaccessible"]
    assert "27 March 2025 at 12am" == said["2. Objects deleted"]
    assert "Not yet: provisional" == said["3. Keys irrecoverable"]
    assert "Saturday 26 April 2025" in said["May remain elsewhere"]
    told = " ".join(said.values())
    assert [] == [name for name in ("certificate", "inspection", "rule") if str(body[name]) not in told]
