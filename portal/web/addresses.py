"""Addresses within this service, as they come back from a browser."""


def local_path(wanted: str) -> str:
    """Return `wanted` if it is an address within this service, or else the empty string."""
    local = wanted.startswith("/") and not wanted.startswith("//")
    return wanted if local and "\\" not in wanted and wanted.isprintable() else ""
