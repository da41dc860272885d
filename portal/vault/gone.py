"""What says, outside the database, that an inspection was disposed of: its key's tombstone, and anchored certificates.

A database that was restored from a backup knows nothing of a disposal since; these do. A certificate counts only
where one of our own keys signed it: whoever can write to an anchor must not be able to have anything disposed of.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog

from portal.domain.errors import PortalError
from portal.ports import Deps
from portal.vault.records import signed_well

log = structlog.get_logger()
AGAIN: Final = "disposal.reapplying"
"""The trail's entry that an inspection is disposed of again; from then on the ordinary run does not certify it."""
REWOUND: Final = "trail-rewound"
"""The kind of alarm that the trail is older than its anchors say: holds and dates entered since may be lost too."""
PREFIX: Final = "certificate-"
_NAME: Final = re.compile(rf"{PREFIX}([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})-([1-9][0-9]{{0,8}})\.json")


@dataclass(frozen=True)
class Original:
    """A certificate as an anchor has it, of which one of our keys signed the body."""

    number: int
    text: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Outside:
    """What stands outside the database at one moment."""

    tombstones: frozenset[UUID]
    kept: Mapping[UUID, Mapping[int, Sequence[bytes]]]
    """What the anchors have as certificates, by inspection and number; of one number perhaps several that differ."""
    unreadable: tuple[str, ...]
    """The anchors that did not answer."""

    def named(self) -> list[UUID]:
        """Return every inspection that anything outside is about, in order."""
        return sorted(self.tombstones | self.kept.keys())

    def numbers(self, inspection: UUID) -> set[int]:
        """Return the numbers of an inspection's certificates that an anchor has, whoever signed them."""
        return set(self.kept.get(inspection, ()))


def look_outside(deps: Deps) -> Outside:
    """List tombstones and anchored certificates. Raises KeyUnavailable: nobody can say what is a tombstone.

    An anchor that does not answer is left out, and logged: the tombstones say the same.
    """
    tombstones = frozenset(deps.custodian.removed())
    kept: dict[UUID, dict[int, list[bytes]]] = {}
    unreadable = []
    for place, anchor in deps.anchors.items():
        try:
            for name, data in anchor.kept(PREFIX):
                if (found := _NAME.fullmatch(name)) is None:
                    continue
                same = kept.setdefault(UUID(found[1]), {}).setdefault(int(found[2]), [])
                if data not in same:
                    same.append(data)
        except (PortalError, OSError) as error:
            log.warning("restored.anchor-unreadable", anchor=place, failure=type(error).__name__)
            unreadable.append(place)
    return Outside(tombstones, kept, tuple(unreadable))


def originals(deps: Deps, outside: Outside, inspection: UUID) -> list[Original]:
    """Return the certificates of an inspection that the anchors have and we signed, by number."""
    kept = outside.kept.get(inspection, {})
    found = (_original(deps, datas, inspection, number) for number, datas in sorted(kept.items()))
    return [each for each in found if each is not None]


def _original(deps: Deps, datas: Iterable[bytes], inspection: UUID, number: int) -> Original | None:
    for data in datas:
        try:
            signed = json.loads(data)
            body = signed["body"]
            about = (body["kind"], body["inspection"], body.get("number", 1))
            known = deps.signer.public_keys().get(signed["key_id"])
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            continue
        if about == ("disposal-certificate", str(inspection), number) and known and signed_well(known, signed):
            return Original(number, data.decode(), body)
    return None
