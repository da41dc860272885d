"""Queries are scoped to the actor: what is not theirs looks exactly like what does not exist (rule 5)."""

from itertools import product
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from portal.db.engine import reading, writing
from portal.db.queries import (
    admit,
    document_in,
    inspection_by_reference,
    inspections_of,
    people_with,
    require_steward,
    roles_of,
    unfinished_uploads,
)
from portal.db.tables import Assignment
from portal.domain.actors import OPERATOR, WORKER, Actor, person_actor
from portal.domain.errors import NotAllowed, NotFound
from portal.domain.roles import STEWARDS, TEAM, Permission, Role, may
from tests.world import Someone, World, add_person, give_role, upload


def _admit(world: World, actor: Actor, inspection: UUID, permission: Permission) -> str:
    with reading(world.deps.engine) as session:
        return admit(session, actor, inspection, permission).reference


def test_another_agencys_inspection_answers_as_an_unknown_one(world: World) -> None:
    """The words are the same for every act, so that nobody learns which inspections there are."""
    nobody = add_person(world.deps, "nobody@example.org")
    for permission, outsider in product(Permission, (world.leader_b, world.lead_inspector_b, nobody)):
        with pytest.raises(NotFound) as unknown:
            _admit(world, outsider.actor, uuid4(), permission)
        with pytest.raises(NotFound) as others:
            _admit(world, outsider.actor, world.a.inspection, permission)
        assert str(unknown.value) == str(others.value)


def test_an_admission_follows_the_matrix_of_roles(world: World) -> None:
    """Within one's own inspection the role decides, and a refusal says who may."""
    roles: list[tuple[Someone, Role]] = [
        (world.leader, Role.leader),
        (world.contributor, Role.contributor),
        (world.lead_inspector, Role.lead_inspector),
        (world.inspector, Role.inspector),
        (world.qa_officer, Role.quality_assurance_officer),
        (world.administrator, Role.administrator),
        (world.dpo, Role.data_protection_officer),
    ]
    for permission, (person, role) in product(Permission, roles):
        if may(role, permission):
            assert world.a.reference == _admit(world, person.actor, world.a.inspection, permission)
        else:
            with pytest.raises(NotAllowed, match="can do this"):
                _admit(world, person.actor, world.a.inspection, permission)


def test_a_role_that_ended_opens_nothing(world: World) -> None:
    """From the end of a role on, the inspection is as unknown to its holder as any other."""
    with writing(world.deps.engine) as session:
        session.execute(
            update(Assignment)
            .where(Assignment.person_id == world.contributor.id)
            .values(ended_at=world.deps.clock.now())
        )
    with pytest.raises(NotFound):
        _admit(world, world.contributor.actor, world.a.inspection, Permission.view_task_list)


def test_each_sees_their_own_inspections_in_the_list_and_stewards_see_all(world: World) -> None:
    """The list is scoped as every single query is."""

    def seen(actor: Actor) -> list[str]:
        with reading(world.deps.engine) as session:
            return sorted(each.reference for each in inspections_of(session, actor))

    assert [world.a.reference] == seen(world.leader.actor)
    assert [world.b.reference] == seen(world.lead_inspector_b.actor)
    assert [world.a.reference, world.b.reference] == seen(world.administrator.actor)
    assert [] == seen(person_actor(uuid4()))
    assert [] == seen(WORKER)


def test_the_command_line_has_no_role_that_reads_documents(world: World) -> None:
    """The operator is a steward, the worker disposes, and neither may open what was sent."""
    with reading(world.deps.engine) as session:
        assert {None: STEWARDS} == roles_of(session, OPERATOR)
        assert {None: frozenset({Role.worker})} == roles_of(session, WORKER)
    for actor in (OPERATOR, WORKER):
        with pytest.raises(NotAllowed):
            _admit(world, actor, world.a.inspection, Permission.download_document)


def test_stewardship_is_asked_beyond_single_inspections(world: World) -> None:
    """A quality assurance officer may announce in the matrix, yet is no steward."""
    with reading(world.deps.engine) as session:
        require_steward(session, world.administrator.actor, Permission.announce)
        with pytest.raises(NotFound):
            require_steward(session, world.qa_officer.actor, Permission.announce)


def test_a_document_of_another_inspection_is_not_found(world: World) -> None:
    """An id that is right, asked for in the wrong inspection, answers as an unknown one."""
    document = upload(world.deps, world.leader.actor, world.a.inspection).document
    with reading(world.deps.engine) as session:
        assert document == document_in(session, world.a.inspection, document).id
        with pytest.raises(NotFound):
            document_in(session, world.b.inspection, document)
        with pytest.raises(NotFound):
            document_in(session, world.a.inspection, uuid4())


def test_the_people_of_an_inspection_are_those_who_hold_a_role_now(world: World) -> None:
    """Mails go to nobody whose role ended or who has none here."""
    late = add_person(world.deps, "late@example.org")
    give_role(world.deps, late.id, Role.inspector, world.a.inspection)
    with reading(world.deps.engine) as session:
        team = {person.id for person in people_with(session, TEAM, world.a.inspection)}
        assert {world.lead_inspector.id, world.inspector.id, world.qa_officer.id, late.id} == team
        assert [world.lead_inspector_b.id] == [each.id for each in people_with(session, TEAM, world.b.inspection)]
        assert {world.administrator.id, world.dpo.id} == {each.id for each in people_with(session, STEWARDS)}


def test_an_inspection_is_found_by_its_reference_for_the_operator(world: World) -> None:
    """The command line names inspections as people do, and an unknown one is said to be unknown."""
    with reading(world.deps.engine) as session:
        assert world.b.inspection == inspection_by_reference(session, world.b.reference).id
        with pytest.raises(NotFound, match="RAA-1999-01"):
            inspection_by_reference(session, "RAA-1999-01")


def test_an_upload_that_did_not_finish_is_listed_until_its_slot_is_filled(world: World) -> None:
    """The task list says that a file did not arrive, and stops saying so once one did."""

    def cut() -> list[str]:
        with reading(world.deps.engine) as session:
            return [row.state for row in unfinished_uploads(session, world.a.inspection)]

    def broken() -> bytes:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        upload(world.deps, world.leader.actor, world.a.inspection, data=(broken() for _ in range(1)))
    assert ["abandoned"] == cut()
    upload(world.deps, world.leader.actor, world.a.inspection, "annual-report")
    assert ["abandoned"] == cut()
    upload(world.deps, world.leader.actor, world.a.inspection)
    assert [] == cut()
