"""Canonical JSON (RFC 8785) for the trail, of which a million entries are hashed at a time."""

import json
from typing import Any, Final

import rfc8785

_LARGEST: Final = 2**53 - 1


def canonical(value: Any) -> bytes:  # noqa: ANN401 -- as the library has it
    """Return `value` as canonical JSON in UTF-8. Raises ValueError for what JSON cannot say exactly.

    What has keys of ASCII alone and no fractions goes past the library, which is written in Python: sorted and without
    spaces, the encoder in C writes the same bytes in a fifth of the time.
    """
    if _plain(value):
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return rfc8785.dumps(value)


def _plain(value: Any) -> bool:  # noqa: ANN401 -- whatever JSON may be made of
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return bool(-_LARGEST <= value <= _LARGEST)
    if kind is dict:
        return all(type(key) is str and key.isascii() and _plain(each) for key, each in value.items())
    return kind in (list, tuple) and all(map(_plain, value))
