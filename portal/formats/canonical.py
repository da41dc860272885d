"""Canonical JSON (RFC 8785): one value, one sequence of bytes, so that it can be hashed and signed."""

from typing import Any, cast

import rfc8785


def canonical_json(value: object) -> bytes:
    """Return `value` as canonical JSON in UTF-8: keys in order, no spaces.

    Takes None, bool, int (up to 2**53 - 1 either way), float, str, list, tuple and dict with str keys; turn instants
    and ids into text first. Raises ValueError for all else, for NaN and infinity, and for text that UTF-8 cannot hold.
    """
    return rfc8785.dumps(cast("Any", value))
