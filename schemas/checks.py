"""What can be found in a file, as data: `checks.toml` has a sentence, what to do and an effect for each code."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from schemas.definitions import DefinitionError
from schemas.texts import Text

_FILE = Path(__file__).parent / "checks.toml"
MALWARE = "malware"
"""The one finding whose effect nobody can change."""
LOCKED = "password"
"""The finding that what is in a file nobody can see."""


class Effect(StrEnum):
    """What a finding leads to: withheld from readers, handed out with a warning, or only noted."""

    quarantine = "quarantine"
    flag = "flag"
    note = "note"


@dataclass(frozen=True)
class Check:
    """One thing that can be found in a file."""

    code: str
    effect: Effect
    title: Text
    """What was found, a sentence for the sender and the team."""
    fix: Text
    """What the sender does next."""


@cache
def load_checks() -> Mapping[str, Check]:
    """Return every check by its code, with the effects that we chose. Raises DefinitionError."""
    raw = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    faults, checks = [], {}
    for code, table in raw.items():
        if set(table) != {"effect", "title", "fix"} or table["effect"] not in list(Effect):
            faults.append(f"{code}: needs effect ({', '.join(Effect)}), title and fix, and nothing else")
        else:
            checks[code] = Check(code, Effect(table["effect"]), Text(table["title"]), Text(table["fix"]))
    if MALWARE not in checks or checks[MALWARE].effect is not Effect.quarantine:
        faults.append(f"{MALWARE}: must be there, and quarantine")
    if faults:
        raise DefinitionError("\n".join(faults))
    return MappingProxyType(checks)


def load_effects(path: str) -> Mapping[str, Effect]:
    """Return the effect of every check by a deployment's file, "" for none. Raises OSError, ValueError."""
    return read_effects(Path(path).read_text(encoding="utf-8") if path else "")


def read_effects(text: str) -> Mapping[str, Effect]:
    """Return the effect of every check: ours, changed by a deployment's TOML of `code = "effect"`.

    Raises DefinitionError (not TOML, unknown code or effect, malware that would not be quarantined), naming all faults.
    """
    effects, faults = {code: check.effect for code, check in load_checks().items()}, []
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"not TOML: {error}") from error
    for code, effect in given.items():
        if code not in effects:
            faults.append(f"{code} is not a check")
        elif effect not in list(Effect):
            faults.append(f"{code} must be one of {', '.join(Effect)}")
        elif code == MALWARE and effect != Effect.quarantine:
            faults.append(f"{MALWARE} is always quarantined")
        else:
            effects[code] = Effect(effect)
    if faults:
        raise DefinitionError("\n".join(faults))
    return MappingProxyType(effects)
