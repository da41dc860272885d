"""How files are checked in this deployment, and what is wrong with such a choice."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from portal.domain.mailing import loopback

_VERSION: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}|/.*")
_FORM: Final = "PORTAL_CLAMD must be unix:///PATH or tcp://HOST:PORT."


@dataclass(frozen=True)
class Checking:
    """The settings about checking; what is not used is the empty string."""

    clamd: str
    """Where the malware scanner listens; only development may do without one."""
    a1_definition: str
    """The version of the A1 form's definition that forms are read by, or the path of a deployment's own."""
    check_effects: str
    """Path of a TOML file that changes what findings lead to."""


def checking_faults(checking: Checking) -> list[str]:
    """Return a sentence for every fault; whether the file of effects can be used is asked where it is read."""
    faults = [] if _is_socket(checking.clamd) else [_FORM]
    if not faults and checking.clamd.startswith("tcp:") and not loopback(urlsplit(checking.clamd).hostname or ""):
        faults.append("PORTAL_CLAMD must be on this machine: what is scanned goes there in the clear.")
    if not _VERSION.fullmatch(checking.a1_definition):
        faults.append("PORTAL_A1_DEFINITION must be a version, such as illustrative-2023, or an absolute path.")
    return faults


def _is_socket(address: str) -> bool:
    try:
        parts = urlsplit(address)
        if parts.scheme == "tcp":
            return bool(parts.hostname and parts.port) and not (parts.path or parts.query or parts.fragment)
    except ValueError:
        return False
    return not address or (parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/"))
