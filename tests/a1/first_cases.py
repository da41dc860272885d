"""Cases of the first stage: structure (S) and privacy (P)."""

from datetime import date

from tests.a1.changes import Case, child, drop, episode, head, no_rows, no_sheet, odd, several
from tests.a1.forms import be, tell

NHS = ("9434765919", "9434765870", "4010232137")
ROLES = (
    "Service Manager", "Data Analyst", "Performance Analyst", "Quality Assurance Officer", "Executive Assistant",
    "Business Intelligence Officer", "Senior Practitioner", "Practice Lead", "Tees Valley Duty Desk", "Data manager",
)  # fmt: skip
"""Who fills in such a form, and what teams are called."""

FIRST: dict[str, list[Case]] = {
    "S02": [("Children", [head("Children", *map(str, range(40)))], [head("Children", *map(str, range(20)))]),
            ("Support", [lambda book: book.rows["Support"].extend([{}] * 19_999 + [{"support_id": "1"}] * 20_000)],
             [lambda book: book.rows["Support"].extend([{}] * 19_999)])],
    "S02t": [("Children!Y 2", [child(allocated_team="x" * 201)], [child(allocated_team="x" * 200)])],
    "S03": [("", [no_sheet("Support")], [be(csv=True, cover=None), no_sheet("Support")])],
    "S03c": [("", [be(more=("Sheet1",))], [be(more=(" lists ",))])],
    "S04": [("Cover!B 2", [tell(B2="2019.1")], [tell(B1=" a1-raa ")])],
    "S05": [("Cover!B 3", [tell(B3="01/10/2021")], [tell(B3="2022-10-01")])],
    "S06": [("Cover!B 5", [tell(B5="RAA-2")], [tell(B5="RAA-1 ")])],
    "S07": [("Children", [drop("Children", "sex", "status")], [drop("Children", "match_date")])],
    "S07c": [("Children", [drop("Children", "match_date")], [drop("Children", "disruption_date")])],
    "S08": [("Children", [head("Children", "Gender")], [drop("Children", "sex"), head("Children", " GENDER ")])],
    "S08c": [("Children", [head("Children", "shoe_size")], [head("Children", "")])],
    "S09": [("Support!B 2", [odd("Support", odd_cells=("B2",))], [odd("Support", odd_cells=())])],
    "S10": [("Support", [odd("Support", hidden=True)], [odd("Support", hidden=False)])],
    "S11": [("Support", [no_rows("Support")], [no_rows("Support"), tell(B10="None in the period")])],
    "S12": [("Children.disruption_date 2", [child(disruption_date="n/a")], [child(disruption_date="")])],
    "S13": [("", [be(owned=True)], [be(owned=False)])],
    "P01": [("Support.person_id 2", [episode(person_id="j@x.uk")], [episode(person_id="j-x.uk")])],
    "P02": [("Support.person_id 2", [episode(person_id="943 476 5919")], [episode(person_id="943-476-5918")])],
    "P02c": [("Support.person_id 2", [episode(person_id=9434765919.0)],
             [several(2, lambda n: NHS[n + 1]), episode(person_id=NHS[0])])],
    "P03": [("Support.person_id 2", [episode(person_id="LS1 4AP")], [episode(person_id="QX1-4CP")])],
    "P03c": [("Support.person_id 2", [several(30, lambda n: f"{n:06}"), episode(person_id="LS14AP")],
             [episode(person_id="LS14AP")])],
    "P04": [("Support.person_id 2", [episode(person_id="SMITH-1")], [episode(person_id="LEEDS-0012")])],
    "P04c": [("Support.person_id 2", [several(30, lambda n: f"{n:06}"), episode(person_id="ABEL7X")],
              [several(12, lambda n: f"YORK-{n}")])],
    "P05": [("Support.person_id 2", [episode(person_id="QQ123456C".replace("QQ", "AB"))],
             [episode(person_id="BG123456C")])],
    "P06": [("Support.person_id 2", [episode(person_id="0113 496 0000")], [episode(person_id="01134960000")])],
    "P07": [("Support.person_id 2", [episode(person_id="E/12.03.19")], [episode(person_id="E/42.03.19")])],
    "P08": [("Support.person_id 2", [episode(person_id="1" * 21)], [episode(person_id="1" * 20)])],
    "P09": [("Children.allocated_team 2", [child(allocated_team="Ring 0113 496 0000")],
             [child(allocated_team="Team 0113")])],
    "P10": [("Cover!B 7", [tell(B7="Jane Smith")], [tell(B7=role)]) for role in ROLES],
    "P11": [("Children.birth_month 2", [child(birth_month=date(2019, 5, 6))], [child(birth_month=month)])
            for month in ("05/2019", date(2019, 5, 1), "May-19", "6 May 2019", "00/05/2019")],
}  # fmt: skip
"""By the code of each rule."""
