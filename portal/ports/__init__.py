"""The outside, as the portal sees it: one Protocol for each part that can be replaced, and `Deps`, which holds them.

Every implementation, fakes included, passes the contract tests in `tests/contracts/`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

from sqlalchemy import Engine

from portal.domain.deadline import Holidays
from portal.domain.policy import Policy
from portal.domain.roles import Role
from portal.ports.checking import Checker, Scanner
from schemas.checks import Effect, read_effects
from schemas.texts import Catalogue


class Clock(Protocol):
    """The only source of time (rule 6)."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class BlobStore(Protocol):
    """Sealed objects by key. Keys are ASCII, `inspection/document/part`; a prefix ends in a slash.

    An object is there whole or not at all, whatever is killed and when.
    """

    def put(self, key: str, data: bytes) -> None:
        """Make `data` durable under `key`. Raises ObjectExists (never overwrites), StoreUnavailable."""
        ...

    def get(self, key: str) -> bytes:
        """Return the object. Raises ObjectMissing, StoreUnavailable."""
        ...

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys of the whole, current objects below `prefix`, in order."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Delete these objects, every version of each; a key that is not there is no error."""
        ...

    def empty(self, prefix: str) -> int:
        """Delete all below `prefix`: objects, old versions, delete markers, unfinished writes. Return how many."""
        ...

    def remains(self, prefix: str) -> int:
        """Count, by reading back, what is left below `prefix`, in whatever form."""
        ...

    def clear_unfinished(self, min_age: timedelta) -> int:
        """Remove what writers that were killed left behind at least `min_age` ago. Return how many."""
        ...


KeyState = Literal["present", "removed", "unknown"]


@dataclass(frozen=True)
class KeyRemoval:
    """How and when a key was removed, in words fit for a certificate."""

    inspection: UUID
    removed_at: datetime
    how: str


class KeyCustodian(Protocol):
    """Keeps one wrapping key per inspection, outside the database and the store (rule 10)."""

    def create(self, inspection: UUID) -> bytes:
        """Make the inspection's key; return it wrapped, for the database to keep. Raises KeyRemoved, KeyUnavailable."""
        ...

    def unwrap(self, inspection: UUID, wrapped: bytes) -> bytes:
        """Return the 32-byte inspection key. Raises KeyRemoved, KeyUnavailable, SealBroken."""
        ...

    def remove(self, inspection: UUID, at: datetime) -> KeyRemoval:
        """Remove the wrapping key and leave a tombstone; idempotent: a second call tells of the first removal."""
        ...

    def state(self, inspection: UUID) -> KeyState:
        """Say, by looking, whether the wrapping key is there."""
        ...

    def has_key(self, inspection: UUID) -> bool:
        """Say whether a wrapping key is there, whatever a tombstone says: one that a backup brought back counts too.

        Raises KeyUnavailable.
        """
        ...

    def removed(self) -> Iterator[UUID]:
        """Yield, in order, every inspection whose key was removed: a tombstone each. Raises KeyUnavailable."""
        ...


@dataclass(frozen=True)
class Signature:
    """An Ed25519 signature: 64 bytes, and the id of the key that made it."""

    key_id: str
    value: bytes


class Signer(Protocol):
    """Signs receipts, certificates and checkpoints."""

    def sign(self, message: bytes) -> Signature:
        """Sign with the current key."""
        ...

    def rotate(self) -> str:
        """Make a new key, let it sign from now on, and return its id; all earlier public keys stay. Raises OSError."""
        ...

    def public_keys(self) -> Mapping[str, bytes]:
        """Return the raw 32-byte public keys, old ones too, by key id."""
        ...


class Anchor(Protocol):
    """A place outside the database where signed statements are kept, checkpoints of the trail above all."""

    def keep(self, name: str, data: bytes) -> None:
        """Keep `data` durably; the same name with the same data is no error.

        Raises ObjectExists for other data, StoreUnavailable, OSError.
        """
        ...

    def kept(self, prefix: str = "", after: str = "") -> Iterator[tuple[str, bytes]]:
        """Yield every name that begins so and sorts after `after`, and its data, in order; nothing else is read.

        Raises StoreUnavailable, OSError.
        """
        ...


