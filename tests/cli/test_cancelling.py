"""Cancelling an inspection, and a programme's long-stop, from the command line."""

from tests.cli.conftest import Portal


def test_an_inspection_is_cancelled_once_it_is_meant(portal: Portal) -> None:
    """Without --yes nothing happens; with it the state and the mails follow, once."""
    reference = portal.announced()
    assert "run this again with --yes" in portal.refuses("inspection", "cancel", reference)
    assert ["announced"] == [each["state"] for each in portal.json("inspection", "list")]
    assert {"reference": reference, "state": "cancelled"} == portal.json("inspection", "cancel", reference, "--yes")
    assert ["cancelled"] == [each["state"] for each in portal.json("inspection", "list")]
    assert "cancelled" == portal.json("programme", "show", "RAA")["inspections"][0]["state"]
    assert "cancelled already" in portal.refuses("inspection", "cancel", reference, "--yes")
    assert "inspection.cancelled" in {each["action"] for each in portal.json("audit", "list")}


def test_a_long_stop_is_shown_set_and_reached(portal: Portal) -> None:
    """The suggested day counts until another is set; a worker's round raises the alarm, and disposes of nothing."""
    portal.says("programme", "add", "NEXT", "The next one")
    assert "no long-stop" in portal.says("programme", "long-stop", "NEXT")
    portal.announced()
    assert "The long-stop of RAA is 2025-04-19 (suggested" in portal.says("programme", "long-stop", "RAA")
    assert "The long-stop of RAA is 2024-01-01 (set)." == portal.says("programme", "long-stop", "RAA", "2024-01-01")
    assert "must be from" in portal.refuses("programme", "long-stop", "RAA", "2023-10-01")
    portal.set_clock("2024-01-01T10:00")
    assert "It is reached" in portal.says("programme", "long-stop", "RAA")
    assert 0 == portal.run("worker", "--once").exit_code
    assert ["long-stop"] == [each["kind"] for each in portal.json("retention", "alarms")]
    assert [] == portal.json("retention", "dispose", "--yes")
