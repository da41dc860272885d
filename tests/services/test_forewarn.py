"""Fourteen days ahead: plans are made, the stewards told, and whoever downloaded is asked to delete copies (R8, R9)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import uuid4

import pytest

from portal.db.endings import DisposalPlan
from portal.db.engine import reading, writing
from portal.db.tables import Document
from portal.domain.actors import WORKER
from portal.domain.errors import NotAllowed, NotFound
from portal.domain.roles import Role
from portal.services.copies import confirm_copies, count_copies, my_copies, open_copies
from portal.services.deliver import deliver
from portal.services.dispose import dispose_due
from portal.services.forewarn import forewarn
from portal.services.hand_over import download_document, make_bundle
from portal.services.heartbeat import beat, confirm_clock
from portal.services.publish import publish
from portal.services.script_access import whose_token
from portal.services.tokens import make_token
from portal.vault.copies import Copies
from portal.vault.plans import approval_of, approve_plan, plan_of, read_plan
from tests.services.ends import DUE_AT, MOMENT, fill, hold, lift_hold, publish_report, wait_until_due
from tests.services.looks import actions, rows, trail_text
from tests.world import PROGRAMME, Someone, World, give_role, upload

AHEAD = timedelta(days=14)
ASKED = "RAA-2023-01: delete the copies that you downloaded"


def download(world: World, someone: Someone) -> None:
    """Let somebody download everything of A."""
    for _ in make_bundle(world.deps, someone.actor, world.a.inspection)[1]:
        pass


def mailed(world: World, word: str) -> list[tuple[str, str]]:
    """Deliver, forget what was sent, and return to whom the mails went whose subject has this word, and their text."""
    deliver(world.deps)
    found = [(each.to, each.body) for each in world.fakes.mailer.sent if word in each.subject]
    world.fakes.mailer.sent.clear()
    return sorted(found)


def plans(world: World) -> dict[str, DisposalPlan]:
    """Return the plans there are, by the reference that they name."""
    return {str(read_plan(each)["reference"]): each for each in rows(world.deps, DisposalPlan)}


def counts(world: World) -> Copies:
    """Count A's copies, as a steward may."""
    return count_copies(world.deps, world.administrator.actor, world.a.inspection)


def confirm(world: World, someone: Someone) -> None:
    """Let somebody confirm the one thing that they were asked."""
    [notice] = my_copies(world.deps, someone.actor)
    confirm_copies(world.deps, someone.actor, notice.id)


@pytest.fixture
def ahead(world: World) -> World:
    """A world in which some downloaded from A, the report was published, and disposal is due in 14 days."""
    fill(world)
    download(world, world.lead_inspector)
    document = upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide").document
    for _ in range(2):
        download_document(world.deps, world.leader.actor, world.a.inspection, document)
    publish_report(world)
    deliver(world.deps)
    world.fakes.mailer.sent.clear()
    world.fakes.clock.set(DUE_AT - AHEAD)
    return world


