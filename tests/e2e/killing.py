"""`kill -9` at random moments of uploading, declaring, bundling and disposing: what was acknowledged must stand.

Each round sends, declares, downloads and disposes at once, kills server and worker at a random moment, starts them
again and looks: every acknowledged document is listed, every listed one is whole, nothing disposed comes back, and a
sweep leaves no stray object.
"""

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPException
from threading import Event
from uuid import UUID

from sqlalchemy import select

from portal.db.ending_queries import certificate_of, clock_row
from portal.db.engine import reading, writing
from portal.db.queries import current_documents
from portal.db.tables import Document, Inspection, Programme
from portal.domain.actors import OPERATOR
from portal.domain.times import london_date
from portal.services.hand_over import download_document
from portal.services.receive import Upload, receive
from portal.services.sweep import sweep
from portal.services.trail import verify_trail
from portal.vault.leaving import leaving
from portal.vault.parts import document_prefix, inspection_prefix
from tests.e2e.browser import Browser
from tests.e2e.files import BLOCK, made_up_blocks
from tests.e2e.installation import Installation
from tests.e2e.scene import Scene, announced

LONGEST = 0.8
"""Seconds until the kill, at most: long enough for every kind of step to be under way at some moment."""
UPLOAD_BYTES = 5 * 1024 * 1024
SURVIVORS = {"disposing": {"disposing", "disposed"}, "disposed": {"disposed"}}


@dataclass
class Ledger:
    """What the server has acknowledged, and what was seen of each disposal."""

    received: dict[UUID, str] = field(default_factory=dict)
    receipts: int = 0
    states: dict[UUID, str] = field(default_factory=dict)
    certificates: dict[UUID, str] = field(default_factory=dict)


def rounds(portal: Installation, count: int, seed: int) -> dict[str, int]:
    """Go through `count` kills; return what had been reached. Raises AssertionError at the first broken promise."""
    chance = random.Random(seed)
    _settings, deps = portal.connect()
    ledger, reached = Ledger(), {"received": 0, "declared": 0, "disposed": 0, "cut": 0}
    try:
        scene = announced(portal, deps, "KEPT")
        for number in range(count):
            doomed = _doomed(scene, number)
            _one_kill(scene, ledger, chance, number)
            _look(scene, ledger, [*ledger.states, doomed], reached)
        _settle(scene, ledger)
    finally:
        deps.engine.dispose()
    reached["received"] = len(ledger.received)
    reached["disposed"] = len(ledger.certificates)
    return reached


def _doomed(scene: Scene, number: int) -> UUID:
    """Return an inspection with two documents whose year is over, so that the worker disposes of it."""
    deps = scene.deps
    made = announced(scene.portal, deps, f"GONE-{number}")
    for index in range(2):
        upload = Upload(
            made.inspection, "commissioned-services", "file", f"doomed-{index}-{number}", "x.pdf", deps.clock.now()
        )
        receive(deps, made.leader, upload, made_up_blocks(UPLOAD_BYTES))
    now = deps.clock.now()
    with writing(deps.engine) as session:
        programme = session.scalars(select(Programme).where(Programme.code == f"GONE-{number}")).one()
        programme.published_on = london_date(now) - timedelta(days=800)
        programme.publication_entered_at = now - timedelta(days=400)
        session.get_one(Inspection, made.inspection).state = "closed"
    return made.inspection


def _one_kill(scene: Scene, ledger: Ledger, chance: random.Random, number: int) -> None:
    """Start, let everything happen at once, and kill at a random moment."""
    portal = scene.portal
    server = portal.serve()
    leader, lead = scene.browser(scene.leader), scene.browser(scene.lead)
    stop = Event()
    with ThreadPoolExecutor(4) as people:
        jobs: list[Callable[[], None]] = [
            lambda: _send(scene, leader, ledger, stop, number),
            lambda: _declare(scene, leader, ledger, stop),
            lambda: _bundle(scene, lead, stop),
        ]
        running = [people.submit(job) for job in jobs]
        killed = [server]
        try:
            killed.append(portal.spawn("worker"))
            _wait_for_heartbeat(scene)
            time.sleep(chance.uniform(0, LONGEST))
        finally:
            # The two groups at once; the worker first or last, by chance.
            for process in chance.sample(killed, len(killed)):
                portal.kill(process)
            stop.set()
    for job in running:
        job.result()


def _wait_for_heartbeat(scene: Scene) -> None:
    """Wait until the worker's first round begins; the disposal comes right after its heartbeat."""
    since, until = scene.deps.clock.now(), time.monotonic() + 30
    while time.monotonic() < until:
        with reading(scene.deps.engine) as session:
            seen = clock_row(session).heartbeat_at
        if seen is not None and seen >= since:
            return
        time.sleep(0.005)
    raise AssertionError("the worker does not start")


def _send(scene: Scene, leader: Browser, ledger: Ledger, stop: Event, number: int) -> None:
    """Send file after file; note each that was acknowledged with its digest."""
    index = 0
    while not stop.is_set():
        size = UPLOAD_BYTES + number * 1000 + index
        digest = hashlib.sha256(b"".join(made_up_blocks(size))).hexdigest()
        with suppress(OSError, HTTPException, AssertionError):
            name, blocks = f"guide {index}.pdf", _slowly(made_up_blocks(size))
            answer = leader.put(str(scene.inspection), "childrens-guide", "file", name, blocks, size)
            if answer.status == 201:
                ledger.received[UUID(answer.json()["body"]["document"])] = digest
        index += 1


