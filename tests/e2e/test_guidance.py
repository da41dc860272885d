"""The guidance's own numbers, from the notice to the disposal: six inspections, one report (§12–§20, §53, §65)."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from portal.db.ending_queries import certificate_of
from portal.db.engine import reading
from portal.db.queries import current_documents, provider_people
from portal.db.tables import Inspection
from portal.domain.times import LONDON, iso, parse_iso
from tests.e2e.browser import Browser
from tests.e2e.demo import alarms, command, wait_for, walk_clock
from tests.e2e.installation import Installation, installation
from tests.e2e.scene import COOKIE, signed_cookie
from tests.world import sample, session_for

NOTICE = "2023-10-02T09:30"
DUE = parse_iso("2025-03-27T00:00:00.000Z")
SIX = [f"AGENCY-{letter}" for letter in "ABCDEF"]


def announce(portal: Installation, agency: str) -> dict[str, Any]:
    """Give notice to one agency by command; return what it says."""
    said = command(
        portal, "inspection", "announce", "RAA-2023", "--agency", agency, f"Adopt {agency}",
        "--leader", f"leader@{agency}.example", "Lena Leader",
        "--lead-inspector", "lead@inspectorate.example", "Iris Inspector", "--json",
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(said)
    return answer


def send_as_leader(portal: Installation, inspection: UUID) -> None:
    """Let the leader send one document over HTTP."""
    _settings, deps = portal.connect()
    try:
        with reading(deps.engine) as session:
            [leader] = provider_people(session, inspection)
        token = session_for(deps, leader.id)
        browser = Browser(portal.port, {COOKIE: signed_cookie(deps.secret, token)})
        answer = browser.upload_form(str(inspection), "annual-report", "file", "report.pdf", sample())
        assert 303 == answer.status
    finally:
        deps.engine.dispose()


def test_the_numbers_of_the_guidance_hold(tmp_path: Path) -> None:
    """Notice at 9:30 on Monday 2 October 2023, report on 26 March 2024: all six are disposed of on 27 March 2025."""
    with installation(tmp_path / "portal") as portal:
        command(portal, "dev", "clock", "--set", NOTICE)
        portal.serve()
        portal.spawn("worker")
        command(portal, "programme", "add", "RAA-2023", "Thematic inspections 2023")
        announced = [announce(portal, agency) for agency in SIX]
        assert ["4pm on Tuesday 3 October 2023"] * 6 == [each["deadline"] for each in announced]
        assert [[]] * 6 == [each["warnings"] for each in announced]
        ids = [UUID(each["inspection"]) for each in announced]
        # 4pm in summer is 3pm in UTC; two minutes earlier a document is on time, and a second later it is not.
        walk_clock(portal, datetime(2023, 10, 3, 15, 58, tzinfo=LONDON))
        send_as_leader(portal, ids[0])
        walk_clock(portal, datetime(2023, 10, 3, 16, 0, 1, tzinfo=LONDON))
        send_as_leader(portal, ids[1])
        _settings, deps = portal.connect()
        try:
            with reading(deps.engine) as session:
                rows = [session.get_one(Inspection, each) for each in ids]
                assert ["2023-10-03T15:00:00.000Z"] * 6 == [iso(each.deadline_at) for each in rows]
                # Monday to Monday: five working days' notice, then four days on site.
                assert [("2023-10-09", "2023-10-12")] * 6 == [(str(r.starts_on), str(r.last_day_on)) for r in rows]
                late = [[doc.on_time for doc in current_documents(session, each)] for each in ids[:2]]
            assert [[True], [False]] == late
            walk_clock(portal, datetime(2024, 3, 26, 9, 30, tzinfo=LONDON))
            command(portal, "programme", "publish", "RAA-2023", "2024-03-26")
            dues = json.loads(command(portal, "retention", "due", "--json"))
            assert ["2025-03-27T00:00:00.000Z"] * 6 == [each["due"] for each in dues]
            walk_clock(portal, DUE - timedelta(minutes=5))
            with reading(deps.engine) as session:
                assert [None] * 6 == [certificate_of(session, each) for each in ids]
            walk_clock(portal, DUE)
            wait_for(lambda: all(_certified(deps, each) for each in ids), "the disposal of all six", 60)
            with reading(deps.engine) as session:
                bodies = [json.loads(certificate_of(session, each).body)["body"] for each in ids]  # type: ignore[union-attr]
            assert {("2024-03-26", "2025-03-27T00:00:00.000Z")} == {(b["published_on"], b["due_at"]) for b in bodies}
            assert 0 == alarms(portal)
        finally:
            deps.engine.dispose()


def _certified(deps: Any, inspection: UUID) -> bool:
    with reading(deps.engine) as session:
        return certificate_of(session, inspection) is not None
