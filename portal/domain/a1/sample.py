"""Synthetic A1 forms of any size, from a seed: rows that agree with each other and tell of nobody.

They feed the tests, the benches and whoever tries the form out. The same numbers give the same form.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from portal.domain.a1.recipe import Recipe, Row, SampleForm, Table

_ETHNICITIES = ("WBRI", "WOTH", "MWBC", "MOTH", "APKN", "AIND", "BAFR", "BCRB", "UNKNOWN")
_CHILDREN = (("FAMILY_FINDING", ""), ("AWAITING_PO", ""), ("MATCHED", "OWN"), ("MATCHED", "VAA"), ("PLACED", "OWN"),
             ("PLACED", "VAA"), ("ADOPTED", "OWN"), ("ADOPTED", "VAA"), ("REVERSED", ""))  # fmt: skip
"""The first rows are one of each kind, so that every fault finds what it needs; later ones are drawn from these."""
_FAMILIES = {"MATCHED": "MATCHED", "PLACED": "PLACED", "ADOPTED": "ORDER_MADE"}
_HOUSEHOLDS = ("APPROVED_WAITING", "STAGE2", "LEFT", "STAGE1", "ENQUIRY")
"""Those without a child, one of each kind first."""
_EPISODES = ("ACTIVE", "CLOSED", "ASSESSING", "REFERRED", "WAITING")
_PEOPLE = ("ADOPTED_ADULT", "ADOPTER", "CHILD_PRE_ORDER", "ADOPTED_CHILD", "BIRTH_PARENT")
_TYPES = ("CONTACT", "THERAPY", "LIFE_STORY", "EDUCATION", "GROUP", "TRAINING", "COUNSELLING", "ADVICE")


@dataclass(frozen=True)
class _Story:
    """The dates of one child's, or one family's, way through adoption."""

    decided: date
    ordered_placement: date | None = None
    matched: date | None = None
    placed: date | None = None
    adopted: date | None = None
    reversed: date | None = None


@dataclass(frozen=True)
class _Family:
    id: str
    status: str
    story: _Story
    children: int
    adopters: int


@dataclass
class _Maker:
    recipe: Recipe
    draw: random.Random
    families: list[_Family] = field(default_factory=list)
    spoken_for: int = 0
    """Rows of adopters that the families of children take."""

    def before(self, day: date, least: int, most: int) -> date:
        """Return a day that lies between `least` and `most` days before this one."""
        return day - timedelta(days=self.draw.randint(least, most))

    def within(self) -> date:
        """Return a day of the period."""
        return self.before(self.recipe.last, 0, (self.recipe.last - self.recipe.first).days)

    def yes(self, chance: float) -> bool:
        """Say yes with this chance."""
        return self.draw.random() < chance


def make_sample(recipe: Recipe) -> SampleForm:
    """Return a form in which every rule of the A1 form is kept, with `rows` rows on each sheet."""
    maker = _Maker(recipe, random.Random(recipe.seed))  # noqa: S311 -- nothing here is a secret
    children = _children(maker)
    adopters = _adopters(maker)
    support = _support(maker, children, adopters)
    rows = {"Children": children, "Adopters": adopters, "Support": support}
    tables = {
        sheet.code: Table([column.name for column in sheet.columns], rows[sheet.code])
        for sheet in recipe.definition.sheets
    }
    return SampleForm(_cover(recipe), tables)


def _cover(recipe: Recipe) -> Row:
    own = recipe.definition
    return {
        "template_id": own.template_id,
        "template_version": own.template_version,
        "period_start": recipe.first,
        "period_end": recipe.last,
        "raa_code": recipe.raa_code,
        "completed_on": recipe.last,
        "completed_by_role": "Data manager",
    }


def _children(maker: _Maker) -> list[Row]:
    rows: list[Row] = []
    wanted = maker.recipe.rows
    while len(rows) < wanted:
        early = len(rows) < len(_CHILDREN)
        status, source = _CHILDREN[len(rows)] if early else maker.draw.choice(_CHILDREN)
        siblings = 2 if not early and wanted - len(rows) >= 2 and maker.yes(0.2) else 1
        story = _story(maker, status)
        family = _family(maker, status, story, source, siblings) if source else ""
        if source == "OWN" and not family:  # every row of adopters has its family already
            family, source = f"V-{len(rows) + 1:05d}", "VAA"
        for _ in range(siblings):
            rows.append(_child(maker, len(rows) + 1, status, story, family, source, siblings))
    return rows


def _story(maker: _Maker, status: str) -> _Story:
    last = maker.recipe.last
    if status == "AWAITING_PO":
        return _Story(maker.before(last, 0, 200))
    if status == "FAMILY_FINDING":
        ordered = maker.before(last, 0, 400)
        return _Story(maker.before(ordered, 0, 60), ordered)
    if status == "REVERSED":
        ended = maker.within()
        return _Story(maker.before(ended, 30, 400), reversed=ended)
    adopted = maker.within() if status == "ADOPTED" else None
    placed = maker.before(adopted, 80, 300) if adopted else None
    placed = maker.before(last, 0, 200) if status == "PLACED" else placed
    matched = maker.before(placed, 10, 60) if placed else maker.before(last, 2, 100)
    ordered = maker.before(matched, 30, 300)
    return _Story(maker.before(ordered, 0, 60), ordered, matched, placed, adopted)


def _family(maker: _Maker, status: str, story: _Story, source: str, children: int) -> str:
    """Return the family's id; "" where it should be one of this form's and there is no row left for it."""
    if source != "OWN":
        return f"V-{maker.draw.randrange(10**5):05d}"
    size = 2 if not maker.families else maker.draw.choice((1, 2))
    if maker.spoken_for + size > maker.recipe.rows - min(maker.recipe.rows // 2, len(_HOUSEHOLDS)):
        return ""
    maker.spoken_for += size
    made = _Family(f"F-{len(maker.families) + 1:05d}", _FAMILIES[status], story, children, size)
    maker.families.append(made)
    return made.id


def _child(maker: _Maker, number: int, status: str, story: _Story, family: str, source: str, siblings: int) -> Row:
    entered = maker.before(story.decided, 40, 400)
    early = bool(story.placed) and maker.yes(0.15)
    return {
        "child_id": f"C-{number:05d}",
        "family_id": family or None,
        "responsible_la": maker.draw.choice(maker.recipe.authorities),
        "sex": maker.draw.choice("MF"),
        "ethnicity": maker.draw.choice(_ETHNICITIES),
        "birth_month": f"{maker.before(entered, 31, 2200):%Y-%m}",
        "disability": maker.draw.choice("NNNY"),
        "sibling_group": "Y" if siblings > 1 else "N",
        "siblings_together": siblings if siblings > 1 else None,
        "siblings_apart": 0 if siblings > 1 else None,
        "entered_care_date": entered,
        "adm_decision_date": story.decided,
        "placement_order_date": story.ordered_placement,
        "early_permanence": "FFA" if early else "NONE",
        "early_permanence_date": story.matched if early else None,
        "match_date": story.matched,
        "placed_date": story.placed,
        "adopter_source": source or None,
        "adoption_order_date": story.adopted,
        "adopted_by_foster_carer": "N" if story.adopted else None,
        "reversal_date": story.reversed,
        "reversal_reason": "RD1" if story.reversed else None,
        "status": status,
        "allocated_team": "Family finding team" if status == "FAMILY_FINDING" else None,
    }


def _adopters(maker: _Maker) -> list[Row]:
    rows: list[Row] = []
    for family in maker.families:
        dates = _assessed(maker, family.story.matched and maker.before(family.story.matched, 10, 200))
        dates |= {"match_date": family.story.matched, "placed_date": family.story.placed}
        dates |= {"adoption_order_date": family.story.adopted}
        dates |= {"children_placed": family.children if family.story.placed else None}
        rows += _household(maker, family.id, family.status, family.adopters, dates, len(rows))
    number = len(maker.families)
    while len(rows) < maker.recipe.rows:
        number += 1
        status = _HOUSEHOLDS[(number - len(maker.families) - 1) % len(_HOUSEHOLDS)]
        first = number <= len(maker.families) + len(_HOUSEHOLDS)
        size = 1 if first else min(maker.draw.choice((1, 2)), maker.recipe.rows - len(rows))
        rows += _household(maker, f"F-{number:05d}", status, size, _under_way(maker, status), len(rows))
    return rows


def _under_way(maker: _Maker, status: str) -> Row:
    """Return the dates of a household that has no child yet."""
    last = maker.recipe.last
    if status == "APPROVED_WAITING":
        return _assessed(maker, maker.before(last, 0, 300))
    if status == "LEFT":
        left = maker.within()
        return {"enquiry_date": maker.before(left, 20, 200), "left_date": left, "left_reason": "WITHDREW"}
    if status == "ENQUIRY":
        return {"enquiry_date": maker.before(last, 0, 150)}
    if status == "STAGE1":
        begun = maker.before(last, 0, 60)
        return {"enquiry_date": maker.before(begun, 5, 40), "stage1_start": begun}
    begun = maker.before(last, 0, 100)
    return _first_stage(maker, begun) | {"stage2_start": begun}


def _first_stage(maker: _Maker, second: date) -> Row:
    ended = maker.before(second, 0, 30)
    begun = maker.before(ended, 30, 60)
    return {"enquiry_date": maker.before(begun, 5, 40), "stage1_start": begun, "stage1_end": ended}


def _assessed(maker: _Maker, approved: date | None) -> Row:
    """Return the dates up to an approval."""
    approved = approved or maker.recipe.last
    ended = maker.before(approved, 8, 20)
    second = maker.before(ended, 60, 120)
    own: Row = {"stage2_start": second, "stage2_end": ended, "panel_date": maker.before(approved, 0, 7)}
    return _first_stage(maker, second) | own | {"approval_date": approved}


def _household(maker: _Maker, family: str, status: str, size: int, dates: Row, made: int) -> list[Row]:
    sexes = [maker.draw.choice("MF") for _ in range(size)]
    same = len(set(sexes)) == 1
    legal = "L0" if size == 1 else maker.draw.choice(("L12", "L4") if same else ("L11", "L3"))
    home = maker.draw.choice((*maker.recipe.authorities, "999"))
    origins = maker.draw.sample(_ETHNICITIES, size)  # two rows that differ in nothing but their identifier look odd
    shared: Row = {"family_id": family, "home_la": home, "household_legal_status": legal, "route": "DOMESTIC", **dates}
    return [
        {
            "adopter_id": f"A-{made + number:05d}",
            "sex": sex,
            "ethnicity": origins[number - 1],
            "disability": maker.draw.choice("NNNY"),
            "status": status,
            **shared,
        }
        for number, sex in enumerate(sexes, 1)
    ]


def _support(maker: _Maker, children: list[Row], adopters: list[Row]) -> list[Row]:
    waiting = [row for row in children if row["status"] in ("MATCHED", "PLACED")]
    adopted = [row for row in children if row["status"] == "ADOPTED"]
    rows = []
    for number in range(1, maker.recipe.rows + 1):
        kind = _PEOPLE[(number - 1) % len(_PEOPLE)]
        known = {"CHILD_PRE_ORDER": waiting, "ADOPTED_CHILD": adopted, "ADOPTER": adopters}.get(kind, [])
        own = known[number // len(_PEOPLE) % len(known)] if known else {}
        person = own.get("adopter_id") if kind == "ADOPTER" else own.get("child_id")
        dates = _episode(maker, _EPISODES[(number - 1 + number // len(_PEOPLE)) % len(_EPISODES)])
        rows.append(
            {
                "support_id": f"S-{number:05d}",
                "person_id": person or f"P-{number:05d}",
                "person_type": kind,
                "family_id": own.get("family_id"),
                "responsible_la": own.get("responsible_la") or maker.draw.choice(maker.recipe.authorities),
                "birth_month": own.get("birth_month") or ("2015-06" if kind == "ADOPTED_CHILD" else None),
                "support_type": ";".join(maker.draw.sample(_TYPES, maker.draw.choice((1, 1, 2)))),
                "provider_type": maker.draw.choice(("IN_HOUSE", "LA", "VAA", "NHS")),
                "asgsf_funded": "N",
                "complaint_open": "N",
                **dates,
                **(_funded(maker, dates) if kind.startswith("ADOPT") and maker.yes(0.3) else {}),
            }
        )
    return rows


def _funded(maker: _Maker, dates: Row) -> Row:
    assessed = dates.get("assessment_end")
    if not isinstance(assessed, date):
        return {}
    return {"asgsf_funded": "Y", "asgsf_applied_date": min(maker.before(assessed, -60, 0), maker.recipe.last)}


def _episode(maker: _Maker, status: str) -> Row:
    """Return status and dates of one episode of support."""
    last = maker.recipe.last
    if status == "REFERRED":
        return {"status": status, "referral_date": maker.before(last, 0, 60)}
    if status == "ASSESSING":
        begun = maker.before(last, 0, 40)
        return {"status": status, "referral_date": maker.before(begun, 5, 30), "assessment_start": begun}
    ended = maker.within() if status == "CLOSED" else None
    started = maker.before(ended, 30, 300) if ended else maker.before(last, 0, 200)
    assessed = maker.before(last, 0, 60) if status == "WAITING" else maker.before(started, 5, 60)
    begun = maker.before(assessed, 20, 60)
    found: Row = {"status": status, "referral_date": maker.before(begun, 5, 30), "assessment_start": begun}
    found |= {"assessment_end": assessed, "plan_date": assessed}
    if status != "WAITING":
        found |= {"support_start": started, "support_end": ended, "outcome_code": "MET" if ended else None}
    return found
