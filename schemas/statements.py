"""What the portal states and signs: the shapes of receipts, certificates and entries of the audit trail.

Whoever reads such a statement can check its shape with these alone. Times are in UTC with milliseconds, digests in hex.
"""

from marshmallow import fields, validate

from schemas.certificate import DisposalCertificate
from schemas.shapes import INSTANT, SHA256, Signed, Statement, instant

__all__ = ["INSTANT", "SHA256", "AuditEntry", "DocumentReceipt", "InspectionReceipt", "Signed", "faults_of"]


class DocumentReceipt(Statement):
    """The receipt of one document."""

    kind = fields.String(required=True, validate=validate.Equal("document-receipt"))
    format = fields.Integer(required=True, strict=True, validate=validate.Equal(1))
    inspection = fields.String(required=True)
    document = fields.UUID(required=True)
    item = fields.String(required=True)
    slot = fields.String(required=True)
    version = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    sha256 = fields.String(required=True, validate=SHA256)
    size = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    began_at = instant()
    received_at = instant()
    on_time = fields.Boolean(required=True)
    replaces = fields.UUID(required=True, allow_none=True)
    accepted_at = fields.String(validate=INSTANT)
    """Only where it was late and the team accepted it."""


class GapStatement(Statement):
    """An explained gap on a receipt."""

    item = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["equivalent", "not_held", "to_follow", "none"]))
    words = fields.String(required=True)
    given_at = instant()


class InspectionReceipt(Statement):
    """The receipt of all that was sent for an inspection."""

    kind = fields.String(required=True, validate=validate.Equal("inspection-receipt"))
    format = fields.Integer(required=True, strict=True, validate=validate.Equal(1))
    number = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    cause = fields.String(required=True)
    inspection = fields.String(required=True)
    made_at = instant()
    deadline_at = instant()
    declared_at = instant(allow_none=True)
    declared_by_role = fields.String(required=True, allow_none=True)
    documents = fields.List(fields.Nested(DocumentReceipt), required=True)
    gaps = fields.List(fields.Nested(GapStatement), required=True)
    summary = fields.String(required=True)


class Remainder(Statement):
    """Something that outlives the disposal elsewhere, and until when."""

    what = fields.String(required=True)
    until = fields.Date(required=True)


class EarlyDecision(Statement):
    """By whose decision a disposal began before it was due; people stand there by their identifiers."""

    proposal = fields.UUID(required=True)
    proposed_by = fields.String(required=True)
    approved_by = fields.String(required=True)


class FirstDisposalCertificate(Statement):
    """The certificate of a disposal as it was made until there were two for each."""

    kind = fields.String(required=True, validate=validate.Equal("disposal-certificate"))
    format = fields.Integer(required=True, strict=True, validate=validate.Equal(1))
    certificate = fields.UUID(required=True)
    inspection = fields.UUID(required=True)
    reference = fields.String(required=True)
    programme = fields.String(required=True)
    rule = fields.String(required=True)
    published_on = fields.Date(required=True)
    due_at = instant()
    began_at = instant()
    inaccessible_at = instant()
    key = fields.String(required=True)
    objects_deleted_at = instant()
    objects_deleted = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    columns_blanked_at = instant()
    documents = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    certified_at = instant()
    began_by = fields.String(required=True)
    certified_by = fields.String(required=True)
    remains_elsewhere = fields.List(fields.Nested(Remainder), required=True)
    not_certified = fields.String(required=True)
    early = fields.Nested(EarlyDecision)
    """Only where two people decided that it was disposed of before it was due."""


class AuditEntry(Statement):
    """One entry of the audit trail, as it is hashed."""

    seq = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    at = instant()
    actor = fields.String(required=True)
    action = fields.String(required=True)
    inspection = fields.String(required=True)
    subject = fields.String(required=True)
    details = fields.Dict(required=True)
    salt = fields.String(required=True, allow_none=True, validate=validate.Regexp(r"[0-9a-f]{32}\Z"))
    """16 random bytes in hex, in an entry of format 2; none in one of format 1."""
    previous = fields.String(required=True, validate=SHA256)
    hash = fields.String(required=True, validate=SHA256)


KINDS: dict[tuple[str, int], type[Statement]] = {
    ("document-receipt", 1): DocumentReceipt,
    ("inspection-receipt", 1): InspectionReceipt,
    ("disposal-certificate", 1): FirstDisposalCertificate,
    ("disposal-certificate", 2): DisposalCertificate,
}


def faults_of(signed: object) -> dict[str, object]:
    """Return what is wrong with the shape of a signed statement; nothing where it is as it should be."""
    if not isinstance(signed, dict):
        return {"_schema": ["not a JSON object"]}
    faults: dict[str, object] = dict(Signed().validate(signed))
    body = signed.get("body")
    schema = _schema_of(body) if isinstance(body, dict) else None
    if schema is None:
        faults["kind"] = ["not a kind of statement"]
    elif isinstance(body, dict):
        faults |= schema().validate(body)
    return faults


def _schema_of(body: dict[str, object]) -> type[Statement] | None:
    kind, number = body.get("kind"), body.get("format")
    # By type, because True is 1 to a dict.
    return KINDS.get((kind, number)) if isinstance(kind, str) and type(number) is int else None
