"""Whether the sheets agree with each other (X)."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from portal.domain.a1.compare import hit, unread
from portal.domain.a1.form import CannotRun, Form, Hit
from portal.domain.a1.registry import CHECK, ERROR, rule
from portal.domain.a1.structure import listed
from portal.domain.a1.tables import shown
from schemas.texts import say

_DATES: Final = ("match_date", "placed_date", "adoption_order_date")
_ENDS: Final = ("disruption_date", "reversal_date")
_SHARED: Final = (
    *("status", "approval_date", "match_date", "placed_date", "adoption_order_date"),
    "household_legal_status",
)
_CHILDREN_TYPES: Final = frozenset({"CHILD_PRE_ORDER", "ADOPTED_CHILD"})
_FAMILIES: Final = ("Children.family_id", "Adopters.family_id")


@rule(
    "X01",
    ERROR,
    say("The agency approved this child’s adopters (OWN), but the family is not in the sheet Adopters."),
    say("Check the number of the family in both sheets, or who approved the adopters."),
    *_FAMILIES,
    "Children.adopter_source",
)
def family_unknown(form: Form) -> Iterator[Hit]:
    """X01."""
    children, known = form.table("Children"), set(form.table("Adopters").keys("family_id"))
    for at, key in enumerate(children.keys("family_id")):
        if key and key not in known and children.values("adopter_source")[at] == "OWN":
            yield hit(children, at, "family_id")


@rule(
    "X02",
    CHECK,
    say("Adopters are matched or have a child placed, but no child in the sheet Children is in their family."),
    say("Check the number of the family in both sheets. If the child is another agency’s, you need not do anything."),
    *_FAMILIES,
    "Adopters.status",
)
def children_elsewhere(form: Form) -> Iterator[Hit]:
    """X02."""
    adopters, known = form.table("Adopters"), set(form.table("Children").keys("family_id"))
    for at, key in enumerate(adopters.keys("family_id")):
        if key and key not in known and adopters.values("status")[at] in ("MATCHED", "PLACED", "ORDER_MADE"):
            yield hit(adopters, at, "family_id")


def _differing(form: Form, *, several: bool) -> Iterator[Hit]:
    children, adopters = form.table("Children"), form.table("Adopters")
    homes, families = adopters.groups("family_id"), children.groups("family_id")
    shared = [(rows, homes[key]) for key, rows in families.items() if key in homes and (len(rows) > 1) == several]
    for column in _DATES:
        ours, theirs = children.values(column), adopters.values(column)
        for rows, home in shared:
            at_home = {theirs[at] for at in home} - {None}
            days: list[date] = [ours[at] for at in rows if ours[at]]
            if days and at_home and not all(min(days) <= day <= max(days) for day in at_home):
                beside = listed([f"Adopters {shown(day)}" for day in sorted(at_home)])
                for at in rows:
                    if ours[at]:
                        yield Hit("Children", column, at, f"{children.shown(at, column)} ({beside})")


@rule(
    "X03",
    ERROR,
    say("The date is another one in the sheet Adopters for the same family."),
    say("Check the date in both sheets and put the wrong one right."),
    *_FAMILIES,
)
def dates_differ(form: Form) -> Iterator[Hit]:
    """X03."""
    return _differing(form, several=False)


@rule(
    "X03c",
    CHECK,
    say(
        "The date stands in one of the two sheets only, or the family has several children, and the date in the sheet "
        "Adopters lies outside their dates."
    ),
    say("Check the date in both sheets."),
    *_FAMILIES,
)
def dates_perhaps_differ(form: Form) -> Iterator[Hit]:
    """X03: between the first and the last of several children; and what one sheet alone has."""
    yield from _differing(form, several=True)
    children, homes = form.table("Children"), form.table("Adopters").groups("family_id")
    sources = zip(children.keys("family_id"), children.values("adopter_source"), strict=True)
    own = {key for key, source in sources if source == "OWN"}
    over = [any(days) for days in zip(*map(children.values, _ENDS), strict=True)]
    lasting = [
        ([at for at in rows if not over[at]], homes[key])
        for key, rows in children.groups("family_id").items()
        if key in own and key in homes
    ]
    for column in _DATES:
        if children.has(column) and form.table("Adopters").has(column):
            yield from _one_sided(form, column, lasting)


def _one_sided(form: Form, column: str, families: Iterable[tuple[list[int], list[int]]]) -> Iterator[Hit]:
    """Yield the blank cells of families whose date one sheet has, given the rows of each in both."""
    children, adopters = form.table("Children"), form.table("Adopters")
    ours, theirs = children.values(column), adopters.values(column)
    unclear, unclear_home = unread(children, column, *_ENDS), unread(adopters, column)
    for rows, home in families:
        days, days_home = {ours[at] for at in rows} - {None}, {theirs[at] for at in home} - {None}
        if rows and bool(days) != bool(days_home) and unclear.isdisjoint(rows) and unclear_home.isdisjoint(home):
            here, there, blank = (adopters, "Children", home) if days else (children, "Adopters", rows)
            beside = listed([f"{there} {shown(day)}" for day in sorted(days or days_home)])
            for at in blank:
                yield Hit(here.sheet.code, column, at, f"{here.shown(at, column)} ({beside})")


def _counted(form: Form, *, perhaps: bool) -> Iterator[Hit]:
    children, adopters = form.table("Children"), form.table("Adopters")
    families, keys = children.groups("family_id"), adopters.keys("family_id")
    placed, over = children.values("placed_date"), children.values("disruption_date")
    unclear = unread(children, "placed_date", "disruption_date")
    for at, given in adopters.each("children_placed"):
        rows, count = [row for row in families.get(keys[at] or "", ()) if placed[row]], given or 0
        wrong = count < sum(not over[row] for row in rows)
        if keys[at] and count != len(rows) and wrong != perhaps and unclear.isdisjoint(families.get(keys[at], ())):
            beside = f"(Children {len(rows)})"
            yield Hit("Adopters", "children_placed", at, f"{adopters.shown(at, 'children_placed')} {beside}")


@rule(
    "X04",
    ERROR,
    say("More children are placed with the family in Children than the number of children placed says."),
    say("Check the number, and the family and date of placement of each child."),
    *_FAMILIES,
    "Adopters.children_placed",
    "Children.placed_date",
)
def number_too_small(form: Form) -> Iterator[Hit]:
    """X04: nobody but these children can account for it."""
    return _counted(form, perhaps=False)


@rule(
    "X04c",
    CHECK,
    say("The number of children placed is not that of the children who are placed with the family in Children."),
    say(
        "Check the number of children, and that of the family. If a placement broke down, or others are another "
        "agency’s or were adopted before the period, you need not do anything."
    ),
    *_FAMILIES,
    "Adopters.children_placed",
    "Children.placed_date",
)
def number_of_others(form: Form) -> Iterator[Hit]:
    """X04: others may be another agency's or out of scope (T03), and a child whose placement broke down may not count.

    A household that waits again has no placement in its own row (R22, R24), so that it could not put an error right.
    """
    return _counted(form, perhaps=True)


@rule(
    "X05",
    ERROR,
    say("The two adopters of one household differ where they should not."),
    say("Give both the same status, legal status and dates from the approval on."),
    "Adopters.family_id",
)
def household_differs(form: Form) -> Iterator[Hit]:
    """X05."""
    table = form.table("Adopters")
    homes = [rows for rows in table.groups("family_id").values() if len(rows) > 1]
    for column in _SHARED:
        values: list[Any] = table.values(column)
        unclear = unread(table, column)
        for rows in homes:
            if len({values[at] for at in rows}) > 1 and unclear.isdisjoint(rows):
                for at in rows:
                    others = [f"{table.letter(column)}{table.numbers[row]}" for row in rows if row != at]
                    yield Hit("Adopters", column, at, f"{table.shown(at, column)} ({listed(others)})")


@rule(
    "X06",
    ERROR,
    say("The person is a child here and an adopter in the sheet Adopters, or the other way round."),
    say("Check who is supported, and the person’s number."),
    "Support.person_id",
    "Support.person_type",
    "Children.child_id",
    "Adopters.adopter_id",
)
def person_is_another(form: Form) -> Iterator[Hit]:
    """X06."""
    support = form.table("Support")
    children, adopters = set(form.table("Children").keys("child_id")), set(form.table("Adopters").keys("adopter_id"))
    for at, kind in support.each("person_type"):
        key = support.keys("person_id")[at]
        if key and ((kind in _CHILDREN_TYPES and key in adopters) or (kind == "ADOPTER" and key in children)):
            yield hit(support, at, "person_type")


@rule(
    "X07",
    CHECK,
    say("The child is supported before an adoption order and is not in the sheet Children."),
    say("Check the child’s number in both sheets."),
    "Support.person_id",
    "Support.person_type",
    "Children.child_id",
)
def child_unknown(form: Form) -> Iterator[Hit]:
    """X07."""
    support, known = form.table("Support"), set(form.table("Children").keys("child_id"))
    for at, kind in support.each("person_type"):
        key = support.keys("person_id")[at]
        if key and kind == "CHILD_PRE_ORDER" and key not in known:
            yield hit(support, at, "person_id")


@rule(
    "X09c",
    CHECK,
    say("Members of the agency have no child in the sheet: {authorities}."),
    say("Check that the data of every member are there. If there are no such children, you need not do anything."),
    "Children.responsible_la",
)
def authority_without_rows(form: Form) -> Iterator[Hit]:
    """X09: members on any day of the period."""
    if not form.against.authorities:
        raise CannotRun
    table = form.table("Children")
    missing = sorted(form.against.members - set(table.values("responsible_la")))
    if missing and len(table) and not unread(table, "responsible_la"):
        yield Hit("Children", "responsible_la", gaps={"authorities": listed(missing)})