def _slowly(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Pass the blocks on with a pause before each, so that a kill often finds an upload under way."""
    for block in blocks:
        time.sleep(0.03)
        yield block


def _declare(scene: Scene, leader: Browser, ledger: Ledger, stop: Event) -> None:
    """Declare again and again, with a word on every gap; note that it was acknowledged."""
    path = f"/inspections/{scene.inspection}/declaration"
    words: dict[str, str] = {}
    for item in _items():
        words |= {f"kind_{item}": "not_held", f"gap_{item}": "Not held in this test."}
    while not stop.is_set():
        with suppress(OSError, HTTPException, AssertionError):
            if leader.post(path, f"/inspections/{scene.inspection}/", **words).status == 303:
                ledger.receipts = max(ledger.receipts, 1)


def _items() -> list[str]:
    from schemas.definitions import load_checklist

    return [item.code for item in load_checklist("2023").items]


def _bundle(scene: Scene, lead: Browser, stop: Event) -> None:
    """Download bundle after bundle."""
    while not stop.is_set():
        path = f"/team/inspections/{scene.inspection}/bundle"
        with suppress(OSError, HTTPException), lead.open("GET", path) as response:
            while response.read(BLOCK) and not stop.is_set():
                pass


def _look(scene: Scene, ledger: Ledger, disposals: list[UUID], reached: dict[str, int]) -> None:
    """After a kill: nothing acknowledged is missing, nothing listed is broken, nothing disposed has come back."""
    deps = scene.deps
    with reading(deps.engine) as session:
        listed = {document.id: document for document in current_documents(session, scene.inspection)}
        declared = session.get_one(Inspection, scene.inspection).declared_at is not None
        pending = session.scalars(select(Document.id).where(Document.state == "pending")).all()
    reached["cut"] += bool(pending)
    reached["declared"] += declared
    assert set(ledger.received) <= set(listed), "an acknowledged document is not listed"
    assert declared or not ledger.receipts, "an acknowledged declaration is not there"
    newest = sorted(listed.values(), key=lambda document: document.began_at)[-3:]
    for document in newest:
        whole = hashlib.sha256()
        for chunk in download_document(deps, scene.lead, scene.inspection, document.id).chunks:
            whole.update(chunk)
        assert document.sha256 == whole.digest(), "a listed document is not whole"
        assert ledger.received.get(document.id, whole.hexdigest()) == whole.hexdigest()
    _look_at_disposals(scene, ledger, disposals)


def _look_at_disposals(scene: Scene, ledger: Ledger, disposals: list[UUID]) -> None:
    """Note how far each has come: never back, and certified exactly when key and parts are gone."""
    deps = scene.deps
    with reading(deps.engine) as session:
        states = {each: session.get_one(Inspection, each).state for each in disposals}
        certified = {each: certificate_of(session, each) for each in disposals}
        kept = {each: leaving(session, each) for each in disposals}
    for inspection, state in states.items():
        before = ledger.states.get(inspection, "closed")
        assert state in SURVIVORS.get(before, {"closed", "disposing", "disposed"}), f"{before} became {state}"
        ledger.states[inspection] = state
        certificate = certified[inspection]
        assert (state == "disposed") == (certificate is not None), "state and certificate do not agree"
        if certificate is not None:
            assert ledger.certificates.setdefault(inspection, certificate.body) == certificate.body
            assert "removed" == deps.custodian.state(inspection)
            assert 0 == deps.store.remains(inspection_prefix(inspection))
            assert not kept[inspection], "an account outlived the last inspection of its owner"


def _settle(scene: Scene, ledger: Ledger) -> None:
    """Let the worker finish; then no stray object is left, every document is whole, and the trail verifies."""
    deps, portal = scene.deps, scene.portal
    worker = portal.spawn("worker")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with reading(deps.engine) as session:
            states = {each: session.get_one(Inspection, each).state for each in ledger.states}
        if set(states.values()) <= {"disposed"}:
            break
        time.sleep(0.1)
    assert {"disposed"} == set(states.values()), f"a disposal was not finished: {states}"
    portal.kill(worker)
    _look_at_disposals(scene, ledger, list(ledger.states))
    # Past the lease and the grace period, the sweep has nothing left to wait for.
    for minutes in (5, 20):
        portal.set_clock(timedelta(minutes=minutes))
        sweep(deps)
    with reading(deps.engine) as session:
        kept = {document.id: document for document in current_documents(session, scene.inspection)}
    prefixes = tuple(document_prefix(scene.inspection, each) for each in kept)
    strays = [key for key in deps.store.keys("") if not key.startswith(prefixes)]
    assert [] == strays
    for document in kept.values():
        whole = hashlib.sha256()
        for chunk in download_document(deps, scene.lead, scene.inspection, document.id).chunks:
            whole.update(chunk)
        assert document.sha256 == whole.digest()
    verify_trail(deps, OPERATOR)
