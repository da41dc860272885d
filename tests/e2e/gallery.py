"""One portal with an inspection in every state, so that every page can be looked at as it stands then."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from portal.db.endings import Alarm
from portal.db.engine import writing
from portal.domain.actors import OPERATOR, WORKER
from portal.domain.deadline import DeadlinePolicy
from portal.domain.holds import Terms
from portal.domain.roles import Role
from portal.domain.times import london_date
from portal.ports import Clock, Deps
from portal.services.announce import Announcement, Invitee, announce
from portal.services.break_glass import ask_to_read
from portal.services.check import check_document
from portal.services.conduct import close, defer
from portal.services.decide import approve
from portal.services.declare import Explanation, declare
from portal.services.deliver import deliver
from portal.services.dispose import dispose
from portal.services.explain import explain_gap
from portal.services.finalise import finalise_due
from portal.services.forewarn import forewarn
from portal.services.hand_over import download_document
from portal.services.holds import place_hold
from portal.services.holidays import add_holiday
from portal.services.programmes import add_programme
from portal.services.propose import propose_lifting
from portal.services.publish import publish
from portal.services.recall import recall
from portal.services.receive import receive
from portal.services.registers import add_member
from portal.services.watch_disposals import watch_disposals
from schemas.checking import Answer, Found
from tests.e2e.browser import Browser, multipart
from tests.e2e.demo import invitation_link
from tests.e2e.installation import Installation, installation
from tests.e2e.scene import COOKIE, signed_cookie
from tests.fake_checker import FakeChecker
from tests.services.test_step_up import app_of
from tests.web.a1_routes import WRONG
from tests.world import (
    CHECKLIST,
    START,
    Someone,
    add_person,
    an_upload,
    complete,
    give_role,
    sample,
    session_for,
    upload,
)

AGENCIES = {
    "empty": "Adopt Shoreline",
    "half": "Adopt Three Hills",
    "complete": "Adopt Riverside",
    "declared": "Adopt Northmoor",
    "passed": "Adopt Westvale",
    "interrupted": "Adopt Fenland",
    "closed": "Adopt Southdown",
    "deferred": "Adopt Highvale",
    "unreachable": "Adopt Eastmarsh",
}
LONG_NAME = "Minutes_of_the_adoption_panel_(final)_signed_by_the_chair_and_circulated_to_all_members_2023-09-20.pdf"
"""A name without a space to break at, as people have them."""


class Earlier(Clock):
    """A clock some time behind another."""

    def __init__(self, clock: Clock, ago: timedelta) -> None:
        self._clock, self._ago = clock, ago

    def now(self) -> datetime:
        """Return the instant that long ago."""
        return self._clock.now() - self._ago


@dataclass
class Gallery:
    """The portal, its inspections by the state they are in, and the people to look at them."""

    portal: Installation
    deps: Deps
    leaders: dict[str, Someone]
    colleague: Someone
    lead: Someone
    quality: Someone
    data_protection: Someone
    administrator: Someone
    inspections: dict[str, UUID] = field(default_factory=dict)
    documents: dict[str, UUID] = field(default_factory=dict)
    """A received document of each inspection that has one; of `half` also a recalled one and a checked A1 form."""
    members: dict[str, UUID] = field(default_factory=dict)
    """A membership of an agency, by the agency's code."""
    proposals: dict[str, UUID] = field(default_factory=dict)
    """One to lift a hold, which waits, and one by which the officer reads `half`."""
    holds: dict[str, UUID] = field(default_factory=dict)
    """The hold on an inspection."""
    invitation: str = ""

    def at(self, state: str, page: str = "") -> str:
        """Return the address of a leader's page."""
        return f"/inspections/{self.inspections[state]}/{page}"


