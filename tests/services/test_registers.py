"""Agencies and their dated member authorities, as an administrator keeps them."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from portal.db.engine import reading
from portal.db.register_queries import agency_by_code, members_on
from portal.db.registers import AgencyMember
from portal.domain.actors import OPERATOR
from portal.domain.deadline import DeadlinePolicy
from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.form_registers import check_data_period
from portal.domain.registers import MAX_MEMBERSHIPS
from portal.domain.roles import Role
from portal.ports import Deps
from portal.services.announce import Announcement, Invitee, announce
from portal.services.programmes import edit_programme, programme_page
from portal.services.registers import (
    Member,
    add_agency,
    add_member,
    agency_page,
    correct_member,
    end_member,
    list_agencies,
    mark_voluntary,
    rename_agency,
    set_id_words,
)
from tests.services.looks import actions, count, trail_text
from tests.world import PROGRAMME, World

NORTH, SOUTH = "Northmoor Council", "Southdale Council"
FIRST = date(2018, 4, 1)


def on(world: World, day: date, code: str = "agency-a") -> list[str]:
    """Return an agency's members on a day."""
    with reading(world.deps.engine) as session:
        return members_on(session, agency_by_code(session, code).id, day)


def test_agencies_are_listed_a_page_at_a_time(deps: Deps) -> None:
    """By name, 25 to a page; a page beyond the end is the last one."""
    for number in range(26):
        add_agency(deps, OPERATOR, f"code-{number}", f"Adopt {number:02d}")
    first, second, beyond = (list_agencies(deps, OPERATOR, page) for page in (1, 2, 99))
    assert (25, 2, ["Adopt 25"]) == (len(first.rows), first.pages, [each.name for each in second.rows])
    assert second == beyond
    assert ["Adopt 00", "Adopt 01"] == [each.name for each in first.rows[:2]]


def test_members_are_counted_as_of_today(world: World) -> None:
    """Those of yesterday and of tomorrow are not among them."""
    admin = world.administrator.actor
    add_member(world.deps, admin, "agency-a", NORTH, FIRST)
    add_member(world.deps, admin, "agency-a", SOUTH, FIRST, date(2023, 10, 8))
    add_member(world.deps, admin, "agency-a", "Later Council", date(2023, 10, 10))
    assert [1, 0] == [each.members for each in list_agencies(world.deps, admin).rows]
    assert [False, True, False] == [each.now for each in agency_page(world.deps, admin, "agency-a").members]


def test_members_on_a_day_are_those_of_that_day(world: World) -> None:
    """First and last day count; another agency's members are not among them."""
    admin = world.administrator.actor
    add_member(world.deps, admin, "agency-a", SOUTH, FIRST, date(2021, 3, 31))
    add_member(world.deps, admin, "agency-a", NORTH, date(2021, 3, 31))
    add_member(world.deps, admin, "agency-b", "Eastcliff Council", FIRST)
    days = (date(2018, 3, 31), FIRST, date(2021, 3, 31), date(2021, 4, 1))
    assert [[], [SOUTH], [NORTH, SOUTH], [NORTH]] == [on(world, day) for day in days]


def test_an_agency_is_added_renamed_and_found(world: World) -> None:
    """Its code stays; the trail has ids and no names."""
    admin = world.administrator.actor
    add_agency(world.deps, admin, "new", " Adopt New ")
    rename_agency(world.deps, admin, "new", "Adopt Newer")
    view = agency_page(world.deps, admin, "new")
    assert ("new", "Adopt Newer", False, ()) == (view.code, view.name, view.voluntary, view.members)
    assert ["agency.added", "agency.renamed"] == actions(world.deps)[-2:]
    assert "Newer" not in trail_text(world.deps)


def test_a_code_is_taken_once(world: World) -> None:
    """Also by an agency that an announcement added."""
    with pytest.raises(Conflict, match="agency-a"):
        add_agency(world.deps, OPERATOR, "agency-a", "Another")


@pytest.mark.parametrize(("code", "name"), [("", "A"), ("a b", "A"), ("a", ""), ("a", "x" * 101)])
def test_code_and_name_must_be_fit(deps: Deps, code: str, name: str) -> None:
    """Refused with the field to mend."""
    with pytest.raises(Refused) as refused:
        add_agency(deps, OPERATOR, code, name)
    assert ("code" if name == "A" else "name") == refused.value.field


