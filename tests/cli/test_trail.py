"""The audit trail on the command line: spans, files, anchors, keys and pruning."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

from portal.domain.spans import span_problem
from portal.services.heartbeat import beat
from portal.vault.signatures import checker
from tests.cli.conftest import Portal


def _walk(portal: Portal, to: str) -> None:
    """Take the clock to a time in London, with a heartbeat an hour before."""
    when = datetime.fromisoformat(to)
    portal.set_clock(f"{when - timedelta(hours=1):%Y-%m-%dT%H:%M}")
    portal.run("retention", "confirm-clock", "--yes")
    with portal.deps() as deps:
        beat(deps)
    portal.set_clock(f"{when:%Y-%m-%dT%H:%M}")


def test_the_trail_from_a_certificate_to_its_own_end(portal: Portal, tmp_path: Path) -> None:
    """A span and files to hand on, a new key, and years later a segment that is exported and goes."""
    portal.announced()
    portal.set_clock("2023-11-21T10:00")
    portal.says("programme", "publish", "RAA", str(date(2023, 11, 20)))
    assert "no certificate" in portal.refuses("audit", "span", "RAA-01")
    _walk(portal, "2024-11-21T00:00")
    portal.says("retention", "dispose", "--yes")
    span = json.loads(portal.says("audit", "span", "RAA-01"))
    with portal.deps() as deps:
        assert "" == span_problem(span, checker(deps.signer.public_keys()))
    (folder,) = portal.json("audit", "anchors")
    assert ("folder", "") == (folder["anchor"], folder["failure"])
    lines = portal.says("audit", "export").splitlines()
    assert list(range(1, len(lines) + 1)) == [json.loads(line)["seq"] for line in lines]
    rows = portal.says("audit", "export", "RAA-01", "--format", "csv").splitlines()
    assert rows[0].startswith('\ufeff"seq","at"')
    assert 1 < len(rows) < len(lines)
    assert "Back the folder of signing keys up first" in portal.refuses("signing", "rotate")
    assert "signs from now on" in portal.says("signing", "rotate", "--yes")
    assert 2 == len(portal.json("signing", "keys"))
    assert portal.says("audit", "verify").startswith("The audit trail verifies: ")
    assert "Nothing in the audit trail is old enough to be pruned." == portal.says("audit", "prune")
    _walk(portal, "2031-12-21T00:00")
    file = tmp_path / "segment.jsonl"
    said = portal.says("audit", "prune", "--export", str(file))
    gone = len(file.read_text().splitlines())
    assert f"Entries 1 to {gone} can go: run this with --yes." == said
    assert "File exists" in portal.refuses("audit", "prune", "--export", str(file))
    assert portal.says("audit", "prune", "--yes").startswith(f"Removed {gone} entries.")
    assert portal.says("audit", "verify").endswith(f"Entries up to {gone} were pruned, as the trail says.")
