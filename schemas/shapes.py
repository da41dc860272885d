"""What all signed statements are made of: whole shapes, instants, digests, and the signature around them."""

from marshmallow import RAISE, Schema, fields, validate

INSTANT = validate.Regexp(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
SHA256 = validate.Regexp(r"[0-9a-f]{64}\Z")


class Statement(Schema):
    """A shape that is stated whole: nothing missing, nothing more."""

    class Meta:
        unknown = RAISE


def instant(*, allow_none: bool = False, meaning: str = "") -> fields.String:
    """Return a field for an instant."""
    metadata = {"description": meaning} if meaning else {}
    return fields.String(required=True, validate=INSTANT, allow_none=allow_none, metadata=metadata)


class Signed(Statement):
    """A signed statement: Ed25519, in hex, over the canonical JSON (RFC 8785) of the body.

    The raw public key may stand beside it: it vouches for nothing by itself, but its fingerprint can be compared.
    """

    body = fields.Dict(required=True)
    key_id = fields.String(required=True, validate=validate.Regexp(r"[\w-]{1,64}\Z"))
    signature = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{128}\Z"))
    public_key = fields.String(validate=validate.Regexp(r"[0-9a-f]{64}\Z"))