def cut_upload(portal: Installation, deps: Deps, person: UUID, path: str, name: str) -> None:
    """Send 99 of 100 bytes of a file by the form of the item's page at `path`, break off, and wait for the notice."""
    browser = Browser(portal.port, {COOKIE: signed_cookie(deps.secret, session_for(deps, person))})
    boundary = uuid4().hex
    fields = {"csrf_token": browser.token(path), "upload_id": uuid4().hex, "slot": "file"}
    body = multipart(boundary, fields, name, sample("pdf", 100_000))
    head = (
        f"POST {path}/documents HTTP/1.1\r\nHost: localhost:{portal.port}\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary}\r\n"
        f"Cookie: {'; '.join(f'{key}={value}' for key, value in browser.cookies.items())}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", portal.port), timeout=30) as connection:
        connection.sendall(head.encode() + body[: len(body) * 99 // 100])
    wait_until(lambda: name in browser.get(path).text)


def wait_until(true: Callable[[], bool], seconds: float = 15) -> None:
    """Wait until something holds. Raises AssertionError when it takes too long."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise AssertionError("What was waited for did not come.")
        time.sleep(0.05)


@contextmanager
def gallery(root: Path) -> Iterator[Gallery]:
    """Lay out the portal, serve it, and bring each inspection into its state; it is Monday 9 October 2023, 9:30am."""
    with installation(root, {"PORTAL_MAX_FILE_MB": "20"}) as portal:
        portal.set_clock(START - datetime.now(UTC))
        _settings, deps = portal.connect()
        try:
            made = _announced(portal, deps)
            portal.serve()
            _filled(made)
            yield made
        finally:
            deps.engine.dispose()


def _announced(portal: Installation, deps: Deps) -> Gallery:
    earlier = replace(deps, clock=Earlier(deps.clock, timedelta(days=4)))
    add_programme(earlier, OPERATOR, "RAA-2023", "Regional adoption agencies", DeadlinePolicy.next_day, "2023")
    team = {
        "lead": Invitee("lead@inspectorate.example", "Iris Inspector", Role.lead_inspector),
        "quality": Invitee("quality@inspectorate.example", "Quentin Quality", Role.quality_assurance_officer),
    }
    people = {word: add_person(earlier, each.email, each.name) for word, each in team.items()}
    leaders = {state: add_person(earlier, f"leader@{state}.example", "Lena Leader") for state in AGENCIES}
    colleague = add_person(deps, "colleague@shoreline.example", "Colin Colleague")
    steward = add_person(deps, "dpo@inspectorate.example", "Dora Data")
    give_role(deps, steward.id, Role.data_protection_officer)
    administrator = add_person(deps, "admin@inspectorate.example", "Ada Admin")
    give_role(deps, administrator.id, Role.administrator)
    made = Gallery(portal, deps, leaders, colleague, people["lead"], people["quality"], steward, administrator)
    for state, agency in AGENCIES.items():
        leader = Invitee(leaders[state].email, leaders[state].name, Role.leader)
        invited = [leader, *team.values()]
        if state == "unreachable":
            invited.append(Invitee("newcomer@eastmarsh.example", "Nora Newcomer", Role.contributor))
        when = earlier if state == "passed" else deps
        said = announce(when, OPERATOR, Announcement("RAA-2023", state, agency, invited, None, confirmed=True))
        made.inspections[state] = said.inspection
    for state in ("empty", "half"):
        give_role(deps, colleague.id, Role.contributor, made.inspections[state])
    deliver(deps)
    made.invitation = invitation_link(portal, "newcomer@eastmarsh.example")
    return made


def _filled(made: Gallery) -> None:
    _half(made)
    _whole(made)
    _late(made)
    sender, path = made.leaders["interrupted"].id, made.at("interrupted", "items/annual-report")
    cut_upload(made.portal, made.deps, sender, path, "Annual report 2022 to 2023.pdf")
    leader = made.leaders["closed"].actor
    made.documents["closed"] = upload(made.deps, leader, made.inspections["closed"]).document
    close(made.deps, made.lead.actor, made.inspections["closed"])
    upload(made.deps, made.leaders["deferred"].actor, made.inspections["deferred"])
    defer(made.deps, made.lead.actor, made.inspections["deferred"], "The director is abroad until Monday.")
    (made.portal.root / "keys" / f"{made.inspections['unreachable']}.key").unlink()
    _registers(made)
    _proposed(made)
    with writing(made.deps.engine) as session:
        words = "The clock has leapt more than 24 hours since the last heartbeat. Check it, then confirm it."
        session.add(Alarm(id=uuid4(), kind="clock", raised_at=made.deps.clock.now(), words=words))


def _registers(made: Gallery) -> None:
    """An authority in two agencies at once, a proclaimed holiday, an inspection disposed of and one that is due."""
    deps = made.deps
    for agency in ("half", "complete"):
        made.members[agency] = add_member(deps, OPERATOR, agency, "Eastcliff City Council", date(2018, 4, 1))
    add_holiday(deps, OPERATOR, date(2023, 10, 16), "A jubilee")
    then, since = (replace(deps, clock=Earlier(deps.clock, timedelta(days=days))) for days in (800, 700))
    add_programme(then, OPERATOR, "RAA-2021", "Earlier thematic inspections", DeadlinePolicy.next_day, "2023")
    people = [
        Invitee("leader@earlier.example", "Edna Earlier", Role.leader),
        Invitee("lead@earlier.example", "Ian Inspector", Role.lead_inspector),
    ]
    for state, agency in (("disposed", "Adopt Longago"), ("due", "Adopt Bygone")):
        wanted = Announcement("RAA-2021", state, agency, people, DeadlinePolicy.next_day, confirmed=True)
        made.inspections[state] = announce(then, OPERATOR, wanted).inspection
    _taken(made, then)
    publish(since, OPERATOR, "RAA-2021", london_date(since.clock.now()))
    dispose(replace(deps, clock=Earlier(deps.clock, timedelta(days=50))), OPERATOR, made.inspections["disposed"])
    assert 1 == len(list(finalise_due(deps, WORKER)))
    forewarn(deps)
    watch_disposals(deps)


def _taken(made: Gallery, then: Deps) -> None:
    """Somebody downloaded from what is due, and is asked to delete it; nobody disposes of it, so that it is late."""
    due = made.inspections["due"]
    give_role(then, made.quality.id, Role.quality_assurance_officer, due)
    give_role(then, made.colleague.id, Role.contributor, due)
    sent = upload(then, made.colleague.actor, due).document
    download_document(then, made.quality.actor, due, sent)


def _proposed(made: Gallery) -> None:
    """A hold that somebody wants to lift, a steward who reads, and one who asks to; a leader of a team with an app."""
    deps, officer = made.deps, made.data_protection.actor
    terms = Terms("A parent complains of a mix-up.", london_date(deps.clock.now()) + timedelta(days=90))
    made.holds["complete"] = place_hold(deps, officer, made.inspections["complete"], terms)
    made.proposals["lift"] = propose_lifting(deps, officer, made.holds["complete"], "The complaint is settled.")
    made.proposals["read"] = ask_to_read(deps, officer, made.inspections["half"], "A parent complains of a mix-up.")
    approve(deps, made.lead.actor, made.proposals["read"], made.inspections["half"])
    ask_to_read(deps, officer, made.inspections["passed"], "The agency asks what we hold of it.")
    app_of(deps, made.lead)


def _half(made: Gallery) -> None:
    """Two of three panel minutes, one of them replaced; several guides; two A1 tables of three; one gap explained."""
    deps, leader, inspection = made.deps, made.leaders["half"].actor, made.inspections["half"]
    first = upload(deps, leader, inspection, "panel-minutes", "latest", name="Panel 20 September (draft).pdf")
    upload(deps, leader, inspection, "panel-minutes", "latest", name=LONG_NAME, replaces=first.document)
    upload(deps, leader, inspection, "panel-minutes", "second", name="Panel 6 September.pdf")
    upload(deps, made.colleague.actor, inspection, "childrens-guide", name="Guide for children under 8.pdf")
    guide = upload(deps, made.colleague.actor, inspection, "childrens-guide", name="Guide for teenagers.docx")
    form = upload(deps, leader, inspection, "a1-form", "children", name="a1-children.csv").document
    upload(deps, leader, inspection, "a1-form", "adopters", name="a1-adopters.csv")
    check_document(replace(deps, checker=FakeChecker(Answer("csv", a1=WRONG))), form)
    made.documents["form"] = form
    explain_gap(deps, leader, inspection, "annual-report", "to_follow", "The board approves it on Thursday.")
    made.documents["half"] = guide.document
    _found(made, guide.document, "polyglot", "macros", "embedded-object")
    wrong = upload(deps, made.colleague.actor, inspection, "childrens-guide", name="Notes on a family.docx").document
    download_document(deps, made.lead.actor, inspection, wrong)
    recall(deps, leader, inspection, wrong)
    made.documents["recalled"] = wrong


def _found(made: Gallery, document: UUID, *codes: str) -> None:
    """Let a check find these in a document."""
    answer = Answer("docx", tuple(Found(code, 2, ("word/document.xml",)) for code in codes))
    check_document(replace(made.deps, checker=FakeChecker(answer)), document)


def _whole(made: Gallery) -> None:
    """One inspection in which all has come, and one that lacks some, says why, and is declared."""
    deps = made.deps
    sent = complete(deps, made.leaders["complete"].actor, made.inspections["complete"])
    made.documents["complete"] = sent["statement-of-purpose", "file"].document
    leader, inspection = made.leaders["declared"].actor, made.inspections["declared"]
    for item in CHECKLIST.items[:9]:
        for slot in item.complete[0]:
            made.documents["declared"] = upload(deps, leader, inspection, item.code, slot).document
    reasons = {
        "commissioned-services": Explanation("not_held", "We commission no services: our own staff do all of it."),
        "prearranged-meetings": Explanation("to_follow", "By noon tomorrow, once the board has set its date."),
    }
    declare(deps, leader, inspection, reasons)


def _late(made: Gallery) -> None:
    """One document that was sent in time and one that came after the deadline."""
    deps, leader, inspection = made.deps, made.leaders["passed"].actor, made.inspections["passed"]
    began = deps.clock.now() - timedelta(days=4)
    said = an_upload(deps, inspection, "recruitment-strategy", name="Recruitment strategy.pdf", began_at=began)
    receive(deps, leader, said, [sample()])
    made.documents["passed"] = upload(deps, leader, inspection, name="Statement of purpose.docx").document
    _found(made, made.documents["passed"])
