"""Right after receipt: what is found is on the page that the sender returns to, and no receipt waits for it."""

import re
from dataclasses import replace
from queue import Empty, Queue
from threading import Event, Thread
from threading import enumerate as threads
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from portal.db.checks import DocumentCheck
from portal.web.at_once import QUEUED, THREADS, WAITING, AtOnce
from schemas.checking import Answer, Ask, Found
from tests.fake_checker import EICAR, FakeChecker
from tests.services.looks import rows
from tests.web.clients import Visit, make_app, sign_in, words
from tests.world import World, complete, sample, upload


@pytest.fixture
def leader(world: World) -> Visit:
    """Agency A's leader, signed in."""
    app = make_app(world.deps)
    return Visit(app, sign_in(app, world.deps, world.leader.id))


def sent_by(leader: Visit, world: World, item: str, data: bytes, name: str) -> TestResponse:
    """Send a file by the form of an item, and return the page on which that ends."""
    answer = leader.send(f"/inspections/{world.a.inspection}/items/{item}/documents", data, name)
    assert 303 == answer.status_code
    return leader.get(answer.location)


def state(world: World, document: UUID) -> str:
    """Return how a document was found."""
    [row] = rows(world.deps, DocumentCheck, DocumentCheck.document_id == document)
    return row.state


def test_the_sender_returns_to_what_was_found(world: World, leader: Visit) -> None:
    """What, where, what to do, what it means for the deadline, and the way to replace it; then the list says so too."""
    here = f"/inspections/{world.a.inspection}"
    world.fakes.checker.answer = Answer("pdf", (Found("macros", 3, ("word/vbaProject.bin",)),))
    page = sent_by(leader, world, "statement-of-purpose", sample("docx"), "Purpose.docx")
    said = words(page)
    for sentence in (
        "Document received",
        "There is a problem with this file",
        "The file contains macros. Save it without macros",
        "Where: word/vbaProject.bin",
        "and 2 more places",
        "It was received on time, and nothing is lost.",
        "Send a new version if you can.",
        "Replace this file",
    ):
        assert sentence in said
    assert "Document received: there is a problem with it – " in page.text
    assert page.text.index("There is a problem with this file") < page.text.index("SHA-256")
    [again] = re.findall(r'href="([^"]+)"[^>]*>\s*Replace this file', page.text)
    assert 200 == leader.get(again.replace("&amp;", "&")).status_code
    assert "There is a problem" in words(leader.get(f"{here}/"))
    item = words(leader.get(f"{here}/items/statement-of-purpose"))
    assert ("Flagged: something was found" in item, "The file contains macros." in item) == (True, True)

    world.fakes.checker.answer = None
    assert "Checked: nothing was found" in words(sent_by(leader, world, "annual-report", sample(), "Report.pdf"))
    malware = words(sent_by(leader, world, "recruitment-strategy", sample() + EICAR, "Strategy.pdf"))
    assert "The file contains a virus or other malware." in malware
    assert "The inspectors cannot open it as it is." in malware


def test_the_team_sees_and_releases(world: World) -> None:
    """Beside each document and on its own page; withheld without a link, refused plainly, released with a reason."""
    app = make_app(world.deps)
    lead = Visit(app, sign_in(app, world.deps, world.lead_inspector.id))
    world.fakes.checker.answer = Answer("pdf", (Found("polyglot"),))
    leader = Visit(app, sign_in(app, world.deps, world.leader.id))
    sent_by(leader, world, "statement-of-purpose", sample(), "Purpose.pdf")
    team = f"/team/inspections/{world.a.inspection}"
    page = lead.get(f"{team}/")
    assert "1 document is withheld and in no download." in words(page)
    [check] = re.findall(rf'href="({team}/documents/[0-9a-f-]+/check)"', page.text)
    assert f'href="{check.removesuffix("/check")}"' not in page.text
    refused = lead.get(check.removesuffix("/check"))
    assert (409, True) == (refused.status_code, "withheld because of what was found" in words(refused))
    assert f'href="{check}"' in refused.text
    shown = words(lead.get(check))
    assert "The file can be read as two different types at once" in shown
    assert "Download the document" not in shown
    empty = lead.post(check, reason=" ")
    assert (422, True) == (empty.status_code, "Enter why you release it" in words(empty))
    [known] = re.findall('name="shown" value="([^"]*)"', empty.text)
    done = lead.post(check, reason="A known form.", shown=known)
    assert 303 == done.status_code
    assert "The document is released." in words(lead.get(done.location))
    assert 200 == lead.get(check.removesuffix("/check")).status_code
    again = lead.post(check, reason="A known form.")
    assert (409, True) == (again.status_code, "There is nothing to release" in words(again))


