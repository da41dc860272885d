"""The shapes of `/api/v1`: what scripts may send and what they are told. The OpenAPI document is made of them."""

from collections.abc import Mapping
from typing import ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from schemas.requests import LONGEST_WORDS
from schemas.statements import INSTANT, SHA256, DocumentReceipt, InspectionReceipt, Signed
from schemas.texts import say

GAPS = ("equivalent", "not_held", "to_follow", "none")
STATES = ("announced", "deferred", "closed", "cancelled", "disposing", "disposed")
CHECK_STATES = ("waiting", "clear", "flagged", "quarantined", "unchecked")
ITEM_STATES = ("not_started", "in_progress", "provided", *GAPS)
KIND = say("“kind” must be one of equivalent, not_held, to_follow and none.")
WORDS = say("“words” must be a string without NUL or halves of surrogate pairs, and no longer than the API says.")


class Shape(Schema):
    """A JSON object of which nothing is missing and to which nothing is added."""

    class Meta:
        unknown = RAISE


def _instant(what: str, *, none: bool = False) -> fields.String:
    return fields.String(required=True, validate=INSTANT, allow_none=none, metadata={"description": what})


def _count(what: str) -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=validate.Range(min=0), metadata={"description": what})


def _keepable(words: str) -> None:
    """JSON can name characters that neither UTF-8 nor a database keeps."""
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in words):
        raise ValidationError(WORDS)


class Asked(Shape):
    """What a script sends; `SAID` has the sentence for each field that is not as it should be."""

    SAID: ClassVar[Mapping[str, str]] = {}


class GiveAnswer(Asked):
    """A word on an item that is not sent as asked."""

    SAID: ClassVar[Mapping[str, str]] = {"kind": KIND, "words": WORDS}
    kind = fields.String(
        required=True, validate=validate.OneOf(GAPS), metadata={"description": "`none` is for meetings alone."}
    )
    words = fields.String(
        load_default="",
        validate=[validate.Length(max=LONGEST_WORDS), _keepable],
        metadata={"description": "Why, or by when it follows. Needed unless it is `none`. No names of children."},
    )


class Problem(Shape):
    """What was wrong (RFC 9457), and what to do."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True, strict=True)
    detail = fields.String(required=True)


class Item(Shape):
    """One thing that is asked for, and how far it is."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(ITEM_STATES))
    settled = fields.Boolean(required=True, metadata={"description": "Nothing more is asked of it."})
    filled = _count("Places that are filled, of those needed.")
    needed = _count("Places of the way in which it is furthest.")
    answer = fields.String(required=True, allow_none=True, validate=validate.OneOf([*GAPS, None]))
    due_at = _instant("When it is due, in UTC.")
    documents_count = _count("Documents that count now.")
    problems = _count("Those of them in which something was found that is to be mended, if it can be.")
    open = fields.Boolean(required=True, metadata={"description": "Documents and answers are taken."})


class Place(Shape):
    """One place for a file in an item."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    dated = fields.Boolean(required=True, metadata={"description": "It wants the meeting's date: X-Meeting-Date."})
    many = fields.Boolean(required=True, metadata={"description": "It takes any number of documents."})
    accepts = fields.List(fields.String(), required=True, metadata={"description": "Extensions of files."})
    filled = fields.Boolean(required=True)


class Check(Shape):
    """How a document was found. What the codes mean, `docs/api.md` says where to read."""

    state = fields.String(required=True, validate=validate.OneOf(CHECK_STATES))
    scan = fields.String(required=True, validate=validate.OneOf(("unscanned", "clean", "infected", "locked")))
    codes = fields.List(fields.String(), required=True, metadata={"description": "Codes of what was found, in order."})
    withheld = fields.Boolean(required=True, metadata={"description": "The team does not get it as things stand."})
    released = fields.Boolean(required=True, metadata={"description": "A head of the team released it all the same."})


class Document(Shape):
    """A document that counts now."""

    id = fields.UUID(required=True)
    slot = fields.String(required=True)
    version = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    sha256 = fields.String(required=True, validate=SHA256)
    size = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    began_at = _instant("When the request began: the time that counts.")
    received_at = _instant("When its last byte was durable.")
    on_time = fields.Boolean(required=True)
    check = fields.Nested(Check, required=True)


class WholeItem(Item):
    """One item with its places, and the documents that count now."""

    slots = fields.List(fields.Nested(Place), required=True)
    documents = fields.List(fields.Nested(Document), required=True)


class Items(Shape):
    """Every item of the inspection, in the checklist's order."""

    items = fields.List(fields.Nested(Item), required=True)


class Counts(Shape):
    """How much there is."""

    items = _count("Items that are asked for.")
    settled = _count("Items of which nothing more is asked.")
    unsettled = _count("The others.")
    documents = _count("Documents that count now.")
    late = _count("Those of them that came after they were due.")
    problems = _count("Those in which something was found that is to be mended, if it can be.")
    waiting = _count("Those that are not checked yet.")
    withheld = _count("Those that the team does not get as things stand.")


class Status(Shape):
    """How the inspection stands."""

    reference = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf(STATES),
        metadata={"description": "`cancelled` takes nothing, as `closed` does; it does not take place."},
    )
    deadline_at = _instant("The deadline, in UTC.")
    passed = fields.Boolean(required=True, metadata={"description": "The deadline is over."})
    declared_at = _instant("When the declaration was sent.", none=True)
    summary = fields.String(required=True)
    counts = fields.Nested(Counts, required=True)
    items = fields.List(fields.Nested(Item), required=True)


class SignedDocumentReceipt(Signed):
    """The receipt of one document, signed."""

    body = fields.Nested(DocumentReceipt, required=True)  # type: ignore[assignment]  # narrower than any object


class SignedInspectionReceipt(Signed):
    """The receipt of all that was sent, signed."""

    body = fields.Nested(InspectionReceipt, required=True)  # type: ignore[assignment]  # as above
