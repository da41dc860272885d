"""Receiving what was begun before, what replaces something, and what others do meanwhile."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from portal.db.engine import writing
from portal.db.tables import Assignment, Document, Programme
from portal.domain.errors import Conflict, KeyRemoved, NotFound, PortalError
from portal.domain.roles import Role
from portal.ports import Deps
from portal.services.conduct import close
from portal.services.dispose import dispose
from portal.services.receive import Received
from portal.services.sweep import sweep
from portal.services.withdraw import withdraw
from tests.services.looks import actions, content, rows
from tests.world import PART, World, chunked, give_role, sample, upload

DATA = sample("pdf", PART + 1)


def _states(deps: Deps) -> list[tuple[str, int | None]]:
    return sorted(((row.state, row.version) for row in rows(deps, Document)), key=str)


def _send(world: World, **said: str) -> Received:
    return upload(world.deps, world.leader.actor, world.a.inspection, data=DATA, **said)


def test_a_repeated_upload_id_with_the_same_bytes_gets_the_same_receipt(world: World) -> None:
    """Whoever lost the answer asks again, and nothing is stored twice."""
    first = _send(world, upload_id="the-same-id")
    puts = world.fakes.store.calls["put"]
    world.fakes.clock.advance(timedelta(hours=1))
    again = _send(world, upload_id="the-same-id")
    assert (first.document, first.receipt, True) == (again.document, again.receipt, again.repeated)
    assert [("received", 1)] == _states(world.deps)
    assert puts == world.fakes.store.calls["put"]
    assert "document.repeated" == actions(world.deps, world.a.inspection)[-1]


def test_a_repeated_upload_id_with_other_bytes_is_refused(world: World) -> None:
    """One id stands for one file, and what was received stands."""
    first = _send(world, upload_id="the-same-id")
    for data in (DATA[:-1], DATA + b"x", sample("pdf", PART + 1, seed=2), b""):
        with pytest.raises(Conflict, match="another file"):
            upload(world.deps, world.leader.actor, world.a.inspection, data=data, upload_id="the-same-id")
    with pytest.raises(Conflict, match="another file"):
        upload(world.deps, world.leader.actor, world.a.inspection, "annual-report", data=DATA, upload_id="the-same-id")
    assert DATA == content(world.deps, world.leader.actor, world.a.inspection, first.document)
    assert [("received", 1)] == _states(world.deps)


def test_a_repeat_after_closing_or_withdrawing_still_gets_the_receipt(world: World) -> None:
    """It was received, and an answer that got lost does not change that."""
    first = _send(world, upload_id="the-same-id")
    withdraw(world.deps, world.leader.actor, world.a.inspection, first.document)
    close(world.deps, world.lead_inspector.actor, world.a.inspection)
    again = _send(world, upload_id="the-same-id")
    assert (first.receipt, True) == (again.receipt, again.repeated)
    assert [("withdrawn", 1)] == _states(world.deps)


def test_an_upload_id_is_the_inspections_own(world: World) -> None:
    """Two agencies may choose the same one, and neither learns of the other's."""
    _send(world, upload_id="the-same-id")
    other = upload(world.deps, world.leader_b.actor, world.b.inspection, data=DATA, upload_id="the-same-id")
    assert not other.repeated


def test_an_upload_id_that_failed_can_be_used_again(world: World) -> None:
    """A retry needs no new id."""
    with pytest.raises(Conflict):
        upload(world.deps, world.leader.actor, world.a.inspection, data=_then(_raise_conflict), upload_id="the-same-id")
    assert not _send(world, upload_id="the-same-id").repeated
    assert [("abandoned", None), ("received", 1)] == _states(world.deps)


def _raise_conflict() -> None:
    raise Conflict("meanwhile")