@dataclass(frozen=True)
class Mail:
    """A message: no attachments, no names of documents, children or adopters. `id` makes sending it twice visible."""

    id: UUID
    to: str
    subject: str
    body: str


class MailRefused(ValueError):
    """The carrier will never take this mail as it is. The message is a code or a few words, without any address."""


class MailDelayed(OSError):
    """The carrier does not have this mail; trying later may help. The message is as that of MailRefused."""


class MailInDoubt(Exception):
    """The mail was handed over, but the carrier's answer did not come: it may have it, or not."""


class Mailer(Protocol):
    """Hands a message to the outside."""

    def send(self, mail: Mail) -> None:
        """Send once; the same `mail.id` again is not sent again where the carrier can tell.

        Raises MailRefused (also a line break in a header), MailInDoubt, OSError (MailDelayed too: it was not sent).
        """
        ...

    def was_sent(self, mail_id: UUID) -> bool | None:
        """Say whether the carrier has this mail; None where it cannot tell. Raises OSError."""
        ...

    def forget(self, mail_ids: Iterable[UUID]) -> None:
        """Delete what is still kept here of these mails; what was handed on is not ours to delete. Raises OSError."""


@dataclass(frozen=True)
class Flow:
    """What the answer must fit when a browser comes back from the directory."""

    nonce: str
    verifier: str = field(repr=False)
    asked_at: int
    """Seconds since 1970, by the real clock."""
    again: bool
    """Whether they had to sign in there anew."""


@dataclass(frozen=True)
class Admitted:
    """Somebody of whom the directory says that they may come in, and what they may be here at most."""

    issuer: str
    subject: str
    roles: frozenset[Role]
    refresh: str = field(repr=False)


class DirectoryRefused(Exception):
    """The directory, or what it sent, lets nobody in. The message is a short code, and holds nothing of a token."""


class DirectoryUnreachable(OSError):
    """The directory did not answer as it should; trying later may help. The message is as that of DirectoryRefused."""


class Directory(Protocol):
    """The staff directory, asked by the authorization code flow of OpenID Connect."""

    def begin(self, state: str, *, again: bool = False) -> tuple[str, Flow]:
        """Return the address to send a browser to, and what its answer must fit. Raises DirectoryUnreachable.

        With `again` the directory is told to ask for password and second factor anew.
        """
        ...

    def finish(self, code: str, flow: Flow, issuer: str | None = None) -> Admitted:
        """Redeem the code that came back, with the issuer that the answer names, if any (RFC 9207).

        Raises DirectoryRefused, DirectoryUnreachable.
        """
        ...

    def ask_again(self, known: Admitted) -> Admitted:
        """Return what holds of somebody now, with the next refresh token. Raises DirectoryRefused, -Unreachable."""
        ...

    def way_out(self, back: str) -> str | None:
        """Return the address at which to sign out of the directory too, if it has one and can be reached."""
        ...


@dataclass(frozen=True)
class Deps:
    """Everything a service needs from outside; tests build one of fakes, `wiring` one of real parts."""

    engine: Engine
    store: BlobStore
    custodian: KeyCustodian
    signer: Signer
    anchors: Mapping[str, Anchor]
    """The places that keep the trail's checkpoints, by name."""
    mailer: Mailer
    checker: Checker
    clock: Clock
    holidays: Holidays
    policy: Policy
    public_url: str
    """Absolute links are made from this alone, never from a request."""
    secret: bytes
    """Keys invitation links and codes, and what is sealed for accounts; at least 32 bytes."""
    catalogue: Catalogue = field(default_factory=Catalogue)
    """Says every text that a person reads on a page, in a mail or in a letter."""
    scanner: Scanner | None = None
    """The malware scanner; only development may do without one."""
    effects: Mapping[str, Effect] = field(default_factory=lambda: read_effects(""))
    """What each finding in a file leads to."""
    directory: Directory | None = None
    """The staff directory, where there is one."""
    breached: Callable[[str], bool] = lambda _sha1: False
    """Says whether a SHA-1, in 40 upper-case hexadecimal digits, is that of a stolen password."""
    fault_point: Callable[[str], None] = lambda _name: None
    """Called at named points of long jobs; tests make it kill the process there."""
