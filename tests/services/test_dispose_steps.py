"""What goes with an inspection beside its documents: accounts, digests of what was sealed, the database's old pages."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text, update

from portal.db.compact import compact
from portal.db.credentials import ApiToken, DirectoryIdentity, Passkey, RecoveryCode, Throttle, Totp
from portal.db.endings import Alarm, CalendarFeed, Certificate, Disposal
from portal.db.engine import writing
from portal.db.tables import Assignment, Base, Document, OutboxMail, Person
from portal.domain.actors import WORKER
from portal.domain.errors import NotFound, Refused, StoreUnavailable
from portal.domain.roles import Role
from portal.ports import Mail
from portal.services.accounts import correct, enable
from portal.services.assignments import assign
from portal.services.dispose import dispose, dispose_due
from portal.services.people import inspection_people, list_people, person_page
from portal.services.sign_in import sign_in, who_is
from portal.services.tokens import make_token
from portal.vault.disposing import DIGEST_PATIENCE, STUCK
from tests.services.ends import all_gone, fill, hold, wait_until_due
from tests.services.looks import actions, count, inspection_row, rows
from tests.world import Someone, World, give_role, session_for, upload


def _ways_in(world: World, person: Someone) -> list[str]:
    """Give somebody every way in, and wrong tries; return the tokens of two sessions."""
    now = world.deps.clock.now()
    made = {"person_id": person.id, "created_at": now}
    with writing(world.deps.engine) as session:
        session.add_all(
            [
                Totp(sealed_secret=b"sealed", confirmed_at=now, **made),
                Passkey(credential_id=person.id.bytes, public_key=b"key", counter=0, label="Canary key", **made),
                RecoveryCode(person_id=person.id, code_hash=person.id.bytes, made_at=now),
                DirectoryIdentity(issuer="https://id.example", subject=f"canary-{person.id}", **made),
                CalendarFeed(person_id=person.id, token_hash=person.id.bytes, made_at=now),
            ]
        )
    with pytest.raises(Refused):
        sign_in(world.deps, person.email, "wrong")
    return [session_for(world.deps, person.id) for _ in range(2)]


def _left_of(world: World, person: UUID) -> set[str]:
    """Return the tables that have a row of somebody's own."""
    return {
        mapper.class_.__tablename__
        for mapper in Base.registry.mappers
        if "person_id" in mapper.local_table.c
        and rows(world.deps, mapper.class_, mapper.local_table.c.person_id == person)
    }


def test_whoever_has_nothing_else_here_goes_with_the_inspection(world: World) -> None:
    """Name, address and every way in are gone; whoever has, or had, a part elsewhere keeps them until that is over."""
    a, b, deps = world.a.inspection, world.b.inspection, world.deps
    fill(world)
    sessions = _ways_in(world, world.leader)
    make_token(deps, world.leader.actor, a, "send", "7")
    give_role(deps, world.inspector.id, Role.inspector, b)
    give_role(deps, world.qa_officer.id, Role.quality_assurance_officer, b)
    with writing(deps.engine) as session:
        session.execute(update(ApiToken).values(expires_at=deps.clock.now() + timedelta(days=900)))
        ended = update(Assignment).values(ended_at=deps.clock.now())
        session.execute(ended.where(Assignment.person_id == world.contributor.id))
        session.execute(ended.where(Assignment.person_id == world.qa_officer.id, Assignment.inspection_id == b))
    [told] = rows(deps, OutboxMail, OutboxMail.person_id == world.leader.id, OutboxMail.template == "announcement")
    deps.mailer.send(Mail(told.id, world.leader.email, "An inspection", world.leader.name))
    hold(world, b)
    wait_until_due(world)
    kept = session_for(deps, world.inspector.id)
    dispose(deps, WORKER, a)
    gone = {world.leader.id, world.contributor.id, world.lead_inspector.id}
    removed = {each.id: each for each in rows(deps, Person, Person.removed_at.is_not(None))}
    assert gone == set(removed)
    for person in removed.values():
        assert ("Removed account", None) == (person.name, person.password_hash)
        assert person.email.endswith("@removed.invalid")
        assert person.disabled_at is not None
        assert {"assignment"} >= _left_of(world, person.id)
    assert (0, 0) == (count(deps, Throttle), count(deps, ApiToken))
    assert 1 == actions(deps, a).count("token.revoked")
    assert 3 == actions(deps).count("account.removed")
    assert 3 == rows(deps, Disposal)[0].accounts
    assert [] == world.fakes.mailer.sent
    for token in sessions:
        assert who_is(deps, token) is None
    assert who_is(deps, kept) is not None
    with deps.engine.connect() as connection:
        everything = repr(
            [tuple(row) for table in Base.metadata.sorted_tables for row in connection.execute(table.select())]
        )
    for word in ("Lena Leader", "leader@example.org", "Conrad", "Ines", "anary"):
        assert word not in everything
    _looks(world, a)
    _again(world, gone)


def _looks(world: World, inspection: UUID) -> None:
    """Pages say that the accounts are removed; nothing can be done with them."""
    actor = world.administrator.actor
    shown = {each["id"]: each for each in inspection_people(world.deps, actor, inspection)["people"]}
    leader = shown[world.leader.id]
    assert ("Removed account", "", False) == (leader["name"], leader["email"], leader["may_leave"])
    assert "Removed on Thursday 27 March 2025" in str(leader["state_words"])
    assert 6 == len(list_people(world.deps, actor).rows)
    for act in (person_page, enable):
        with pytest.raises(NotFound):
            act(world.deps, actor, world.leader.id)
    with pytest.raises(NotFound):
        correct(world.deps, actor, world.leader.id, "back@example.org", "Back Again", confirmed=True)


