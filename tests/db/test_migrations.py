"""Migrations: up, down and up again, with data in every table, and no difference from the rows' definitions."""

import shutil
from datetime import date, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Engine, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import portal.db.checks
import portal.db.credentials
import portal.db.endings
import portal.db.exchanges
import portal.db.migrations
import portal.db.proposals
import portal.db.registers
from portal.db.credentials import (
    ApiToken,
    DirectoryIdentity,
    DirectoryVisit,
    Passkey,
    RecoveryCode,
    StepUp,
    Throttle,
    Totp,
)
from portal.db.endings import (
    Anchoring,
    CalendarFeed,
    CheckpointRow,
    ClockRow,
    CopyNotice,
    DisposalPlan,
    Hold,
    TrailBase,
)
from portal.db.engine import reading, writing
from portal.db.migrate import current, downgrade, draft, head, is_newest, upgrade
from portal.db.proposals import Proposal
from portal.db.registers import AgencyMember, BankHoliday
from portal.db.tables import Base, Inspection, WebSession
from portal.domain.roles import Role
from portal.services.ask_more import ask_more
from portal.services.declare import declare
from portal.services.dispose import dispose
from portal.services.explain import explain_gap
from portal.services.heartbeat import beat, confirm_clock
from portal.services.publish import publish
from portal.services.stewards import add_steward
from portal.services.thread import write
from tests.db.schemas import schema_of, tables_of
from tests.world import PROGRAMME, World, complete, session_for, upload

TABLES = Base.metadata.sorted_tables


def _live(world: World) -> None:
    """Let so much happen that every table has a row: one inspection is disposed of, the clock has leapt."""
    deps = world.deps
    _rest(world)
    complete(deps, world.leader.actor, world.a.inspection)
    upload(deps, world.leader_b.actor, world.b.inspection)
    explain_gap(deps, world.leader.actor, world.a.inspection, "annual-report", "not_held", "None was written.")
    declare(deps, world.leader.actor, world.a.inspection, {})
    session_for(deps, world.leader.id)
    add_steward(deps, world.administrator.actor, "new@example.org", "New Steward", Role.administrator)
    world.fakes.clock.advance(timedelta(days=30))
    publish(deps, world.dpo.actor, PROGRAMME, date(2023, 11, 1))
    world.fakes.clock.advance(timedelta(days=400))
    dispose(deps, world.dpo.actor, world.a.inspection)
    beat(deps)
    world.fakes.clock.advance(timedelta(days=2))
    beat(deps)


def _rest(world: World) -> None:
    """Let the desks have been used too."""
    deps, lead, inspection = world.deps, world.lead_inspector.actor, world.a.inspection
    write(deps, lead, inspection, "Which of the two is it?", asks=True)
    ask_more(deps, lead, inspection, "A rota", "", deps.clock.now() + timedelta(days=1))
    with writing(deps.engine) as session:
        agency = session.get_one(Inspection, inspection).agency_id
        session.add(AgencyMember(agency_id=agency, authority="Northshire", from_on=date(2020, 4, 1)))
        session.add(BankHoliday(on=date(2023, 5, 8), title="A coronation", added_at=deps.clock.now()))
        _credentials(session, world)
        _endings(session, world)


def _endings(session: Session, world: World) -> None:
    """Let there be a row of each table of the end of life that nothing else here fills."""
    now, dpo, inspection = world.deps.clock.now(), world.dpo.id, world.b.inspection
    session.add_all(
        [
            Hold(inspection_id=inspection, owner_id=dpo, placed_by="operator", placed_at=now, lifted_at=now),
            CopyNotice(inspection_id=inspection, person_id=dpo, downloads=1, asked_at=now),
            DisposalPlan(inspection_id=inspection, made_at=now, body="{}"),
            CheckpointRow(name="checkpoint-0", seq=0, made_at=now, body="{}"),
            Anchoring(name="checkpoint-0", anchor="folder", queued_at=now),
            TrailBase(seq=0, hash="0" * 64, pruned_at=now),
            CalendarFeed(person_id=dpo, token_hash=b"c", made_at=now),
        ]
    )


