"""The certificate of a disposal, format 2: its shape, what each field means, and both as JSON Schema for anybody.

The descriptions are for outsiders; `docs/certificates.md` tells the same at more length.
"""

from typing import Any

from marshmallow import Schema, fields, validate

from schemas.shapes import SHA256, Signed, Statement, instant

NOT_TAKEN = "not taken"
"""In place of a digest: the store could not be read for hours, or the disposal began under a release that took none."""
PROVISIONAL, FINAL = "provisional", "final"
_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_END = r"\Z"
_LEAST = validate.Range(min=0)


def _about(meaning: str) -> dict[str, str]:
    return {"description": meaning}


def _text(meaning: str, *only: validate.Validator, allow_none: bool = False) -> fields.String:
    return fields.String(required=True, validate=only, allow_none=allow_none, metadata=_about(meaning))


def _number(meaning: str, only: validate.Validator = _LEAST, *, allow_none: bool = False) -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=only, allow_none=allow_none, metadata=_about(meaning))


def _id(meaning: str, *, allow_none: bool = False) -> fields.UUID:
    return fields.UUID(required=True, allow_none=allow_none, metadata=_about(meaning))


def _day(meaning: str, *, allow_none: bool = False) -> fields.Date:
    return fields.Date(required=True, allow_none=allow_none, metadata=_about(meaning))


class Approval(Statement):
    """By whose approval it was disposed of; people stand there by their identifiers."""

    how = _text(
        "By the standing approval of the programme, by one person, or by two people: one proposed, the other approved.",
        validate.OneOf(["standing", "one person", "two people"]),
    )
    people = fields.List(
        fields.String(),
        required=True,
        metadata=_about("Who, by identifiers: nobody for a standing approval; of two, first whoever proposed it."),
    )
    proposal = _id("The proposal that two people decided on.", allow_none=True)
    at = instant(allow_none=True, meaning="When the plan was approved.")
    plan_sha256 = _text("SHA-256 of the plan that was approved.", SHA256, allow_none=True)


class Copies(Statement):
    """What is known of copies outside the portal."""

    downloads = _number("How many downloads were begun.")
    confirmed = _number("Of how many it was said that their copies are deleted.")
    outstanding = _number("Of how many nobody said so.")
    statement = _text("That copies outside the portal are not certified.")


class Remaining(Statement):
    """Something that outlives the disposal elsewhere."""

    what = _text("What it is.")
    until = _day("The last London day on which it may still be there.")


class Position(Statement):
    """A place in the audit trail."""

    seq = _number("The entry's number.", validate.Range(min=1))
    hash = _text("The entry's hash.", SHA256)


