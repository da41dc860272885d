"""Looking at certificates as an outsider does: the published schema, and the digest that the trail names."""

import hashlib
import json
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs

from portal.formats.canonical import canonical_json
from schemas.certificate import published_schema

SCRIPT = Path(__file__).parents[2] / "infra" / "verify_certificate.py"
_OUTSIDE = runpy.run_path(str(SCRIPT))
"""The functions of the script for outsiders, loaded as a script is."""
_VALIDATOR = jsonschema_rs.validator_for(published_schema("https://evidence.example/schema"), validate_formats=True)


def fits_published_schema(signed: dict[str, Any]) -> list[str]:
    """Return what the published JSON Schema finds wrong with a signed certificate, as it is downloaded."""
    return [each.message for each in _VALIDATOR.iter_errors(json.loads(canonical_json(signed)))]


def expected_digest(body: dict[str, Any]) -> str:
    """Return the SHA-256, in hex, of a body as it was signed."""
    return hashlib.sha256(canonical_json(body)).hexdigest()


def check_outside(data: bytes, keys: Mapping[str, bytes], span: Any = None) -> bool:
    """Say whether the script for outsiders finds a certificate, and its span if one is given, good."""
    try:
        body = _OUTSIDE["check_certificate"](_OUTSIDE["read"](data), keys)
        if span is not None:
            _OUTSIDE["check_span"](body, span, keys)
    except (_OUTSIDE["Bad"], ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
    return True