def test_a_voluntary_agency_cannot_be_announced(world: World) -> None:
    """Until the mark is taken away again (paragraph 14)."""
    wanted = Announcement(
        PROGRAMME,
        "agency-c",
        "Adoption C",
        [
            Invitee("new@example.org", "New", Role.leader),
            Invitee(world.lead_inspector.email, world.lead_inspector.name, Role.lead_inspector),
        ],
    )
    admin = world.administrator.actor
    add_agency(world.deps, admin, "agency-c", "Adoption C")
    mark_voluntary(world.deps, admin, "agency-c", voluntary=True)
    with pytest.raises(Refused, match="voluntary adoption agency"):
        announce(world.deps, admin, wanted)
    mark_voluntary(world.deps, admin, "agency-c", voluntary=False)
    assert "RAA-2023-03" == announce(world.deps, admin, wanted).reference


def test_an_authority_is_in_an_agency_once_at_a_time(world: World) -> None:
    """A second entry on some of the same days is refused, and nothing is written."""
    admin = world.administrator.actor
    add_member(world.deps, admin, "agency-a", NORTH, FIRST)
    with pytest.raises(Refused, match="already"):
        add_member(world.deps, admin, "agency-a", NORTH.upper(), date(2020, 1, 1))
    assert 1 == count(world.deps, AgencyMember)


def test_a_membership_is_ended_and_corrected(world: World) -> None:
    """It ends with its last day; a correction may give it other days, but not those of another entry."""
    admin = world.administrator.actor
    member = add_member(world.deps, admin, "agency-a", "Northmor", FIRST)
    correct_member(world.deps, admin, "agency-a", member, NORTH, FIRST, None)
    end_member(world.deps, admin, "agency-a", NORTH.lower(), date(2021, 3, 31))
    back = add_member(world.deps, admin, "agency-a", NORTH, date(2022, 4, 1))
    assert [[NORTH], [], [NORTH]] == [on(world, date(year, 3, 31)) for year in (2021, 2022, 2023)]
    with pytest.raises(Refused, match="already"):
        correct_member(world.deps, admin, "agency-a", back, NORTH, date(2021, 3, 31), None)
    assert actions(world.deps)[-1] == "member.added"


def test_what_is_no_member_cannot_end(world: World) -> None:
    """Nor can one that has ended before that day."""
    admin = world.administrator.actor
    add_member(world.deps, admin, "agency-a", NORTH, FIRST, date(2020, 1, 1))
    for name in (SOUTH, NORTH):
        with pytest.raises(Conflict, match="is no member of Adoption A"):
            end_member(world.deps, admin, "agency-a", name, date(2021, 3, 31))


def test_an_end_takes_the_membership_of_that_day(world: World) -> None:
    """Where an authority came back, an earlier time can be cut short and the later one stays."""
    admin = world.administrator.actor
    add_member(world.deps, admin, "agency-a", NORTH, FIRST, date(2020, 1, 1))
    add_member(world.deps, admin, "agency-a", NORTH, date(2022, 1, 1))
    end_member(world.deps, admin, "agency-a", NORTH, date(2019, 1, 1))
    assert [[NORTH], [], [NORTH]] == [on(world, date(year, 1, 1)) for year in (2019, 2020, 2022)]


def test_an_authority_in_two_agencies_at_once_is_warned_of(world: World) -> None:
    """On both agencies' pages, until one of the memberships is over before the other begins."""
    admin = world.administrator.actor
    add_member(world.deps, admin, "agency-a", NORTH, FIRST)
    other = add_member(world.deps, admin, "agency-b", NORTH.lower(), date(2021, 4, 1))
    for code, name in (("agency-a", "Adoption B"), ("agency-b", "Adoption A")):
        [warning] = agency_page(world.deps, admin, code).warnings
        assert f"is also a member of {name}" in warning
    end_member(world.deps, admin, "agency-a", NORTH, date(2021, 3, 31))
    assert () == agency_page(world.deps, admin, "agency-b").warnings
    correct_member(world.deps, admin, "agency-b", other, NORTH, date(2021, 3, 31), None)
    assert 1 == len(agency_page(world.deps, admin, "agency-b").warnings)


