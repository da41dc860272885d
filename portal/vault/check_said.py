"""What people said of a check, opened: why a sender leaves errors of an A1 form, and why a head of the team let go."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from portal.db.checks import DocumentCheck
from portal.domain.times import say_moment
from portal.vault.cases import A_COLLEAGUE
from portal.vault.checks import open_check_words

View = dict[str, Any]


def reason_view(key: bytes, row: DocumentCheck | None, people: Mapping[UUID, str]) -> View | None:
    """Return by whom, when and why (`words`) errors stay as they are; None where nobody said. Raises SealBroken."""
    if row is None or row.reason_at is None or row.reason_by is None:
        return None
    words = open_check_words(key, row, "reason", row.sealed_reason)
    return {"by": people.get(row.reason_by, A_COLLEAGUE), "moment": say_moment(row.reason_at), "words": words}


def release_view(key: bytes, row: DocumentCheck | None, people: Mapping[UUID, str]) -> View | None:
    """Return by whom, when and why (`words`) it was released; None where it was not. Raises SealBroken."""
    if row is None or row.released_at is None or row.released_by is None:
        return None
    words = open_check_words(key, row, "release", row.sealed_release)
    return {"by": people.get(row.released_by, A_COLLEAGUE), "moment": say_moment(row.released_at), "words": words}
