"""Single sign-on for staff: what a deployment sets, and what checked claims of the directory make of a person.

The claim limits and never gives: a right needs the directory's word and the portal's own assignment, both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from portal.domain.errors import PortalError
from portal.domain.mailing import loopback
from portal.domain.roles import TEAM, Role
from schemas.texts import say

VISIT_LIFE: Final = timedelta(minutes=10)
"""How long somebody may take at the directory's own pages."""
ASK_EVERY: Final = timedelta(minutes=4)
"""After this a request first asks the directory whether they may still come in."""
TRUSTED_FOR: Final = timedelta(minutes=5)
"""After this the directory's last word counts no longer, whether it can be reached or not."""
SKEW: Final = 60
"""Seconds by which the directory's clock may differ from ours."""
LONGEST_SUBJECT: Final = 255
KINDS: Final[Mapping[str, frozenset[Role]]] = {
    "inspector": TEAM,
    "administrator": frozenset({Role.administrator}),
    "data_protection_officer": frozenset({Role.data_protection_officer}),
}
"""What a claim's value may stand for, and the roles that somebody who bears it can use."""


@dataclass(frozen=True)
class SingleSignOn:
    """The settings about the staff directory; without an issuer there is none."""

    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str = field(repr=False)
    oidc_client_secret_file: str
    oidc_scopes: str
    oidc_roles_claim: str
    oidc_roles: str
    oidc_acr: str
    oidc_amr: str
    staff_sign_in: str

    @property
    def configured(self) -> bool:
        """Whether there is a directory."""
        return bool(self.oidc_issuer)

    @property
    def alone(self) -> bool:
        """Whether staff come in by the directory alone."""
        return self.staff_sign_in == "directory"


def single_sign_on_faults(given: SingleSignOn, *, production: bool) -> list[str]:
    """Return a sentence for every fault of the settings."""
    faults = []
    if given.staff_sign_in not in ("both", "directory"):
        faults.append("PORTAL_STAFF_SIGN_IN must be both or directory.")
    if not given.configured:
        if given.alone:
            faults.append("PORTAL_OIDC_ISSUER is not set: staff sign in by the directory alone.")
        return faults
    return faults + [sentence for wrong, sentence in _wrongs(given, production=production) if wrong]


def _wrongs(given: SingleSignOn, *, production: bool) -> list[tuple[bool, str]]:
    return [
        (
            not safe_address(given.oidc_issuer, production=production),
            "PORTAL_OIDC_ISSUER must begin with https://, and hold neither a query nor a fragment.",
        ),
        (not given.oidc_client_id, "PORTAL_OIDC_CLIENT_ID is not set: staff sign in by a directory."),
        (
            bool(given.oidc_client_secret) == bool(given.oidc_client_secret_file),
            "Set PORTAL_OIDC_CLIENT_SECRET or PORTAL_OIDC_CLIENT_SECRET_FILE, one of them.",
        ),
        ("openid" not in given.oidc_scopes.split(), "PORTAL_OIDC_SCOPES must hold openid."),
        (
            not (given.oidc_acr or given.oidc_amr),
            "Set PORTAL_OIDC_ACR or PORTAL_OIDC_AMR: the directory must say that a second factor was used.",
        ),
        (
            not roles_by_value(given.oidc_roles),
            (
                "PORTAL_OIDC_ROLES must be pairs such as inspector=VALUE,administrator=VALUE; the names are "
                f"{', '.join(KINDS)}."
            ),
        ),
    ]


def safe_address(url: str, *, production: bool) -> bool:
    """Say whether a directory's address keeps its secrets: https, or in development http to this machine alone."""
    try:
        address = urlsplit(url)
        host = address.hostname or ""
    except ValueError:
        return False
    safe = address.scheme == "https" or (address.scheme == "http" and not production and loopback(host))
    return safe and bool(host) and not address.query and not address.fragment and "@" not in address.netloc


def roles_by_value(text: str) -> Mapping[str, frozenset[Role]]:
    """Read `inspector=VALUE,administrator=VALUE`; a value may stand for several kinds. Empty if any pair is faulty."""
    found: dict[str, frozenset[Role]] = {}
    for pair in text.split(","):
        kind, _, value = (each.strip() for each in pair.partition("="))
        if kind not in KINDS or not value:
            return {}
        found[value] = found.get(value, frozenset()) | KINDS[kind]
    return found


def words_at(claims: Mapping[str, object], path: str) -> list[str] | None:
    """Return the words of a claim, or of a member within one, as in `organisation.id`; None where it is not there."""
    here: object = claims
    # A claim may have dots in its own name, as those that are addresses do.
    for step in [path] if path in claims else path.split("."):
        if not isinstance(here, Mapping) or step not in here:
            return None
        here = here[step]
    if isinstance(here, str):
        return [here]
    return [each for each in here if isinstance(each, str)] if isinstance(here, list) else []


def strong_enough(claims: Mapping[str, object], acr: str, amr: str) -> bool:
    """Say whether the directory says that they signed in as is required (ASVS V6.8.4).

    `acr` and `amr` are words parted by spaces: one of the first is needed, and all of the second.
    """
    # Not by `words_at`: what is nested anywhere else is no statement about signing in.
    said = claims.get("amr")
    methods = {each for each in said if isinstance(each, str)} if isinstance(said, list) else set()
    return (not acr or claims.get("acr") in acr.split()) and set(amr.split()) <= methods


class Errand(StrEnum):
    """Why a browser is sent to the directory."""

    sign_in = "sign-in"
    accept = "accept"
    """An invitation, in place of a password."""
    link = "link"
    """Connect an account that somebody is signed in to."""
    confirm = "confirm"
    """That it is they, for one purpose."""
    check = "check"
    """No browser is sent: somebody asks whether the owner of a session may still come in."""


class Why(StrEnum):
    """Why somebody who came back from the directory is turned away."""

    stray = "stray"
    """Another browser's answer, a second one, or one that took too long."""
    refused = "refused"
    """The directory, or what it sent, lets nobody in."""
    away = "away"
    """The directory cannot be reached."""
    no_role = "no-role"
    """The directory does not vouch for them as staff."""
    unknown = "unknown"
    """No account here that they can use."""
    other = "other"
    """The account of one person, the identity of another."""


class TurnedAway(PortalError):
    """Somebody who came back from the directory does not come in."""

    def __init__(self, why: Why) -> None:
        super().__init__(say("You could not be signed in with your work account. Start again."))
        self.why = why