def test_fourteen_days_ahead_all_is_planned_told_and_asked_once(ahead: World) -> None:
    """Not a moment before; the stewards get one mail about both, whoever downloaded one each, and nobody else any."""
    world = ahead
    world.fakes.clock.advance(-MOMENT)
    assert (0, {}) == (forewarn(world.deps), plans(world))
    world.fakes.clock.advance(MOMENT)
    with ThreadPoolExecutor(2) as pool:  # two workers at once do it once
        list(pool.map(forewarn, [world.deps] * 2))
    assert 0 == forewarn(world.deps)
    said = read_plan(plans(world)[world.a.reference])
    received = rows(world.deps, Document, Document.inspection_id == world.a.inspection)
    assert {
        "kind": "disposal-plan", "format": 1, "inspection": str(world.a.inspection), "reference": world.a.reference,
        "programme": PROGRAMME, "published_on": "2024-03-26", "due_at": "2025-03-27T00:00:00.000Z", "documents": 18,
        "bytes": sum(each.size or 0 for each in received), "downloads": 3, "messages": 0, "receipts": 2,
    } == {name: value for name, value in said.items() if name != "rule"}  # fmt: skip
    assert "one year from the date of publication" in said["rule"]
    assert (2, 1) == tuple(actions(world.deps).count(each) for each in ("plan.made", "copies.asked"))
    deliver(world.deps)
    asked = {each.to: each.body for each in world.fakes.mailer.sent if each.subject == ASKED}
    assert {"lead.inspector@example.org", "leader@example.org"} == asked.keys()
    assert "RAA-2023-01 by 11:59pm on Wednesday 26 March 2025, then sign in" in asked["leader@example.org"]
    assert "https://evidence.example/copies/" in asked["leader@example.org"]
    digests = mailed(world, "Disposal is due")
    assert ["administrator@example.org", "dpo@example.org"] == [to for to, _body in digests]
    listed = "RAA-2023-01: after 11:59pm on Wednesday 26 March 2025\nRAA-2023-02: after 11:59pm on Wednesday"
    assert all(listed in body for _to, body in digests)
    for words in ("Smith", "Canary", *(each.name for each in world.everyone)):
        assert words not in trail_text(world.deps) + str([each.body for each in plans(world).values()])


def test_whoever_downloaded_confirms_and_is_asked_again_only_for_what_came_after(ahead: World) -> None:
    """Each for themselves, once; a script's downloads are its maker's; the counts always add up."""
    world, hour = ahead, timedelta(hours=1)
    forewarn(world.deps)
    assert Copies(3, 2, 0, 3) == counts(world)
    assert ["RAA-2023-01"] == open_copies(world.deps, world.leader.actor)
    [notice] = my_copies(world.deps, world.leader.actor)
    assert (2, world.a.reference, DUE_AT, True) == (notice.downloads, notice.reference, notice.due_at, notice.open)
    for someone, wrong in ((world.lead_inspector, notice.id), (world.inspector, notice.id), (world.leader, uuid4())):
        with pytest.raises(NotFound):
            confirm_copies(world.deps, someone.actor, wrong)
    world.fakes.clock.advance(hour)
    for _ in range(2):
        confirm_copies(world.deps, world.leader.actor, notice.id)
    assert (1, Copies(3, 2, 2, 1)) == (actions(world.deps).count("copies.confirmed"), counts(world))
    assert ([], 0) == (open_copies(world.deps, world.leader.actor), forewarn(world.deps))
    mailed(world, "")
    world.fakes.clock.advance(hour)
    download(world, world.lead_inspector)
    assert (0, Copies(4, 2, 2, 2)) == (forewarn(world.deps), counts(world))
    document = rows(world.deps, Document, Document.item == "childrens-guide")[0].id
    download_document(world.deps, world.leader.actor, world.a.inspection, document)
    assert Copies(5, 2, 0, 5) == counts(world)
    token = make_token(world.deps, world.qa_officer.actor, world.a.inspection, "read", "7").token
    script = whose_token(world.deps, token)
    assert script is not None
    list(make_bundle(world.deps, script.actor, world.a.inspection)[1])
    assert (1, 0) == (forewarn(world.deps), forewarn(world.deps))
    assert ["leader@example.org", "qa.officer@example.org"] == [to for to, _body in mailed(world, "delete")]
    world.fakes.clock.advance(hour)
    for each in (world.leader, world.qa_officer, world.lead_inspector):
        confirm(world, each)
    assert Copies(6, 3, 6, 0) == counts(world)
    with pytest.raises(NotAllowed):
        count_copies(world.deps, world.leader.actor, world.a.inspection)