class DisposalCertificate(Statement):
    """What the portal states about one disposal. Times are in UTC; no names, no content."""

    kind = _text("That this is a certificate of disposal.", validate.Equal("disposal-certificate"))
    format = _number("Which edition of this shape it has.", validate.Equal(2))
    status = _text(
        "Provisional until no backup of the key can be left; then a final one follows.",
        validate.OneOf([PROVISIONAL, FINAL]),
    )
    number = _number("Counts the certificates of one disposal.", validate.Range(min=1))
    certificate = _id("This certificate's identifier.")
    supersedes = _id("The certificate that this one takes the place of.", allow_none=True)
    inspection = _id("The inspection's identifier.")
    reference = _text("The inspection's reference.")
    programme = _text("The programme that it was part of.")
    rule = _text("The rule by which it was disposed of.")
    published_on = _day("The London date on which the final report was published.", allow_none=True)
    due_at = instant(allow_none=True, meaning="From when on the rule asked for its disposal.")
    approval = fields.Nested(Approval, required=True, allow_none=True, metadata=_about("By whose approval."))
    began_at = instant(meaning="When disposal began: from then on nobody could read or add anything.")
    began_by = _text("Who began it, by identifier: the service itself, the operator, or a person.")
    inaccessible_at = instant(meaning="First of three times: when the key was removed, so that nothing could be read.")
    key = _text("What became of the key, as the place that kept it says.")
    objects_deleted_at = instant(meaning="Second of three: when every version of every stored object was gone.")
    keys_irrecoverable_at = instant(
        allow_none=True, meaning="Third of three: when no backup of the key was left. None in a provisional one."
    )
    expected_final_on = _day("The London day on which the final certificate is expected.", allow_none=True)
    objects_deleted = _number("How many stored objects were deleted; a lower bound if it was interrupted.")
    ciphertext_bytes = _number("How many bytes of ciphertext there were.", allow_none=True)
    ciphertext_sha256 = _text(
        "Digest over the keys and digests of all stored objects, taken before any was removed.",
        validate.Regexp(rf"([0-9a-f]{{64}}|{NOT_TAKEN})\Z"),
    )
    columns_blanked_at = instant(meaning="When names, reasons and digests in the database had been blanked.")
    documents = _number("How many documents had been received.")
    accounts_removed = _number("How many accounts went, of people who had nothing else here.")
    compacted_at = instant(
        allow_none=True, meaning="When the database was compacted; none where its own housekeeping does that."
    )
    copies = fields.Nested(Copies, required=True, metadata=_about("Copies that were downloaded."))
    remains_elsewhere = fields.List(
        fields.Nested(Remaining), required=True, metadata=_about("What may remain elsewhere, and until when.")
    )
    method = _text("How the information was made unreadable, and after which guidance.")
    trail = fields.Nested(
        Position, required=True, metadata=_about("The audit trail's entry just before the one about this certificate.")
    )
    certified_at = instant(meaning="When this certificate was made.")
    certified_by = _text("Who made it, by identifier.")
    reapplied = fields.Boolean(
        validate=validate.Equal(True),
        metadata=_about("That it was done again, after a database from before it was restored; absent otherwise."),
    )


def json_schema(shape: type[Schema]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a shape. Raises KeyError for a kind of field that it does not know."""
    declared = shape().fields
    return {
        "type": "object",
        "description": " ".join((shape.__doc__ or "").split()),
        "properties": {name: _field(field) for name, field in declared.items()},
        "required": [name for name, field in declared.items() if field.required],
        "additionalProperties": False,
    }


def published_schema(address: str) -> dict[str, Any]:
    """Return the schema of a certificate as it is downloaded, under the address at which the schema is published."""
    signed = json_schema(Signed)
    signed["properties"]["body"] = json_schema(DisposalCertificate)
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": address}
    return about | {"title": "Certificate of disposal, format 2"} | signed


def _field(field: fields.Field[Any]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if isinstance(field, fields.Nested):
        said = json_schema(type(field.schema))
    elif isinstance(field, fields.List):
        said = {"type": "array", "items": _field(field.inner)}
    else:
        said = dict(_KINDS[type(field)])
        for validator in field.validators:
            said |= _limit(validator)
    if field.allow_none:
        said = {"anyOf": [said, {"type": "null"}]}
    return said | dict(field.metadata)


_KINDS: dict[type[fields.Field[Any]], dict[str, Any]] = {
    fields.Dict: {"type": "object"},
    fields.String: {"type": "string"},
    fields.Boolean: {"type": "boolean"},
    fields.Integer: {"type": "integer"},
    fields.UUID: {"type": "string", "format": "uuid", "pattern": _ID},
    fields.Date: {"type": "string", "format": "date", "pattern": _DAY},
}


def _limit(validator: object) -> dict[str, Any]:
    match validator:
        case validate.Equal():
            return {"const": validator.comparable}
        case validate.OneOf():
            return {"enum": list(validator.choices)}
        case validate.Range():
            return {"minimum": validator.min}
        case validate.Regexp():
            return {"pattern": f"^{str(validator.regex.pattern).removesuffix(_END)}$"}
    raise KeyError(type(validator).__name__)
