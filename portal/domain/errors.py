"""What can go wrong, in the field's words. No HTTP codes here: the web layer maps each class to one.

The message of every error is a plain sentence for the person concerned that says what to do next.
"""


class PortalError(Exception):
    """The root of every error that the portal raises on purpose; its message may be shown to the user."""


class NotFound(PortalError):
    """The thing does not exist, or is none of the actor's business: the two must be indistinguishable."""


class NotAllowed(PortalError):
    """The actor knows of the thing but their role does not permit the act."""


class Refused(PortalError):
    """The input breaks a rule that the sender can mend (size, type, name, date, an empty field)."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field
        """The form field to point at, or the empty string."""


class Conflict(PortalError):
    """The thing is not in a state that allows the act (already filled, closed, being disposed of)."""


class Interrupted(PortalError):
    """The body ended before its announced length, or came too slowly: nothing of it was kept."""


class SealBroken(PortalError):
    """A sealed part, name or record is not what was sealed: cut, swapped, altered or under another key."""


class KeyRemoved(PortalError):
    """The inspection's key was removed on purpose; what it sealed cannot be read again."""


class KeyUnavailable(PortalError):
    """The key service or key folder cannot give the key now; trying later may help."""


class ObjectExists(PortalError):
    """A store never overwrites: an object of this key is there already."""


class ObjectMissing(PortalError):
    """The store has no object of this key."""


class StoreUnavailable(PortalError):
    """The store did not answer, or could not make the object durable; trying later may help."""


class TrailBroken(PortalError):
    """The audit trail does not verify; the message names the first bad entry."""


class ClockSuspect(PortalError):
    """The clock has leapt or runs behind the last heartbeat (R13): nothing is disposed of until a person confirms."""
