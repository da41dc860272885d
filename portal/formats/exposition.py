"""Gauges as text that Prometheus reads: its exposition format, version 0.0.4."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isinf


@dataclass(frozen=True)
class Gauge:
    """One number, or several that differ by a label."""

    name: str
    help: str
    values: Mapping[str, float]
    """By the value of the label; where there is no label, under the empty string."""
    label: str = ""


def exposition(gauges: Iterable[Gauge]) -> str:
    """Return the gauges, each with its help and type; the text ends with a line feed."""
    return "".join(line for gauge in gauges for line in _lines(gauge))


def _lines(gauge: Gauge) -> Iterable[str]:
    yield f"# HELP {gauge.name} {_escaped(gauge.help)}\n"
    yield f"# TYPE {gauge.name} gauge\n"
    for value, number in sorted(gauge.values.items()):
        labels = f'{{{gauge.label}="{_escaped(value, quoted=True)}"}}' if gauge.label else ""
        yield f"{gauge.name}{labels} {_number(number)}\n"


def _escaped(text: str, *, quoted: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quoted else text


def _number(number: float) -> str:
    if isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    return f"{number:.3f}".rstrip("0").rstrip(".")
