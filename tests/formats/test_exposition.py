"""Figures as Prometheus reads them, by the rules of its text format 0.0.4."""

from math import inf

from portal.formats.exposition import Gauge, exposition
from tests.metrics import parse


def test_gauges_are_read_back_as_they_were_written() -> None:
    """With and without a label, none at all, infinity, and whatever a label may hold."""
    odd = 'a "quoted" \\ back\nslash'
    gauges = [
        Gauge("portal_one", "One \\ thing,\nsaid on two lines.", {"": 3}),
        Gauge("portal_many", "Many.", {odd: 1, "b": 0.25}, "kind"),
        Gauge("portal_none", "None.", {}),
        Gauge("portal_long", "Long.", {"": inf}),
        Gauge("portal_big", "Big.", {"": 12_345_678}),
    ]
    text = exposition(gauges)
    assert {
        ("portal_one", ()): 3.0,
        ("portal_many", (("kind", odd),)): 1.0,
        ("portal_many", (("kind", "b"),)): 0.25,
        ("portal_long", ()): inf,
        ("portal_big", ()): 12_345_678.0,
    } == parse(text)
    assert text.startswith(
        "# HELP portal_one One \\\\ thing,\\nsaid on two lines.\n# TYPE portal_one gauge\nportal_one 3\n"
    )
