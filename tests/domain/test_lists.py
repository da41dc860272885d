"""Contacts and meetings as they are typed."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.lists import (
    CONTACT_FIELDS,
    LONGEST_CELL,
    MEETING_FIELDS,
    Contact,
    Meeting,
    ask_about_contacts,
    ask_about_meetings,
    check_contacts,
    check_meetings,
    known_as,
    tidy,
)

DAY = date(2023, 10, 9)
ANN = {"authority": "Leeds", "name": "Ann", "role": "Manager", "email": "ann@leeds.example", "telephone": ""}
PANEL = {"day": "17", "month": "10", "year": "2023", "time": "2pm", "title": "Panel", "place": "Hall", "observe": "yes"}
CELLS = st.text(max_size=12) | st.sampled_from(["", " ", "=1+1", "a@b.example", "yes", "12", "2023"])


def test_a_contact_is_read() -> None:
    """Space around what was typed is no part of it; rows in which nothing was typed are none."""
    rows = {1: ANN | {"name": "  Ann \t Lee "}, 2: dict.fromkeys(CONTACT_FIELDS, " "), 7: {}}
    assert ((Contact("Leeds", "Ann Lee", "Manager", "ann@leeds.example"),), {}) == check_contacts(rows, ())


def test_the_first_rows_are_the_members() -> None:
    """The authority of a member's row is the member, whatever is sent; an untouched one is no contact."""
    rows = {1: ANN | {"authority": "Forged"}, 2: {"authority": "York"}, 3: ANN | {"authority": "Hull"}}
    contacts, faults = check_contacts(rows, ("Leeds", "York"))
    assert ({}, ["Leeds", "Hull"]) == (faults, [each.authority for each in contacts])


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"authority": ""}, "authority-1", "Enter the local authority of contact 1"),
        ({"name": ""}, "name-1", "Enter the name of the contact for Leeds"),
        ({"email": "ann"}, "email-1", "must be in the correct format"),
        ({"email": ""}, "email-1", "Enter an email address or a telephone number of the contact for Leeds"),
        ({"role": "x" * 201}, "role-1", "200 characters or fewer"),
        ({"authority": "Leeds", "name": "", "role": "", "email": ""}, "name-1", "Enter the name"),
    ],
)
def test_what_a_contact_lacks_is_said(changes: dict[str, str], field: str, message: str) -> None:
    """At the field where it can be mended."""
    _contacts, faults = check_contacts({1: ANN | changes}, ())
    assert message in faults[field]


def test_a_telephone_number_alone_will_do() -> None:
    """Somebody can be reached by it."""
    assert {} == check_contacts({1: ANN | {"email": "", "telephone": "+44 20 7946 0000"}}, ())[1]


def test_an_empty_list_is_none() -> None:
    """There is nothing to send then, and it is said so."""
    assert ((), {"": "Enter at least one contact"}) == check_contacts({}, ("Leeds",))
    assert "say that none is arranged" in check_meetings({1: {}})[1][""]


def test_members_without_a_contact_are_asked_about() -> None:
    """They are named, and so is an authority that is no member on that day."""
    contacts = [Contact("leeds  Council", "Ann"), Contact("Exeter", "Bo"), Contact("Hull", "Cy")]
    members = ("Leeds", "York", "Bath & Wells")
    assert (
        "There is no contact for York and Bath & Wells.",
        "Exeter and Hull are not members of your agency on Monday 9 October 2023, as far as we know.",
    ) == ask_about_contacts(contacts, members, DAY)
    assert () == ask_about_contacts([Contact("Leeds", "Ann")], ("LEEDS",), DAY)
    assert () == ask_about_contacts(contacts, (), DAY)


@pytest.mark.parametrize(("one", "other"), [("Leeds City Council", " leeds city"), ("Bath & Wells", "Bath and Wells")])
def test_an_authority_is_known_however_it_is_written(one: str, other: str) -> None:
    """Capitals, spaces, the ampersand and "Council" make no other authority of it."""
    assert known_as(one) == known_as(other)


def test_meetings_are_read_in_order_of_time() -> None:
    """Whatever the order of the rows."""
    rows = {1: PANEL, 2: PANEL | {"day": "16", "time": "", "observe": "no"}, 3: PANEL | {"time": "9:30"}, 4: {}}
    meetings, faults = check_meetings(rows)
    assert {} == faults
    assert [
        (date(2023, 10, 16), None, False),
        (date(2023, 10, 17), time(9, 30), True),
        (date(2023, 10, 17), time(14), True),
    ] == [(each.on, each.at, each.observe) for each in meetings]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day": "32"}, "day-1"),
        ({"day": "", "month": "", "year": ""}, "day-1"),
        ({"time": "late"}, "time-1"),
        ({"title": " "}, "title-1"),
        ({"title": "x" * 201}, "title-1"),
        ({"place": ""}, "place-1"),
        ({"observe": ""}, "observe-1"),
        ({"observe": "perhaps"}, "observe-1"),
    ],
)
def test_what_a_meeting_lacks_is_said(changes: dict[str, str], field: str) -> None:
    """At the field where it can be mended, naming the meeting."""
    _meetings, faults = check_meetings({1: PANEL | changes})
    assert [field] == list(faults)
    assert "meeting 1" in faults[field]


def test_meetings_on_other_days_are_asked_about() -> None:
    """A meeting that is not during the inspection may be a slip."""
    inside = Meeting(date(2023, 10, 16), None, "Panel", "Hall", observe=True)
    outside = Meeting(date(2023, 11, 16), None, "Panel", "Hall", observe=True)
    first, last = date(2023, 10, 16), date(2023, 10, 19)
    assert () == ask_about_meetings([inside], first, last)
    [said] = ask_about_meetings([inside, outside], first, last)
    assert said == (
        "Thursday 16 November 2023 is not a day of the inspection, which is from Monday 16 October 2023 "
        "to Thursday 19 October 2023."
    )


@given(st.text())
def test_tidy_leaves_one_line_that_stays_as_it_is(text: str) -> None:
    """No line break, control or mark of direction is left, and tidying again changes nothing."""
    kept = tidy(text)
    assert kept == tidy(kept)
    assert not set(kept) & set("\t\r\n\x00\x1b\u202e\u2066\ufffe")


@given(st.dictionaries(st.integers(1, 9), st.fixed_dictionaries(dict.fromkeys(CONTACT_FIELDS, CELLS))))
def test_whatever_is_typed_is_contacts_or_faults(rows: dict[int, dict[str, str]]) -> None:
    """Without faults every contact has a name, an authority and a way to be reached; nothing raises."""
    contacts, faults = check_contacts(rows, ("Leeds",))
    assert contacts or faults
    if not faults:
        assert all(each.authority and each.name and (each.email or each.telephone) for each in contacts)
        assert all(len(cell) <= LONGEST_CELL for each in contacts for cell in vars(each).values())


@given(st.dictionaries(st.integers(1, 9), st.fixed_dictionaries(dict.fromkeys(MEETING_FIELDS, CELLS))))
def test_whatever_is_typed_is_meetings_or_faults(rows: dict[int, dict[str, str]]) -> None:
    """Nothing raises, and what has no faults has all that a meeting needs."""
    meetings, faults = check_meetings(rows)
    assert meetings or faults
    assert faults or all(each.title and each.place and each.on.year > 1 for each in meetings)
