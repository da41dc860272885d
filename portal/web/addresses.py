"""Addresses within this service: their numbers, and whole ones as they come back from a browser."""

from werkzeug.routing import IntegerConverter


class ShortNumber(IntegerConverter):
    """A number in an address, small enough for the database: with more digits, or other ones, it leads nowhere."""

    regex = "[0-9]{1,9}"


def local_path(wanted: str) -> str:
    """Return `wanted` if it is an address within this service, or else the empty string."""
    local = wanted.startswith("/") and not wanted.startswith("//")
    return wanted if local and "\\" not in wanted and wanted.isprintable() else ""
