"""Who may take which part: one side of a programme, no steward in an inspection, and posts that are never empty."""

from uuid import uuid4

import pytest

from portal.domain.errors import Conflict, Refused
from portal.domain.people import (
    MAX_CONTRIBUTORS,
    Holder,
    Post,
    assignment_warnings,
    check_appointment,
    check_leaves,
    check_room,
    check_steward_leaves,
)
from portal.domain.roles import PROVIDER, STEWARDS, TEAM, Role

HERE, ELSEWHERE = uuid4(), uuid4()
CAN_ACT, INVITED, DISABLED = Holder(True, True), Holder(True, False), Holder(False, True)


def _post(role: Role, programme: object = HERE) -> Post:
    return Post(role) if role in STEWARDS else Post(role, uuid4(), programme)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", sorted(PROVIDER | TEAM))
@pytest.mark.parametrize("held", sorted(PROVIDER | TEAM))
def test_nobody_is_on_both_sides_within_a_programme(held: Role, role: Role) -> None:
    """Whoever is inspected in a programme does not inspect in it, nor the other way round; elsewhere they may."""
    check_appointment([_post(held, ELSEWHERE)], role, HERE)
    if (held in TEAM) == (role in TEAM):
        check_appointment([_post(held)], role, HERE)
    else:
        with pytest.raises(Refused, match="on both sides") as refused:
            check_appointment([_post(held)], role, HERE)
        assert "email" == refused.value.field


@pytest.mark.parametrize("role", sorted(PROVIDER | TEAM))
@pytest.mark.parametrize("steward", sorted(STEWARDS))
def test_stewards_take_part_in_no_inspection(steward: Role, role: Role) -> None:
    """In no programme at all, whichever role was there first."""
    with pytest.raises(Refused, match="is a steward"):
        check_appointment([_post(steward)], role, HERE)
    with pytest.raises(Refused, match="takes part in an inspection"):
        check_appointment([_post(role, ELSEWHERE)], steward)


def test_one_person_may_hold_both_stewardships() -> None:
    """A small service has few people."""
    check_appointment([_post(Role.administrator)], Role.data_protection_officer)
    check_appointment([], Role.administrator)


def test_contributors_have_a_limit() -> None:
    """Up to 20 at once."""
    check_room(MAX_CONTRIBUTORS - 1)
    with pytest.raises(Conflict, match="up to 20 contributors"):
        check_room(MAX_CONTRIBUTORS)


@pytest.mark.parametrize("role", sorted(PROVIDER | TEAM))
def test_leader_and_lead_inspector_do_not_leave(role: Role) -> None:
    """They are replaced instead; everybody else may go."""
    if role in {Role.leader, Role.lead_inspector}:
        with pytest.raises(Conflict, match="always has a"):
            check_leaves(role)
    else:
        check_leaves(role)


@pytest.mark.parametrize(
    ("role", "inspectors", "replaces", "words"),
    [
        (Role.inspector, 3, False, []),
        (Role.inspector, 4, False, ["4 inspectors"]),
        (Role.lead_inspector, 3, True, ["is replaced"]),
        (Role.lead_inspector, 4, True, ["is replaced", "4 inspectors"]),
        (Role.quality_assurance_officer, 5, False, []),
        (Role.contributor, 5, False, []),
    ],
)
def test_what_is_confirmed_before_a_role_is_given(
    role: Role, inspectors: int, replaces: bool, words: list[str]
) -> None:
    """A fourth inspector (§12), and the end of somebody's role."""
    warnings = assignment_warnings(role, inspectors, replaces=replaces)
    assert len(words) == len(warnings)
    assert all(word in warning for word, warning in zip(words, warnings, strict=True))


@pytest.mark.parametrize(
    ("leaving", "others", "may"),
    [
        (CAN_ACT, [CAN_ACT], True),
        (CAN_ACT, [], False),
        (CAN_ACT, [INVITED, DISABLED], False),
        (INVITED, [INVITED], True),
        (INVITED, [DISABLED], False),
        (INVITED, [CAN_ACT], True),
        (DISABLED, [], True),
    ],
)
def test_the_last_steward_who_can_act_stays(leaving: Holder, others: list[Holder], may: bool) -> None:
    """Somebody who only was invited, or whose account is disabled, is no substitute for one who can sign in."""
    if may:
        check_steward_leaves(Role.administrator, leaving, others)
    else:
        with pytest.raises(Conflict, match="last administrator"):
            check_steward_leaves(Role.administrator, leaving, others)