def _then(act: Callable[[], object], data: bytes = DATA) -> Iterator[bytes]:
    """Yield a body in the middle of which something else happens."""
    yield data[: PART // 2]
    act()
    yield data[PART // 2 :]


def test_a_filled_slot_is_not_filled_again_by_chance(world: World) -> None:
    """Not even by a file of the same name: to replace is a choice (and the body is not read)."""
    first = _send(world)
    with pytest.raises(Conflict, match="Replace"):
        _send(world)
    assert [("received", 1)] == _states(world.deps)
    assert DATA == content(world.deps, world.leader.actor, world.a.inspection, first.document)


def test_a_chosen_replacement_replaces(world: World) -> None:
    """The new version counts, the old one stays sealed as it was, and the receipt names it."""
    first = _send(world)
    second = upload(world.deps, world.leader.actor, world.a.inspection, replaces=first.document)
    assert [("received", 2), ("replaced", 1)] == _states(world.deps)
    assert (2, str(first.document)) == (second.receipt["body"]["version"], second.receipt["body"]["replaces"])
    assert DATA == content(world.deps, world.leader.actor, world.a.inspection, first.document)


def test_until_the_replacement_is_whole_the_old_version_counts(world: World) -> None:
    """A replacement that fails half way costs nothing."""
    first = _send(world)
    seen = []
    body = _then(lambda: seen.append(_states(world.deps)))
    upload(world.deps, world.leader.actor, world.a.inspection, data=body, replaces=first.document)
    assert [[("pending", None), ("received", 1)]] == seen
    [second] = rows(world.deps, Document, Document.state == "received")
    with pytest.raises(Conflict, match="meanwhile"):
        upload(world.deps, world.leader.actor, world.a.inspection, data=_then(_raise_conflict), replaces=second.id)
    assert [("abandoned", None), ("received", 2), ("replaced", 1)] == _states(world.deps)


def test_only_a_current_document_of_the_slot_can_be_replaced(world: World) -> None:
    """Not one of another slot or inspection, not one that is replaced already, not nonsense."""
    first = _send(world)
    second = upload(world.deps, world.leader.actor, world.a.inspection, replaces=first.document)
    elsewhere = upload(world.deps, world.leader.actor, world.a.inspection, "annual-report")
    theirs = upload(world.deps, world.leader_b.actor, world.b.inspection)
    for wrong in (first.document, elsewhere.document, theirs.document, uuid4(), "nonsense"):
        with pytest.raises(Conflict, match="no longer there"):
            upload(world.deps, world.leader.actor, world.a.inspection, replaces=wrong)
    current = (Document.inspection_id == world.a.inspection, Document.state == "received")
    assert {second.document, elsewhere.document} == {row.id for row in rows(world.deps, Document, *current)}


def test_an_open_ended_slot_takes_more_without_a_choice(world: World) -> None:
    """Where one or more is asked, each file is one more, not a next version of another; what replaces one is."""
    for _ in range(3):
        last = upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide")
    assert [("received", 1)] * 3 == _states(world.deps)
    upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide", replaces=last.document)
    assert [("received", 1), ("received", 1), ("received", 2), ("replaced", 1)] == _states(world.deps)


def test_a_race_into_the_same_slot_keeps_both(world: World) -> None:
    """Two people who send at the same time lose nothing: both count, and people sort it out."""
    barrier = Barrier(2)

    def send(person: UUID) -> UUID:
        actor = next(each.actor for each in world.everyone if each.id == person)
        return upload(world.deps, actor, world.a.inspection, data=_then(barrier.wait)).document

    with ThreadPoolExecutor(2) as threads:
        sent = set(threads.map(send, [world.leader.id, world.contributor.id]))
    assert sent == {row.id for row in rows(world.deps, Document, Document.state == "received")}
    assert [("received", 1), ("received", 2)] == _states(world.deps)


def test_two_replacements_of_one_document_keep_both(world: World) -> None:
    """The first replaces; the second was chosen in good faith, and counts too."""
    first = _send(world)

    def meanwhile() -> None:
        upload(world.deps, world.contributor.actor, world.a.inspection, replaces=first.document)

    upload(world.deps, world.leader.actor, world.a.inspection, data=_then(meanwhile), replaces=first.document)
    assert [("received", 2), ("received", 3), ("replaced", 1)] == _states(world.deps)


def test_an_upload_that_was_started_again_gives_way(world: World) -> None:
    """A sender whose line hung tries anew with the same id: the first try fails, the second is received."""
    second: list[Received] = []

    def again() -> None:
        second.append(_send(world, upload_id="the-same-id"))

    with pytest.raises(Conflict, match="started again"):
        upload(world.deps, world.leader.actor, world.a.inspection, data=_then(again), upload_id="the-same-id")
    assert [("abandoned", None), ("received", 1)] == _states(world.deps)
    assert DATA == content(world.deps, world.leader.actor, world.a.inspection, second[0].document)
    prefix = f"{world.a.inspection}/"
    assert {str(second[0].document)} == {key.split("/")[1] for key in world.fakes.store.keys(prefix)}


def _close(world: World) -> None:
    close(world.deps, world.lead_inspector.actor, world.a.inspection)


def _end_role(world: World) -> None:
    with writing(world.deps.engine) as session:
        session.execute(
            update(Assignment).where(Assignment.person_id == world.leader.id).values(ended_at=world.deps.clock.now())
        )


def _dispose(world: World) -> None:
    with writing(world.deps.engine) as session:
        long_ago = world.deps.clock.now() - timedelta(days=500)
        session.execute(update(Programme).values(published_on=date(2022, 1, 1), publication_entered_at=long_ago))
    dispose(world.deps, world.dpo.actor, world.a.inspection)


@pytest.mark.parametrize(
    ("meanwhile", "error"),
    [(_close, Conflict), (_end_role, NotFound), (_dispose, PortalError)],
)
def test_what_ends_meanwhile_ends_the_upload_honestly(
    world: World, meanwhile: Callable[[World], None], error: type[PortalError]
) -> None:
    """Closed, out of office or disposed of in mid-upload: the sender is told, and nothing is left in the store."""
    with pytest.raises(error):
        upload(world.deps, world.leader.actor, world.a.inspection, data=_then(lambda: meanwhile(world)))
    assert [("abandoned", None)] == _states(world.deps)
    assert 0 == world.fakes.store.remains(f"{world.a.inspection}/")


def test_a_closed_inspection_takes_nothing_more(world: World) -> None:
    """And says whom to ask."""
    _close(world)
    with pytest.raises(Conflict, match="Ask the lead inspector"):
        _send(world)
    assert [] == _states(world.deps)


def test_a_disposed_inspection_takes_nothing_more(world: World) -> None:
    """Its key is gone, and nothing can be sealed for it; its leader is still here by another inspection."""
    give_role(world.deps, world.leader.id, Role.contributor, world.b.inspection)
    _dispose(world)
    with pytest.raises((Conflict, KeyRemoved)):
        _send(world)
    assert [] == _states(world.deps)


def test_the_lease_is_renewed_while_bytes_trickle(world: World) -> None:
    """A slow upload that is still alive is not swept, however long it takes."""
    lease = timedelta(microseconds=4)
    deps = replace(world.deps, policy=replace(world.deps.policy, upload_lease=lease))

    def trickle() -> Iterator[bytes]:
        for chunk in chunked(DATA, len(DATA) // 20):
            world.fakes.clock.advance(timedelta(minutes=9))
            yield b""  # a sign of life, as of a line that is open
            assert 0 == sweep(deps)
            yield chunk

    received = upload(deps, world.leader.actor, world.a.inspection, data=trickle())
    assert DATA == content(deps, world.leader.actor, world.a.inspection, received.document)


def test_an_upload_whose_lease_ran_out_and_that_was_swept_fails_honestly(world: World) -> None:
    """It is never acknowledged once the sweep has given it up, and the sender can send it again."""

    def stall() -> None:
        world.fakes.clock.advance(world.deps.policy.upload_lease + timedelta(seconds=1))
        sweep(world.deps)

    with pytest.raises(Conflict, match="took too long"):
        upload(world.deps, world.leader.actor, world.a.inspection, data=_then(stall), upload_id="the-same-id")
    assert [("abandoned", None)] == _states(world.deps)
    assert [] == list(world.fakes.store.keys(f"{world.a.inspection}/"))
    assert not _send(world, upload_id="the-same-id").repeated
