"""Looking at certificates as an outsider does: the published schema, and the digest that the trail names."""

import hashlib
import json
from typing import Any

import jsonschema_rs

from portal.formats.canonical import canonical_json
from schemas.certificate import published_schema

_VALIDATOR = jsonschema_rs.validator_for(published_schema("https://evidence.example/schema"), validate_formats=True)


def fits_published_schema(signed: dict[str, Any]) -> list[str]:
    """Return what the published JSON Schema finds wrong with a signed certificate, as it is downloaded."""
    return [each.message for each in _VALIDATOR.iter_errors(json.loads(canonical_json(signed)))]


def expected_digest(body: dict[str, Any]) -> str:
    """Return the SHA-256, in hex, of a body as it was signed."""
    return hashlib.sha256(canonical_json(body)).hexdigest()
