"""What comes before a disposal on the command line: plans, approval, copies, and figures to watch."""

import json
from math import inf

from portal.services.forewarn import forewarn
from tests.cli.conftest import Portal
from tests.cli.test_end_of_life import DUE, published, walk
from tests.metrics import parse

__all__ = ["published"]


def figures(portal: Portal) -> dict[str, float]:
    """Return the figures as a scraper reads them, an alarm's under its kind."""
    return {labels[0][1] if labels else name: value for (name, labels), value in parse(
        portal.says("retention", "metrics") + "\n").items()}  # fmt: skip


def test_a_plan_is_approved_by_hand_where_the_programme_asks_for_it(published: Portal) -> None:
    """Nothing without --yes; copies are counted; the figures follow; the disposal then goes."""
    assert (inf, 0, 0) == tuple(figures(published)[each] for each in ("portal_heartbeat_age_seconds", "clock",
                                                                      "portal_disposals_due"))  # fmt: skip
    assert "without a person's approval" in published.says("retention", "approval", "RAA")
    assert "until its plan is approved" in published.says("retention", "approval", "RAA", "--policy", "each")
    assert "There is no plan to approve yet" in published.refuses("retention", "approve", "RAA-01", "--yes")
    walk(published, DUE)
    with published.deps() as deps:
        forewarn(deps)
    told = figures(published)
    assert (1, 1, 0) == tuple(
        told[f"portal_{each}"] for each in ("disposals_due", "plans_unapproved", "disposals_late")
    )
    assert 3500 <= told["portal_heartbeat_age_seconds"] < 7200, "the clock runs on while this runs"
    assert "run this again with --yes" in published.fails("retention", "approve", "RAA-01")
    assert "is approved" in published.says("retention", "approve", "RAA-01", "--yes")
    plan = json.loads(published.says("retention", "plan", "RAA-01"))
    assert ("operator", "RAA-01", 64) == (plan["approved_by"], plan["plan"]["reference"], len(plan["sha256"]))
    counts = {"downloads": 0, "asked": 0, "confirmed": 0, "outstanding": 0}
    assert {"reference": "RAA-01", **counts} == published.json("retention", "copies", "RAA-01")
    assert "RAA-01" in published.says("retention", "copies", "RAA-01")
    assert 0 == figures(published)["portal_plans_unapproved"]
