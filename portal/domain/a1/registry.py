"""What a rule is: a small function that finds places, with a code, a severity, a sentence and what to do about it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from string import Formatter
from typing import Final

from portal.domain.a1.form import Form, Hit
from portal.domain.a1.tables import Table
from schemas.texts import Text

Find = Callable[[Form], Iterable[Hit]]
Lacks = Callable[[Table], bool]

STOP: Final = "STOP"
"""It cannot be checked whole, or names somebody where it must not."""
ERROR: Final = "ERROR"
"""It has to be put right or explained."""
CHECK: Final = "CHECK"
"""It may well be right."""
FIRST: Final = "SP"
"""Structure and privacy: looked at and told before the others."""
LAST: Final = frozenset({"S13"})
"""Rules that nearly every workbook breaks, and of which nothing depends: said after the others."""


@dataclass(frozen=True)
class Rule:
    """One rule of docs/a1-form.md. A letter after its number marks another case of a rule, c a milder one."""

    code: str
    severity: str
    message: Text
    """What is wrong, with gaps that hits fill in."""
    fix: Text
    """What the sender does about it."""
    needs: tuple[str, ...]
    """Columns without which it cannot run, as `Children.match_date`."""
    lacks: Lacks | None
    """Whether a sheet lacks what it looks at in each of them, where it looks at more than named columns."""
    find: Find

    @cached_property
    def gaps(self) -> frozenset[str]:
        """Return the names of what its sentences have gaps for."""
        return gaps_of(self.message) | gaps_of(self.fix)

    @property
    def first(self) -> bool:
        """Tell whether it belongs to the first stage: structure and privacy."""
        return self.code[0] in FIRST


def gaps_of(text: Text) -> frozenset[str]:
    """Return the names of what a sentence has gaps for."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text.message) if name)


def columns_of(sheet: str, *columns: str) -> tuple[str, ...]:
    """Return columns of one sheet as `Rule.needs` names them."""
    return tuple(f"{sheet}.{column}" for column in columns)


RULES: Final[dict[str, Rule]] = {}
"""Every rule by its code, in the order in which they are written down."""


def rule(
    code: str, severity: str, message: Text, fix: Text, *needs: str, lacks: Lacks | None = None
) -> Callable[[Find], Find]:
    """Enter the function that follows as the rule of this code."""

    def enter(find: Find) -> Find:
        assert code not in RULES, code
        RULES[code] = Rule(code, severity, message, fix, needs, lacks, find)
        return find

    return enter