def test_another_date_or_a_hold_makes_plan_and_requests_anew_only_where_needed(ahead: World) -> None:
    """Another date voids plan and approval, and asks again who has not confirmed; a hold stops asking, and no more."""
    world, day = ahead, timedelta(days=1)
    forewarn(world.deps)
    confirm(world, world.leader)
    with writing(world.deps.engine) as session:
        plan = plan_of(session, world.a.inspection, lock=True)
        assert plan is not None
        approve_plan(session, world.dpo.actor, plan, world.dpo.actor.label, world.fakes.clock.now())
    mailed(world, "")
    world.fakes.clock.advance(day)
    hold(world)
    assert (0, []) == (forewarn(world.deps), open_copies(world.deps, world.lead_inspector.actor))
    assert [True] == [each.waits for each in my_copies(world.deps, world.lead_inspector.actor)]
    lift_hold(world)
    assert (0, [world.a.reference]) == (forewarn(world.deps), open_copies(world.deps, world.lead_inspector.actor))
    with reading(world.deps.engine) as session:
        approval = approval_of(session, world.a.inspection)
    assert approval is not None
    assert world.dpo.actor.label == approval.approved_by

    publish(world.deps, world.dpo.actor, PROGRAMME, date(2024, 3, 27))
    mailed(world, "")
    assert (2, 0) == (forewarn(world.deps), forewarn(world.deps))
    with reading(world.deps.engine) as session:
        assert approval_of(session, world.a.inspection) is None
        assert {"2025-03-28T00:00:00.000Z"} == {read_plan(each)["due_at"] for each in plans(world).values()}
    assert ["lead.inspector@example.org"] == [to for to, _body in mailed(world, "delete")]
    world.fakes.clock.set(DUE_AT)
    publish(world.deps, world.dpo.actor, PROGRAMME, date(2024, 6, 1))
    assert (2, {}, 0) == (forewarn(world.deps), plans(world), forewarn(world.deps))
    assert [True] == [each.waits for each in my_copies(world.deps, world.lead_inspector.actor)]
    assert [] == mailed(world, "Disposal is due")
    assert (4, 2) == tuple(actions(world.deps).count(each) for each in ("plan.made", "plan.dropped"))


def test_what_was_not_asked_before_is_asked_after_the_disposal_and_confirmed_then(world: World) -> None:
    """A hold lifted after the date, or an upgrade, leaves no time: the run plans by itself, people are asked then."""
    fill(world)
    download(world, world.lead_inspector)
    give_role(world.deps, world.lead_inspector.id, Role.inspector, world.b.inspection)
    hold(world, world.b.inspection)  # so that the account outlives A
    wait_until_due(world)
    mailed(world, "")
    assert 1 == len(list(dispose_due(world.deps, WORKER)))
    with reading(world.deps.engine) as session:
        approval = approval_of(session, world.a.inspection)
    assert approval is not None
    assert ("policy:standing", DUE_AT, DUE_AT) == (
        approval.approved_by, approval.approved_at, approval.plan_made_at
    )  # fmt: skip
    assert Copies(1, 0, 0, 1) == counts(world)
    assert (1, 0) == (forewarn(world.deps), forewarn(world.deps))
    [(to, body)] = mailed(world, "delete")
    assert ("lead.inspector@example.org", True) == (to, "from the inspection RAA-2023-01, then sign in" in body)
    [notice] = my_copies(world.deps, world.lead_inspector.actor)
    assert (True, True, False) == (notice.gone, notice.open, notice.waits)
    confirm(world, world.lead_inspector)
    assert Copies(1, 1, 1, 0) == counts(world)
    world.fakes.clock.advance(AHEAD)
    assert 0 == forewarn(world.deps)


def test_nobody_is_asked_by_a_clock_that_is_not_to_be_trusted(ahead: World) -> None:
    """After a leap nothing is planned or asked until a person has confirmed the clock (R13)."""
    world = ahead
    world.fakes.clock.advance(-timedelta(days=300))
    beat(world.deps)
    world.fakes.clock.advance(timedelta(days=300))
    beat(world.deps)
    assert (0, {}) == (forewarn(world.deps), plans(world))
    confirm_clock(world.deps, world.dpo.actor)
    assert 2 == forewarn(world.deps)
