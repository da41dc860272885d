"""The one grammar of object keys, so that every store refuses the same keys."""

import re

_NAME = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"
_KEY = re.compile(rf"{_NAME}/{_NAME}/{_NAME}", re.ASCII)
_PREFIX = re.compile(rf"({_NAME}/){{1,2}}", re.ASCII)


def checked_key(key: str) -> str:
    """Return `key` if it reads `inspection/document/part`; raise ValueError otherwise.

    No name starts with a dot: `..` cannot leave the store, and an unfinished write can never be taken for an object.
    Always three names: an object can never stand where a folder of another object must be.
    """
    if not _KEY.fullmatch(key):
        raise ValueError("An object key is three plain names: inspection/document/part.")
    return key


def checked_prefix(prefix: str) -> str:
    """Return `prefix` if it reads `inspection/` or `inspection/document/`; raise ValueError otherwise.

    The slash at the end keeps neighbours out: `a/` does not catch `ab/`.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError("A prefix is one or two plain names, each with a slash behind it.")
    return prefix
