"""What is known of a browser before anybody signed in with it, and how its short name is said."""

from dataclasses import dataclass
from typing import Final

from schemas.texts import say

_FAMILIES: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""Most browsers claim to be others too: the first that fits is the one."""
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_UNKNOWN: Final = say("a browser of unknown kind")


@dataclass(frozen=True)
class Browser:
    """Where a request comes from: its network address, a short name, and the device cookie (`vault/devices.py`)."""

    address: str = ""
    name: str = ""
    devices: str = ""


SOME_BROWSER: Final = Browser()
"""One of which nothing is known: what is tried from it counts on the account alone."""


def name_browser(header: str) -> str:
    """Return family and system of a User-Agent header, as in "Firefox/Windows"; the header itself is kept nowhere."""
    family = next((name for mark, name in _FAMILIES if mark in header), "")
    system = next((name for mark, name in _SYSTEMS if mark in header), "")
    return f"{family}/{system}" if family else ""


def say_browser(name: str) -> str:
    """Say the short name of a browser in words."""
    family, _, system = name.partition("/")
    if not family:
        return _UNKNOWN
    return say("{browser} on {system}", browser=family, system=system) if system else family