def test_memberships_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them stand on one page."""
    assert 200 == MAX_MEMBERSHIPS
    monkeypatch.setattr("portal.services.registers.MAX_MEMBERSHIPS", 1)
    add_member(world.deps, OPERATOR, "agency-a", NORTH, FIRST)
    with pytest.raises(Refused, match="up to"):
        add_member(world.deps, OPERATOR, "agency-a", SOUTH, FIRST)


def test_another_agencys_membership_is_unknown(world: World) -> None:
    """An id opens nothing under another agency's code, and an unknown one nothing at all."""
    member = add_member(world.deps, OPERATOR, "agency-a", NORTH, FIRST)
    for code, which in (("agency-b", member), ("agency-a", uuid4()), ("nowhere", member)):
        with pytest.raises(NotFound):
            correct_member(world.deps, OPERATOR, code, which, NORTH, FIRST, None)


def test_only_an_administrator_keeps_the_registers(world: World) -> None:
    """For everyone else there are none."""
    for person in world.everyone:
        if person != world.administrator:
            for act in (
                lambda who: list_agencies(world.deps, who),
                lambda who: agency_page(world.deps, who, "agency-a"),
                lambda who: add_agency(world.deps, who, "new", "New"),
                lambda who: rename_agency(world.deps, who, "agency-a", "New"),
                lambda who: mark_voluntary(world.deps, who, "agency-a", voluntary=True),
                lambda who: add_member(world.deps, who, "agency-a", NORTH, FIRST),
                lambda who: correct_member(world.deps, who, "agency-a", uuid4(), NORTH, FIRST, None),
                lambda who: end_member(world.deps, who, "agency-a", NORTH, FIRST),
            ):
                with pytest.raises(NotFound):
                    act(person.actor)


def test_what_the_a1_form_is_read_against_is_kept(world: World) -> None:
    """Three digits of an authority, words that begin case numbers and the days that the form covers, each judged."""
    deps, admin = world.deps, world.administrator.actor
    member = add_member(deps, admin, "agency-a", "Northdale", date(2020, 4, 1), number=" 383 ")
    assert "383" == _member(world, member).number
    correct_member(deps, admin, "agency-a", member, "Northdale", date(2020, 4, 1), None)
    assert "383" == _member(world, member).number
    correct_member(deps, admin, "agency-a", member, "Northdale", date(2020, 4, 1), None, number="")
    assert "" == _member(world, member).number
    for wrong in ("38", "3834", "38a", "３８３"):
        with pytest.raises(Refused, match="3 digits") as refused:
            add_member(deps, admin, "agency-a", "Southdale", date(2020, 4, 1), number=wrong)
        assert "number" == refused.value.field
    assert "ADOPT LEEDS" == set_id_words(deps, admin, "agency-a", " leeds, adopt;LEEDS ")
    assert "ADOPT LEEDS" == agency_page(deps, admin, "agency-a").id_words
    for words in ("LEEDS-", "X" * 13, "Ä", " ".join(f"W{each}" for each in range(21))):
        with pytest.raises(Refused) as refused:
            set_id_words(deps, admin, "agency-a", words)
        assert "words" == refused.value.field
    assert "" == set_id_words(deps, admin, "agency-a", " ")
    with pytest.raises(NotFound):
        set_id_words(deps, world.lead_inspector.actor, "agency-a", "LEEDS")
    days = (date(2022, 4, 1), date(2023, 3, 31))
    edit_programme(deps, admin, PROGRAMME, "Title", DeadlinePolicy.next_day, None, days)
    row = programme_page(deps, admin, PROGRAMME).programme
    assert days == (row.data_from, row.data_until)
    assert check_data_period(None, None) is None
    wrong_way = (days[1], days[0], "data_until_day")
    for first, last, field in ((None, days[1], "data_from_day"), (days[0], None, "data_until_day"), wrong_way):
        with pytest.raises(Refused) as refused:
            check_data_period(first, last)
        assert field == refused.value.field


def _member(world: World, member: UUID) -> Member:
    page = agency_page(world.deps, world.administrator.actor, "agency-a")
    return next(each for each in page.members if each.id == member)