def _again(world: World, gone: set[UUID]) -> None:
    """The address is free: whoever is invited by it is somebody new."""
    invite = (world.b.inspection, Role.contributor, world.leader.email, "Lena Leader")
    assign(world.deps, world.administrator.actor, *invite)
    [anew] = rows(world.deps, Person, Person.email == world.leader.email)
    assert anew.id not in gone


def test_two_that_end_together_take_with_them_whoever_was_in_both(world: World) -> None:
    """Each person is counted once, by the last of the inspections that they had to do with."""
    give_role(world.deps, world.inspector.id, Role.inspector, world.b.inspection)
    wait_until_due(world)
    first, second = dispose_due(world.deps, WORKER)
    assert 4 + 3 == sum(each.accounts for each in rows(world.deps, Disposal))
    assert {world.administrator.id, world.dpo.id} == {
        each.id for each in rows(world.deps, Person, Person.removed_at.is_(None))
    }
    assert first != second


def test_the_digest_is_that_of_sha256sum_over_the_store(world: World) -> None:
    """A line for each object in the order of the keys, taken before the first of them is removed."""
    fill(world)
    prefix = f"{world.a.inspection}/"
    data = {key: world.deps.store.get(key) for key in world.deps.store.keys(prefix)}
    lines = "".join(f"{hashlib.sha256(data[key]).hexdigest()}  {key}\n" for key in sorted(data))
    wait_until_due(world)
    dispose(world.deps, WORKER, world.a.inspection)
    [disposal] = rows(world.deps, Disposal)
    assert hashlib.sha256(lines.encode()).hexdigest() == disposal.ciphertext_sha256
    assert (sum(map(len, data.values())), len(data)) == (disposal.ciphertext_bytes, disposal.objects)


def test_a_store_that_cannot_be_read_keeps_no_key_alive(world: World) -> None:
    """For six hours it is tried again, and one alarm stands; then the key goes, and no digest is claimed."""
    fill(world)
    hold(world, world.b.inspection)
    wait_until_due(world)
    world.fakes.store.fail_next("get", times=3)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            list(dispose_due(world.deps, WORKER))
        assert ("disposing", "present") == (
            inspection_row(world.deps, world.a.inspection).state,
            world.fakes.custodian.state(world.a.inspection),
        )
        [alarm] = rows(world.deps, Alarm, Alarm.kind == STUCK)
        assert (str(world.a.inspection), None) == (alarm.subject, alarm.cleared_at)
    assert 2 == count(world.deps, OutboxMail, OutboxMail.template == "alarm")
    world.fakes.clock.advance(DIGEST_PATIENCE)
    [signed] = dispose_due(world.deps, WORKER)
    all_gone(world)
    [disposal] = rows(world.deps, Disposal)
    assert (None, None, 21) == (disposal.ciphertext_sha256, disposal.ciphertext_bytes, disposal.objects)
    [alarm] = rows(world.deps, Alarm, Alarm.kind == STUCK)
    assert alarm.cleared_at is not None
    assert "disposal.digested" not in actions(world.deps)
    assert signed["body"]["reference"] == world.a.reference


def _pages(engine: Engine) -> bytes:
    """Return all bytes of the database's own files: its tables' on PostgreSQL, the file and its log on SQLite."""
    if engine.dialect.name == "sqlite":
        path = engine.url.database or ""
        return b"".join(each.read_bytes() for each in Path(path).parent.glob(f"{Path(path).name}*"))
    with engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        folder = Path(connection.execute(text("SHOW data_directory")).scalar_one())
        found = [
            connection.execute(text(f"SELECT pg_relation_filepath('{table.name}')")).scalar_one()
            for table in Base.metadata.sorted_tables
        ]
    return b"".join((folder / each).read_bytes() for each in found)


def test_the_databases_own_files_hold_nothing_of_it(world: World) -> None:
    """Neither pages that are in use nor such as were freed, nor SQLite's log; PostgreSQL's is another matter."""
    fill(world)
    engine = world.deps.engine
    documents = rows(world.deps, Document, Document.inspection_id == world.a.inspection, Document.sha256.is_not(None))
    canaries = [b"leader@example.org", b"Lena Leader", *(each.sha256 or b"" for each in documents)]
    canaries += [(each.sealed_details or b"")[-32:] for each in documents]
    before = _pages(engine)
    assert all(each in before for each in canaries)
    hold(world, world.b.inspection)
    wait_until_due(world)
    dispose(world.deps, WORKER, world.a.inspection)
    after = _pages(engine)
    assert [] == [each for each in canaries if each in after]


@contextmanager
def _in_the_way(engine: Engine) -> Iterator[None]:
    """Hold what compaction has to wait for: another's lock, or a reader that does not end."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE person IN SHARE UPDATE EXCLUSIVE MODE"))
        else:
            connection.execute(text("SELECT count(*) FROM person"))
        yield


def test_what_cannot_be_compacted_now_is_not_said_to_be(world: World) -> None:
    """It gives up after a while instead of standing in everybody's way, and a later run does it."""
    with _in_the_way(world.deps.engine), pytest.raises(StoreUnavailable, match="compacted"):
        compact(world.deps.engine, patience=0.1)
    compact(world.deps.engine, patience=0.1)
    upload(world.deps, world.leader.actor, world.a.inspection)
    assert 0 == count(world.deps, Certificate)
