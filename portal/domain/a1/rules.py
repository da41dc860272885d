"""All rules of the A1 form: structure, privacy, fields, rows, across sheets, duplicates, period."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portal.domain.a1 import adopters, children, cover, cross, duplicates, fields, period, privacy, structure, support
from portal.domain.a1.registry import RULES as _ENTERED
from portal.domain.a1.registry import Rule

MODULES: Final = (structure, cover, privacy, fields, children, adopters, support, cross, duplicates, period)
"""Where the rules stand; importing them enters them."""
_GROUPS: Final = "SPFRXDT"

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    dict(sorted(_ENTERED.items(), key=lambda entry: (_GROUPS.index(entry[0][0]), entry[0])))
)
"""Every rule by its code, in the order in which they run."""