def test_without_a_scanner_every_page_that_matters_says_so(world: World) -> None:
    """The item, the document, the team's inspection with its downloads, and the team's page of the document."""
    deps = replace(world.deps, scanner=None)
    app = make_app(deps)
    sent = complete(deps, world.leader.actor, world.a.inspection)["statement-of-purpose", "file"]
    team = f"/team/inspections/{world.a.inspection}"
    leader, lead = (Visit(app, sign_in(app, deps, each.id)) for each in (world.leader, world.lead_inspector))
    here = f"/inspections/{world.a.inspection}"
    pages = [leader.get(f"{here}/items/statement-of-purpose"), leader.get(f"{here}/documents/{sent.document}")]
    pages += [lead.get(f"{team}/"), lead.get(f"{team}/documents/{sent.document}/check")]
    assert [True] * 4 == ["does not scan files for malware" in words(each) for each in pages]


class Waits(FakeChecker):
    """Checks only once it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go = Event(), Event()

    def check(self, ask: Ask, bodies: Any) -> Answer:
        self.begun.set()
        assert self.go.wait(30)
        return super().check(ask, bodies)


def test_the_threads_check_and_nobody_waits_too_long(world: World) -> None:
    """What takes longer than patience is checked all the same; what does not fit the queue is left to the worker."""
    checker = Waits()
    deps = replace(world.deps, checker=checker)
    sent = [upload(deps, world.leader.actor, world.a.inspection, "childrens-guide").document for _ in range(2)]
    pool = AtOnce(deps, patience=0.01)
    assert pool.begin(sent[0]) is None  # not started: the worker's
    with pool.running():
        pool.look(sent[0])
        assert checker.begun.wait(30)
        assert "waiting" == state(world, sent[0])
        done = pool.begin(sent[1])
        assert done is not None
        assert None in [pool.begin(sent[1]) for _ in range(QUEUED + 2)]
        checker.go.set()
        assert done.wait(30)
        pool.look(sent[1])
    assert ["clear", "clear"] == [state(world, each) for each in sent]
    for each in threads():
        if each.name.startswith("check-"):
            each.join(30)
            assert not each.is_alive()


def test_few_senders_wait_at_once(world: World) -> None:
    """Where so many wait for a result already, the next returns without it: pages need the other threads (rule 12)."""
    checker, back = Waits(), Queue[None]()
    deps = replace(world.deps, checker=checker)
    sent = [upload(deps, world.leader.actor, world.a.inspection, "childrens-guide").document for _ in range(THREADS)]
    pool = AtOnce(deps, patience=60)

    def look() -> None:
        pool.look(sent[0])
        back.put(None)

    with pool.running():
        for each in sent:
            pool.begin(each)
        senders = [Thread(target=look, daemon=True) for _ in range(WAITING + 1)]
        for sender in senders:
            sender.start()
        back.get(timeout=10)
        with pytest.raises(Empty):
            back.get(timeout=0.2)
        checker.go.set()
        for sender in senders:
            sender.join(30)
    assert WAITING == back.qsize()


def test_a_fault_of_the_check_reaches_no_sender(world: World) -> None:
    """Whatever breaks, the file is received and the worker tries again."""

    class Breaks(FakeChecker):
        def check(self, ask: Ask, bodies: Any) -> Answer:
            raise RuntimeError("canary")

    deps = replace(world.deps, checker=Breaks())
    document = upload(deps, world.leader.actor, world.a.inspection).document
    AtOnce(deps).look(document)
    assert "waiting" == state(world, document)
