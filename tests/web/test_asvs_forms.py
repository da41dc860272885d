"""Every form of the service with what no page of ours sends (ASVS V1.2, V1.3, V2.2, V3.5, V6.3, V8.2, V15.3)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode

import pytest

from portal.domain.roles import Role, may
from portal.domain.sessions import Stage
from portal.web.access import Rule
from tests.web.clients import Visit, sign_in
from tests.web.routes import CHANGES, PATHS, ROLES, Place, make_place
from tests.web.swaps import Recorder, Sent
from tests.web.test_access import EXPECTED
from tests.web.test_safe_methods import everything, trail
from tests.world import World, session_for

FORM = "application/x-www-form-urlencoded"
ASKING = {
    "leader": Role.leader,
    "lead_inspector": Role.lead_inspector,
    "qa_officer": Role.quality_assurance_officer,
    "administrator": Role.administrator,
    "dpo": Role.data_protection_officer,
}
NAUGHTY = tuple(
    map(
        " ".join,
        (
            ('<canary a="b">', "'\"</textarea></title></script><script>canary()</script><img src=x onerror=canary()>"),
            ("{{7*7}} ${7*7} <%= 7*7 %> #{7*7} {% canary %} {canary} %(canary)s %n%s%d %00", "<canary>"),
            ("a\r\nX-Canary: 1\r\nBcc: canary@example.org\r\n\r\n", "' OR '1'='1'; DROP TABLE person; -- \\' \" ) --"),
            (
                '=HYPERLINK("http://canary") @SUM(1) \t=1',
                ";touch canary| `touch canary` $(touch canary) ../../etc/passwd",
            ),
            (
                "\u202egnp.exe \u200b\ufeff\u2028 Z\u0361\u0320",
                "\u7530\u4e2d \U0001f469\u200d\U0001f4bb \x1b[31m \uffff",
            ),
            ("9" * 400, "NULL undefined NaN None true 0x1F -1 1e309", "x" * 20_000),
        ),
    )
)
"""Markup, templates, line breaks and SQL, formulas and commands, odd letters, too much."""
KINDS = ("application/json", "text/plain", "multipart/form-data; boundary=b", "x\u00e9", "")
EXTRAS = ("role", "roles", "agency_id", "inspection_id", "person_id", "status", "state", "is_admin", "created_at", "id")


@dataclass(frozen=True)
class Change:
    """A form as somebody who may send it would."""

    endpoint: str
    role: str
    sent: Sent

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Return its fields in order."""
        return parse_qsl(self.sent.body.decode(), keep_blank_values=True)

    def filled(self, fields: list[tuple[str, str]]) -> Sent:
        """Return the same request with these fields."""
        return replace(self.sent, body=urlencode(fields).encode())


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared."""
    return make_place(world)


def asker(place: Place, endpoint: str) -> str:
    """Return a role that may use this route, and for which there is something, if it can be."""
    rule = rule_of(place, endpoint)
    needed = rule.steward or rule.inspection
    answers = dict(zip(ROLES, EXPECTED[endpoint], strict=True))
    able = [name for name, role in ASKING.items() if needed is None or may(role, needed)]
    return min(able or ASKING, key=lambda role: (answers[role] in (401, 404), answers[role] == 403))


def changes(place: Place) -> Iterator[Change]:
    """Yield a request of every route that changes something, by a role that may."""
    for endpoint, change in CHANGES.items():
        role = asker(place, endpoint)
        recorder = Recorder(place.app)
        change(place, recorder.visit())
        yield Change(endpoint, role, recorder.sent[-1])


def pages(place: Place) -> Iterator[Change]:
    """Yield a request of every route that is opened with GET."""
    for endpoint, path in PATHS.items():
        recorder = Recorder(place.app)
        recorder.get(place.path(path))
        yield Change(endpoint, asker(place, endpoint), recorder.sent[-1])


def forms(place: Place) -> Iterator[Change]:
    """Yield those that are forms without a file, but the one that signs out."""
    for each in changes(place):
        full = Stage.full in rule_of(place, each.endpoint).stages
        if full and each.sent.headers.get("Content-Type") == FORM and each.endpoint != "account.leave":
            yield each


def rule_of(place: Place, endpoint: str) -> Rule:
    """Return who may use a route."""
    rule: Rule = vars(place.app.view_functions[endpoint])["access_rule"]
    return rule


class Tags(HTMLParser):
    """Collects what of a page is markup."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(name for name, _value in attrs)}


def markup(text: str) -> set[str]:
    """Return the names of all tags and attributes of a page."""
    parser = Tags()
    parser.feed(text)
    return parser.found