def _credentials(session: Session, world: World) -> None:
    """Let people and scripts have shown who they are, and a proposal wait."""
    now, dpo, inspection = world.deps.clock.now(), world.dpo.id, world.b.inspection
    signed_in = WebSession(
        id=uuid4(), token_hash=b"t", person_id=dpo, stage="full", factor="totp", created_at=now, last_seen_at=now
    )
    session.add(signed_in)
    session.flush()
    session.add_all(
        [
            Totp(person_id=dpo, sealed_secret=b"s", created_at=now),
            Passkey(person_id=dpo, credential_id=b"c", public_key=b"p", counter=0, label="Key", created_at=now),
            RecoveryCode(person_id=dpo, code_hash=b"r", made_at=now),
            Throttle(key=b"k", failures=1, last_at=now),
            StepUp(session_id=signed_in.id, purpose="bundle", granted_at=now),
            DirectoryIdentity(person_id=dpo, issuer="https://id.example", subject="1", created_at=now),
            DirectoryVisit(state_hash=b"v", sealed_flow=b"f", purpose="sign-in", next_path="/", made_at=now),
            ApiToken(
                inspection_id=inspection, purpose="send", token_hash=b"a", made_by=dpo, made_at=now, expires_at=now
            ),
            Proposal(kind="lift_hold", inspection_id=inspection, proposed_by=dpo, proposed_at=now, expires_at=now),
        ]
    )


def _rows(engine: Engine) -> dict[str, list[Any]]:
    with reading(engine) as session:
        return {
            table.name: sorted(map(repr, session.execute(select(*(c for c in table.c if c.name != "nickname")))))
            for table in TABLES
        }


def test_every_table_is_made_and_the_database_is_at_the_newest_revision(blank_engine: Engine) -> None:
    """An empty database has no revision; after the upgrade it has all tables and the head's."""
    assert None is current(blank_engine)
    assert not is_newest(blank_engine)
    upgrade(blank_engine)
    assert {table.name for table in TABLES} == tables_of(blank_engine)
    assert head() == current(blank_engine)
    assert is_newest(blank_engine)


def test_autogenerate_finds_no_difference(engine: Engine) -> None:
    """What the migrations make is what the rows say, as far as Alembic compares it."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [] == compare_metadata(context, Base.metadata)


def test_the_database_describes_migrated_tables_as_it_describes_declared_ones(blank_engine: Engine) -> None:
    """Checks, partial indexes and names are equal too, which Alembic does not compare."""
    with writing(blank_engine) as session:
        Base.metadata.create_all(session.connection())
    declared = schema_of(blank_engine)
    with writing(blank_engine) as session:
        Base.metadata.drop_all(session.connection())
    upgrade(blank_engine)
    assert declared == schema_of(blank_engine)


def test_every_constraint_has_the_name_that_the_convention_gives(engine: Engine) -> None:
    """A constraint without a name could not be dropped by a later migration."""
    found = inspect(engine)
    names = [
        constraint["name"]
        for table in TABLES
        for constraint in (
            found.get_pk_constraint(table.name),
            *found.get_foreign_keys(table.name),
            *found.get_unique_constraints(table.name),
            *found.get_check_constraints(table.name),
        )
    ]
    assert [] == [name for name in names if not name or name.partition("_")[0] not in {"pk", "fk", "uq", "ck"}]


def test_down_to_nothing_and_up_again_with_data_in_every_table(world: World) -> None:
    """The way down leaves no table behind, and the way up works as on a new database."""
    engine = world.deps.engine
    _live(world)
    assert [] == [name for name, rows in _rows(engine).items() if not rows]
    downgrade(engine, "base")
    assert set() == tables_of(engine)
    assert None is current(engine)
    upgrade(engine)
    assert {table.name for table in TABLES} == tables_of(engine)
    assert {"clock"} == {name for name, rows in _rows(engine).items() if rows}


def test_an_upgrade_of_a_database_that_is_newest_changes_nothing(world: World) -> None:
    """Running it at every start is harmless."""
    _live(world)
    before = _rows(world.deps.engine)
    upgrade(world.deps.engine)
    assert before == _rows(world.deps.engine)


def test_the_first_migration_makes_the_one_row_of_the_clock(engine: Engine) -> None:
    """Heartbeats lock that row, so it must be there, and there can be no other."""
    with reading(engine) as session:
        assert [(1, None, 0)] == [
            (row.id, row.heartbeat_at, row.offset_seconds) for row in session.scalars(select(ClockRow))
        ]
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.execute(insert(ClockRow).values(id=2))


def test_two_processes_that_start_at_once_upgrade_one_after_the_other(blank_engine: Engine) -> None:
    """Neither fails over the other's tables."""
    faults: list[BaseException] = []

    def run() -> None:
        try:
            upgrade(blank_engine)
        except BaseException as fault:  # noqa: BLE001 -- handed to the test
            faults.append(fault)

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == faults
    assert is_newest(blank_engine)


def test_an_unknown_revision_is_refused(engine: Engine) -> None:
    """A database is never taken to a revision that this version does not have."""
    with pytest.raises(CommandError):
        upgrade(engine, "9999")
    assert is_newest(engine)


