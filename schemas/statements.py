"""What the portal states and signs: the shapes of receipts, certificates and entries of the audit trail.

Whoever reads such a statement can check its shape with these alone. Times are in UTC with milliseconds, digests in hex.
"""

from marshmallow import RAISE, Schema, fields, validate

INSTANT = validate.Regexp(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
SHA256 = validate.Regexp(r"[0-9a-f]{64}\Z")


class Statement(Schema):
    """A shape that is stated whole: nothing missing, nothing more."""

    class Meta:
        unknown = RAISE


def instant(*, allow_none: bool = False) -> fields.String:
    """Return a field for an instant."""
    return fields.String(required=True, validate=INSTANT, allow_none=allow_none)


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


class DisposalCertificate(Statement):
    """The certificate of a disposal."""

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


class Signed(Statement):
    """A signed statement: Ed25519, in hex, over the canonical JSON (RFC 8785) of the body.

    The raw public key may stand beside it: it vouches for nothing by itself, but its fingerprint can be compared.
    """

    body = fields.Dict(required=True)
    key_id = fields.String(required=True, validate=validate.Regexp(r"[\w-]{1,64}\Z"))
    signature = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{128}\Z"))
    public_key = fields.String(validate=validate.Regexp(r"[0-9a-f]{64}\Z"))


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


KINDS: dict[str, type[Statement]] = {
    "document-receipt": DocumentReceipt,
    "inspection-receipt": InspectionReceipt,
    "disposal-certificate": DisposalCertificate,
}


def faults_of(signed: object) -> dict[str, object]:
    """Return what is wrong with the shape of a signed statement; nothing where it is as it should be."""
    if not isinstance(signed, dict):
        return {"_schema": ["not a JSON object"]}
    faults: dict[str, object] = dict(Signed().validate(signed))
    body = signed.get("body")
    kind = body.get("kind") if isinstance(body, dict) else None
    schema = KINDS.get(kind) if isinstance(kind, str) else None
    if schema is None:
        faults["kind"] = ["not a kind of statement"]
    elif isinstance(body, dict):
        faults |= schema().validate(body)
    return faults
