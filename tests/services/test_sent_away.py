"""What is under way when somebody is sent away: it is broken off, and nothing that they send counts any more."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.db.engine import writing
from portal.db.tables import Assignment, Document, Person
from portal.domain.errors import Conflict, NotFound
from portal.domain.lifecycle import DocumentState
from portal.services.accounts import disable
from portal.services.check import check_document
from portal.services.hand_over import download_document, make_bundle
from portal.services.receive import receive
from portal.vault.looking import LOOK_EVERY
from tests.fake_checker import EICAR
from tests.services.looks import rows
from tests.world import PART, Someone, World, an_upload, sample, upload

LONG = sample(size=6 * PART)


def _disable(world: World, person: Someone) -> None:
    disable(world.deps, world.administrator.actor, person.id)


def _dismiss(world: World, person: Someone) -> None:
    with writing(world.deps.engine) as session:
        session.execute(
            update(Assignment).where(Assignment.person_id == person.id).values(ended_at=world.deps.clock.now())
        )


@pytest.mark.parametrize("send_away", [_disable, _dismiss])
def test_an_upload_under_way_does_not_count(world: World, send_away: object) -> None:
    """Whoever is disabled, or has lost their role, while they send has sent nothing."""
    data = sample()

    def body() -> Iterator[bytes]:
        yield data[:10]
        send_away(world, world.contributor)  # type: ignore[operator]
        yield data[10:]

    with pytest.raises(NotFound):
        receive(world.deps, world.contributor.actor, an_upload(world.deps, world.a.inspection), body())
    assert [DocumentState.abandoned] == [row.state for row in rows(world.deps, Document)]


@pytest.mark.parametrize("send_away", [_disable, _dismiss])
def test_a_download_under_way_is_broken_off(world: World, send_away: object) -> None:
    """A document and a bundle alike, within seconds; nobody else's is."""
    document = upload(world.deps, world.leader.actor, world.a.inspection, data=LONG).document
    reader, other = world.inspector.actor, world.lead_inspector.actor
    _bag, bundle = make_bundle(world.deps, reader, world.a.inspection)
    alone = download_document(world.deps, reader, world.a.inspection, document).chunks
    theirs = download_document(world.deps, other, world.a.inspection, document).chunks
    came = [len(next(each)) for each in (bundle, alone, theirs)]
    send_away(world, world.inspector)  # type: ignore[operator]
    world.fakes.clock.advance(LOOK_EVERY - timedelta(microseconds=1))
    assert len(next(alone))
    world.fakes.clock.advance(timedelta(microseconds=1))
    for each in (bundle, alone):
        with pytest.raises(NotFound):
            next(each)
    assert len(LONG) == came[2] + sum(map(len, theirs))


def test_what_is_found_to_be_malware_meanwhile_is_broken_off(world: World) -> None:
    """A document that was handed out unscanned, and a bundle with it; what has nothing to do with it goes on."""
    bad = upload(world.deps, world.leader.actor, world.a.inspection, data=LONG + EICAR).document
    good = upload(world.deps, world.leader.actor, world.a.inspection, "annual-report", data=LONG).document
    reader = world.inspector.actor
    alone, other = (download_document(world.deps, reader, world.a.inspection, each).chunks for each in (bad, good))
    _bag, bundle = make_bundle(world.deps, reader, world.a.inspection)
    came = [len(next(each)) for each in (bundle, alone, other)]
    check_document(world.deps, bad)
    world.fakes.clock.advance(LOOK_EVERY)
    for each in (bundle, alone):
        with pytest.raises(Conflict, match="malware"):
            next(each)
    assert len(LONG) == came[2] + sum(map(len, other))


def test_a_disabled_account_has_no_role(world: World) -> None:
    """Also where it got in before."""
    with writing(world.deps.engine) as session:
        now = world.deps.clock.now()
        session.execute(update(Person).where(Person.id == world.inspector.id).values(disabled_at=now))
    with pytest.raises(NotFound):
        make_bundle(world.deps, world.inspector.actor, world.a.inspection)
