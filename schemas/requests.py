"""Requests at the edge: what each form of the pages may hold. A field that no page has is refused.

Schemas say shape, presence and size, with the sentence that the page shows; what a value means the domain judges.
"""

from collections.abc import Callable, Collection
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, pre_load, validate, validates_schema

from schemas.texts import Text, say

LONGEST_LINE = 254
LONGEST_PASSWORD = 1000
LONGEST_WORDS = 64 * 1024
"""Characters that a form can carry at all; the domain's own limit is lower, and loses nothing of what was typed."""
TOO_OLD = say("The form is too old. Go back to the item, load it again and choose the file once more.")


class Form(Schema):
    """A form of ours: strings in, strings out."""

    class Meta:
        unknown = RAISE


class Words(fields.String):
    """A string whose sentences reach the page as they are: marshmallow would format them, and forget their message."""

    def make_error(self, key: str, **_gaps: object) -> ValidationError:
        """Return the error of this key; the sentences of a string have no gaps."""
        return ValidationError(self.error_messages[key])


def line(missing: Text | None = None, longest: int = LONGEST_LINE) -> fields.String:
    """Return a field of one line: optional, or with the sentence to show where it is missing or blank."""
    too_long = _or_say(validate.Length(max=longest), say("Must be {most} characters or fewer", most=f"{longest:,}"))
    if missing is None:
        return Words(load_default="", validate=too_long)
    filled = _or_say(validate.Predicate("strip"), missing)
    return Words(required=True, validate=[filled, too_long], error_messages={"required": missing})


def choice(values: Collection[str], missing: Text) -> fields.String:
    """Return a field of one of `values`, with the sentence to show where none of them is given."""
    return Words(required=True, validate=_or_say(validate.OneOf(values), missing), error_messages={"required": missing})


def _or_say(check: Callable[[str], object], sentence: Text) -> Callable[[str], None]:
    """Return a validator that says this sentence, as it is, where `check` fails."""

    def checked(value: str) -> None:
        try:
            check(value)
        except ValidationError:
            raise ValidationError(sentence) from None

    return checked


class SignIn(Form):
    """Signing in."""

    email = line(say("Enter your email address"))
    password = line(say("Enter your password"), LONGEST_PASSWORD)
    next = line(longest=2000)

    @pre_load
    def trim(self, data: dict[str, Any], **_options: object) -> dict[str, Any]:
        """Spaces around an address, which keyboards and clipboards add, are no part of it."""
        return data | ({"email": data["email"].strip()} if "email" in data else {})


class AcceptInvitation(Form):
    """The code that was read out, and the first password."""

    code = line(say("Enter the code that was read out to you"), 64)
    password = line(say("Enter a password"), LONGEST_PASSWORD)
    confirm = line(say("Enter the password again"), LONGEST_PASSWORD)

    @validates_schema
    def same(self, data: dict[str, Any], **_options: object) -> None:
        """Both must be the same."""
        if data["password"] != data["confirm"]:
            raise ValidationError(say("The two passwords are not the same"), "confirm")


class AcceptByDirectory(Form):
    """Accepting with a work account: the same form, whose passwords do not matter then."""

    code = line(say("Enter the code that was read out to you"), 64)
    password = line(longest=LONGEST_PASSWORD)
    confirm = line(longest=LONGEST_PASSWORD)


class GapWords(Form):
    """A word on a gap beside the declaration, where one may be left open: the page then asks again."""

    kind = line()
    words = line(longest=LONGEST_WORDS)


class Declare(Form):
    """The declaration, with words on gaps by item code."""

    gaps = fields.Dict(keys=fields.String(validate=validate.Length(max=64)), values=fields.Nested(GapWords))

    @pre_load
    def gather(self, data: dict[str, str], **_options: object) -> dict[str, Any]:
        """Gather `kind_ITEM` and `gap_ITEM` into one entry an item; anything else stays, to be refused."""
        gaps: dict[str, dict[str, str]] = {}
        rest: dict[str, Any] = {}
        for name, value in data.items():
            prefix, _, item = name.partition("_")
            if item and prefix in ("kind", "gap"):
                gaps.setdefault(item, {})["kind" if prefix == "kind" else "words"] = value
            else:
                rest[name] = value
        return rest | {"gaps": gaps}


class UploadFields(Form):
    """What comes before the file in an item page's form, or in the one beside what was found in an A1 form."""

    upload_id = line(TOO_OLD, 64)
    slot = line(TOO_OLD, 64)
    meeting_day = line(longest=10)
    meeting_month = line(longest=10)
    meeting_year = line(longest=10)
    replaces = line(longest=64)
    beside = line(longest=16)
    """"findings" where the form stands beside those, to be led to the new ones; otherwise ""."""


class Nothing(Form):
    """A button alone."""


class Release(Form):
    """Why a document that was flagged or withheld is released, and what was known of it on the page (`shown`)."""

    shown = line(longest=64)
    reason = line(say("Enter why you release it"), LONGEST_WORDS)