@pytest.fixture
def scripts(tmp_path: Path) -> str:
    """A copy of the migrations, to which a test can add."""
    copy = tmp_path / "migrations"
    shutil.copytree(
        Path(portal.db.migrations.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__", "__init__.py")
    )
    return str(copy)


def _write(scripts: str, upgrade_lines: str, downgrade_lines: str = "pass") -> None:
    lines = (
        "import sqlalchemy as sa",
        "from alembic import op",
        f'revision, down_revision = "next", "{head()}"',
        f"def upgrade():\n    {upgrade_lines}",
        f"def downgrade():\n    {downgrade_lines}",
    )
    (Path(scripts) / "versions" / "next.py").write_text("\n".join(lines))


_ANEW = 'with op.batch_alter_table("person") as batch:\n        batch.alter_column("name", '


def test_a_table_that_others_refer_to_is_made_anew_without_losing_a_row(world: World, scripts: str) -> None:
    """The way of changing a table that the template asks for keeps rows, references and constraints."""
    _live(world)
    engine = world.deps.engine
    rows, schema = _rows(engine), schema_of(engine)
    _write(
        scripts,
        _ANEW + 'existing_type=sa.Text(), type_=sa.String(200)); batch.add_column(sa.Column("nickname", sa.Text()))',
        _ANEW + 'existing_type=sa.String(200), type_=sa.Text()); batch.drop_column("nickname")',
    )
    upgrade(engine, scripts=scripts)
    assert "next" == current(engine)
    assert rows == _rows(engine)
    downgrade(engine, head(), scripts=scripts)
    assert rows == _rows(engine)
    assert schema == schema_of(engine)
    confirm_clock(world.deps, world.dpo.actor)


def test_the_checks_and_partial_indexes_of_a_table_made_anew_are_kept(world: World, scripts: str) -> None:
    """What SQLite is told again when it makes a table anew is all that the table had."""
    _live(world)
    engine = world.deps.engine
    rows, schema = _rows(engine), schema_of(engine)
    _write(
        scripts,
        'with op.batch_alter_table("answer") as batch:\n'
        '        batch.alter_column("item", existing_type=sa.String(64), existing_nullable=False, type_=sa.Text())\n'
        '        batch.alter_column("item", existing_type=sa.Text(), existing_nullable=False, type_=sa.String(64))',
    )
    upgrade(engine, scripts=scripts)
    assert rows == _rows(engine)
    assert schema == schema_of(engine)


def test_a_migration_that_fails_half_way_leaves_the_database_as_it_was(world: World, scripts: str) -> None:
    """Tables and data are changed in one transaction, on both databases."""
    _live(world)
    engine = world.deps.engine
    rows, schema = _rows(engine), schema_of(engine)
    _write(scripts, 'op.drop_table("certificate"); op.execute("DELETE FROM answer"); op.execute("no such statement")')
    with pytest.raises(Exception, match="syntax error"):
        upgrade(engine, scripts=scripts)
    assert rows == _rows(engine)
    assert schema == schema_of(engine)
    assert is_newest(engine)


def test_a_migration_that_leaves_dangling_references_is_undone(world: World, scripts: str) -> None:
    """SQLite does not watch references while tables are made anew, so they are checked at the end."""
    engine = world.deps.engine
    rows = _rows(engine)
    _write(scripts, 'op.execute("DELETE FROM person")')
    with pytest.raises(RuntimeError if engine.dialect.name == "sqlite" else IntegrityError):
        upgrade(engine, scripts=scripts)
    assert rows == _rows(engine)


def test_references_are_watched_again_after_an_upgrade(world: World) -> None:
    """The connection goes back to the pool as strict as it was."""
    upgrade(world.deps.engine)
    with pytest.raises(IntegrityError), writing(world.deps.engine) as session:
        session.execute(text("DELETE FROM person"))


def test_the_next_migration_is_drafted_with_a_number_and_the_rules(engine: Engine, scripts: str) -> None:
    """The draft of a database that lacks nothing is numbered, empty, and tells the writer what to mind."""
    drafted = draft(engine, "say more", scripts=scripts)
    assert f"{int(head()) + 1:04d}_say_more.py" == drafted.name
    words = drafted.read_text()
    assert "It runs on SQLite and on PostgreSQL." in words
    assert f"down_revision = '{head()}'" in words
    upgrade(engine, scripts=scripts)
    assert drafted.name.startswith(str(current(engine)))


def test_a_hold_that_stood_before_holds_had_reasons_is_kept_as_one_to_be_reviewed(world: World) -> None:
    """Nothing that was held is let go by the migration, and nothing else gets a hold."""
    engine = world.deps.engine
    downgrade(engine, "0003")
    with engine.begin() as connection:
        connection.execute(text("UPDATE inspection SET held = true WHERE reference = :it"), {"it": world.a.reference})
    upgrade(engine)
    with reading(engine) as session:
        assert [(world.a.inspection, None, None, None)] == [
            (each.inspection_id, each.programme_id, each.owner_id, each.lifted_at)
            for each in session.scalars(select(Hold))
        ]