def test_whatever_is_typed_is_text(place: Place) -> None:
    """Odd strings in each field of each form give no fault, no header and no markup, here and on the pages after."""
    visits = {role: place.visit(role) for role in ASKING}
    for change in forms(place):
        names = [name for name, _value in change.fields if name != "csrf_token"]
        for naughty in NAUGHTY:
            typed = [(name, naughty if name in names else value) for name, value in change.fields]
            answer = change.filled(typed).by(visits[change.role])
            assert answer.status_code < 500, (change.endpoint, naughty)
            assert "X-Canary" not in answer.headers, change.endpoint
            assert set() == markup(answer.text) & {"canary", "onerror", 'a"b'}, change.endpoint
            answer.close()
    for endpoint, path in PATHS.items():
        page = visits[asker(place, endpoint)].get(place.path(path))
        assert page.status_code < 500, endpoint
        if page.mimetype == "text/html":
            assert set() == markup(page.text) & {"canary", "onerror"}, endpoint
        page.close()


def test_what_is_typed_and_kept_is_shown_as_it_was(place: Place) -> None:
    """Markup and templates in a message stand on the page as they were typed (V1.1.1, V1.3.7)."""
    visit = place.visit("leader")
    typed = "<canary>{{7*7}} &amp; %3Cb%3E"
    assert 303 == visit.post(place.path("{i}/messages/"), words=typed).status_code
    page = visit.get(place.path("{i}/messages/")).text
    assert "&lt;canary&gt;{{7*7}} &amp;amp; %3Cb%3E" in page


def test_a_field_that_no_page_has_is_never_taken(place: Place) -> None:
    """A role, an owner or a state added to any form is refused, and nothing changes (V8.2.3, V15.3.3)."""
    visits = {role: place.visit(role) for role in ASKING}
    # A button alone has nothing that is read, and what is carried past a confirmation is read where it arrives.
    sent = [each for each in forms(place) if len(each.fields) > 1 and each.endpoint != "step_up.ask_for_form"]
    before, told = everything(place), len(trail(place))
    for number, change in enumerate(sent):
        extra = (EXTRAS[number % len(EXTRAS)], "administrator")
        answer = change.filled([*change.fields, extra]).by(visits[change.role])
        assert answer.status_code in (400, 401, 403, 404, 409, 422), change.endpoint
    assert before == everything(place)
    assert [] == trail(place)[told:]


def test_every_change_needs_the_forms_own_token(place: Place) -> None:
    """Without the token, with another session's, or from another site, nothing changes anywhere (V3.5.1)."""
    visits = {role: place.visit(role) for role in ASKING}
    sent = list(forms(place))
    before, told = everything(place), len(trail(place))
    for change in sent:
        bare = [(name, value) for name, value in change.fields if name != "csrf_token"]
        answers = [
            change.filled(fields).by(visits[change.role]) for fields in (bare, [*bare, ("csrf_token", "stolen")])
        ]
        foreign = replace(change.sent, headers={**change.sent.headers, "Sec-Fetch-Site": "cross-site"})
        answers.append(foreign.by(visits[change.role]))
        assert {each.status_code for each in answers} <= {400, 403}, change.endpoint
    assert before == everything(place)
    assert [] == trail(place)[told:]


def test_another_kind_of_body_is_refused(place: Place) -> None:
    """A form that says it is something else is 415, and is not read (V4.1.1, V2.2.2)."""
    visits = {role: place.visit(role) for role in ASKING}
    for number, change in enumerate(forms(place)):
        kind = KINDS[number % len(KINDS)]
        odd = replace(change.sent, headers={**change.sent.headers, "Content-Type": kind})
        assert 415 == odd.by(visits[change.role]).status_code, (change.endpoint, kind)


def test_a_password_alone_reaches_nothing_but_the_second_factor(place: Place) -> None:
    """At every route a session that is not full gets what is before it, and nothing else (V6.3.3, V6.3.4)."""
    requests = [*changes(place), *pages(place)]
    for stage, there in ((Stage.challenged, "/sign-in/code"), (Stage.enrolling, "/set-up")):
        client = sign_in(place.app, place.world.deps, None)
        with client.session_transaction() as session:
            session["_user_id"] = session_for(place.world.deps, place.world.leader.id, stage, None)
        visit = Visit(place.app, client)
        for each in requests:
            rule = rule_of(place, each.endpoint)
            if not rule.public and stage not in rule.stages:
                answer = each.sent.by(visit)
                led = answer.status_code, (answer.location or "").partition("?")[0]
                assert led in ((303, there), (401, "")), each.endpoint
