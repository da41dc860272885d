"""What was measured: values of interleaved rounds, their median and range, and whether a bound was met."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

Unit = Literal["", "MB/s", "MiB", "KB", "ms", "s", "a second"]


@dataclass(frozen=True)
class Figure:
    """One line of the table: `values` of the rounds, in `unit` ("": a ratio), and what their median must keep to."""

    name: str
    unit: Unit
    values: tuple[float, ...]
    at_least: float | None = None
    at_most: float | None = None
    goal: float | None = None
    """Where we want to be; missing it fails nothing."""
    judged: bool = True
    """False in a smoke run, whose sizes say nothing about speed."""

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.values)

    @property
    def met(self) -> bool:
        """Whether the bound was kept; what has none or is not judged keeps it."""
        low, high = self.at_least, self.at_most
        return not self.judged or ((low is None or self.middle >= low) and (high is None or self.middle <= high))

    @property
    def asked(self) -> str:
        """The bound and the goal in words."""
        said = []
        if self.at_least is not None:
            said.append(f"≥ {self.at_least:.2f}")
        if self.at_most is not None:
            said.append(f"≤ {self.at_most:g}{self._unit}")
        if self.goal is not None:
            said.append(f"goal {self.goal:.2f}")
        return ", ".join(said)

    @property
    def row(self) -> str:
        """The figure as a row of a Markdown table."""
        spread = f"{self._say(min(self.values))}–{self._say(max(self.values))}" if len(self.values) > 1 else ""
        verdict = ("met" if self.met else "**missed**") if self.asked and self.judged else ""
        middle = f"{self._say(self.middle)}{self._unit}"
        return f"| {self.name} | {middle} | {spread} | {len(self.values)} | {self.asked} | {verdict} |"

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""

    def _say(self, value: float) -> str:
        return f"{value:.2f}" if self.unit in ("", "s") else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def ratios(shares: Iterable[float], wholes: Iterable[float]) -> tuple[float, ...]:
    """Return the ratio of each round: what was measured over the bound of the same round."""
    return tuple(share / whole for share, whole in zip(shares, wholes, strict=True))


def table(figures: Sequence[Figure], *, head: bool = True) -> str:
    """Return the figures as a Markdown table, or as further rows of one."""
    opening = ["| what | median | range | rounds | asked | |", "|---|---|---|---|---|---|"]
    return "\n".join([*(opening if head else []), *(figure.row for figure in figures)])
