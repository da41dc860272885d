"""Every page as the service gives it: whatever stands there comes through the catalogue, or is data."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from gettext import NullTranslations
from pathlib import Path
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from portal.db.engine import make_engine, reading
from portal.db.tables import Document
from portal.vault.signatures import fingerprint
from schemas.mails import load_mails
from schemas.texts import Catalogue
from tests.fakes import FakeClock
from tests.pseudo import outside, pseudo
from tests.web.a1_routes import A1_DATA
from tests.web.clients import Visit
from tests.web.entry_routes import entry_data
from tests.web.routes import CHANGES, PATHS, ROLES, Place, make_place
from tests.web.test_texts import MARKS
from tests.world import CHECKLIST, PROGRAMME, START, build_world, make_deps, make_fakes

Form = Callable[[Place, Visit], TestResponse]
TYPED = ("Nowhere", "Some Body", "x@example.org", "A complaint.", "A complaint: canary")
"""What the forms below send, and holds were placed for."""
_KEPT = re.compile(r"(<[^>]*>|\{[^}]*\}|%\(\w+\)s|&#?\w+;)")
_LETTERS = {ord(each): chr(ord(each) + 0xFEE0) for each in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}


class _Wide(NullTranslations):
    """Writes every letter of a message in another alphabet: what is lost inside a message stands out too."""

    def gettext(self, message: str) -> str:
        return "".join(part if _KEPT.fullmatch(part) else part.translate(_LETTERS) for part in _KEPT.split(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@dataclass(frozen=True)
class Said:
    """A world in which everything was sent, its pages in some catalogue, and what is data in it."""

    place: Place
    data: frozenset[str]


@pytest.fixture(scope="module", params=[pseudo(), Catalogue(_Wide())], ids=["bracketed", "wide"])
def said(
    request: pytest.FixtureRequest, _sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Said]:
    """Return the world; nothing below changes it."""
    path = tmp_path_factory.mktemp("said") / "portal.db"
    shutil.copyfile(_sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    fakes = make_fakes(FakeClock(START))
    deps = replace(make_deps(engine, fakes), catalogue=request.param)
    place = make_place(build_world(deps, fakes))
    yield Said(place, frozenset(_data(place)))
    engine.dispose()


def _data(place: Place) -> Iterator[str]:
    world = place.world
    for person in world.everyone:
        yield from (person.name, person.email)
    for letter, announced in (("A", world.a), ("B", world.b)):
        yield from (announced.reference, f"Adoption {letter}", f"agency-{letter.lower()}", str(announced.inspection))
    yield from ("invited@example.org", "Some One", PROGRAMME, "Regional adoption agencies", "Northmoor", *MARKS)
    yield from (*vars(world.deps.policy.owner).values(), *world.deps.holidays.titles.values())
    yield world.deps.public_url
    yield from (world.deps.public_url + str(rule) for rule in place.app.url_map.iter_rules() if not rule.arguments)
    yield from (str(place.app.config[name]) for name in ("SESSION_COOKIE_NAME", "PORTAL_DEVICE_COOKIE"))
    for item in CHECKLIST.items:
        for slot in item.slots:
            accepts = slot.accepts or item.accepts
            yield f"{item.code}-{slot.code}.{accepts[0]}"
    for key_id, key in world.deps.signer.public_keys().items():
        yield from (key_id, key.hex(), *fingerprint(key).split())
    with reading(world.deps.engine) as session:
        for document in session.query(Document):
            yield from (str(document.id), str(document.id)[:8], (document.sha256 or b"").hex() or "-")
    yield from (*TYPED, *entry_data(world.deps))
    yield from (*world.deps.anchors, *load_mails(), *A1_DATA)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("endpoint", sorted(set(PATHS) - {"static"}))
def test_pages(said: Said, endpoint: str, role: str) -> None:
    """No page, nor the refusal of one, has a word of its own."""
    answer = said.place.visit(role).get(said.place.path(PATHS[endpoint]))
    if answer.mimetype == "text/html" and answer.status_code != 303:
        assert [] == outside(answer.get_data(as_text=True), said.data)


def _form(role: str, path: str, **fields: str) -> tuple[str, Form]:
    return role, lambda place, visit: visit.post(place.path(path), **fields)


def _file(name: str, data: bytes) -> tuple[str, Form]:
    guide = "{i}/items/childrens-guide/documents"
    return "leader", lambda place, visit: visit.send(place.path(guide), data, name)


_B = "/inspections/{p.world.b.inspection}"
FORMS: dict[str, tuple[str, Form]] = {
    **{
        endpoint: (role, CHANGES[endpoint])
        for endpoint, role in (
            ("account.enter_now", "anonymous"),
            ("account.accept", "anonymous"),
            ("announcing.go_on", "administrator"),
            ("conduct.move_deadline", "lead_inspector"),
            ("conduct.defer", "lead_inspector"),
            ("conduct.accept_late", "lead_inspector"),
            ("retention.publish_now", "dpo"),
            ("colleagues.replace", "lead_inspector"),
            ("people.add", "administrator"),
            ("people.correct", "administrator"),
        )
    },
    "wrong password": _form("anonymous", "/sign-in", email="x@example.org", password="wrong"),
    "other password": _form("anonymous", "/invitations/{p.invitation}", password="x" * 20, confirm="y" * 20),
    "no reason": _form("leader", "{i}/items/childrens-guide/gap"),
    "no date": _form("leader", "{i}/items/childrens-guide/gap", kind="to_follow", by_day="31", by_month="2"),
    "no file": _file("", b""),
    "empty file": _file("report.pdf", b""),
    "unknown type": _file("report.exe", b"MZ"),
    "no contacts": _form(
        "leader", "{i}/items/link-staff/list", action="send", upload_id="upload-0", **{"name-9": "Some Body"}
    ),
    "no declaration": _form("leader_b", _B + "/declaration"),
    "no message": _form("leader", "{i}/messages/", words=""),
    "no answer": _form("leader", "{i}/messages/answers", question=str(uuid4()), words=""),
    "no request": _form("lead_inspector", "{t}/requests/", label="", due_day="x"),
    "no deadline": _form("lead_inspector", "{t}/conduct/deadline", deadline_day="31", deadline_month="2", reason="x"),
    "no people": _form(
        "lead_inspector", "/announce", step="check", leader_name="Some Body", leader_email="nobody", days_on_site="99"
    ),
    "no programme": _form("administrator", "/stewards/new-programme"),
    "no window": _form(
        "administrator", "/stewards/programmes/RAA-2023/edit", title="x", policy="next_day", from_day="1"
    ),
    "no holiday": _form("administrator", "/stewards/holidays/", title="", day_day="31", day_month="2", day_year="2024"),
    "no agency": _form("administrator", "/stewards/new-agency", code="a b"),
    "no member": _form("administrator", "/stewards/agencies/agency-a/members", authority="Nowhere", from_day="1"),
    "member twice": _form(
        "administrator",
        "/stewards/agencies/agency-a/members",
        authority="Northmoor",
        from_day="1",
        from_month="1",
        from_year="2020",
    ),
    "no steward": _form("administrator", "/stewards/people/add-steward", email="nobody", name=""),
    "no team": _form("administrator", "/stewards/teams/{p.inspection}", email="nobody", name=""),
    "no colleague": _form("leader", "{i}/people", email="nobody", name=""),
    "no publication": _form(
        "dpo",
        "/stewards/programmes/RAA-2023/publication",
        published_day="1",
        published_month="1",
        published_year="2030",
    ),
    "no clock": _form("dpo", "/stewards/clock"),
}
"""Bad forms of every area: who sends them, and how."""


@pytest.mark.parametrize("name", sorted(FORMS))
def test_bad_forms(said: Said, name: str) -> None:
    """No form that is shown again with what is wrong has a word of its own."""
    role, send = FORMS[name]
    answer = send(said.place, said.place.visit(role))
    assert 422 == answer.status_code
    assert [] == outside(answer.get_data(as_text=True), said.data)


@pytest.mark.parametrize("path", ["/nowhere", "{i}/declaration", "{t}/conduct/closing"])
def test_problem_details(said: Said, path: str) -> None:
    """What a script is told of its mistakes comes through the catalogue too."""
    answer = said.place.visit("contributor").get(said.place.path(path), headers={"Accept": "application/json"})
    assert "application/problem+json" == answer.mimetype
    told: dict[str, str] = answer.get_json()
    assert [] == outside(f"<p>{told['title']}</p><p>{told['detail']}</p>", said.data)
