"""What receipts and certificates are checked with, keys and shape: for everyone, also before sign-in."""

import json

from flask import Blueprint, Response, jsonify, render_template, url_for

from portal.vault.signatures import fingerprint
from portal.web.access import PUBLIC, access, deps
from schemas.certificate import published_schema

signing = Blueprint("signing", __name__)


def _keys() -> list[dict[str, str]]:
    return [
        {"key_id": key_id, "fingerprint": fingerprint(raw), "public_key": raw.hex()}
        for key_id, raw in deps().signer.public_keys().items()
    ]


@signing.get("/signing-keys")
@access(PUBLIC)
def keys() -> str:
    """Show every key's id and fingerprint, old ones too: what an old key signed can still be checked."""
    return render_template("signing_keys.html", keys=_keys(), json_href=url_for(".keys_json"))


@signing.get("/signing-keys.json")
@access(PUBLIC)
def keys_json() -> Response:
    """Give the raw keys, as `portal receipt verify --key` takes them."""
    return jsonify(keys=_keys())


@signing.get("/schemas/disposal-certificate-2.json")
@access(PUBLIC)
def certificate_schema() -> Response:
    """Give the JSON Schema of a certificate of disposal; its address stays, and another format gets another."""
    address = f"{deps().public_url}{url_for('.certificate_schema')}"
    return Response(json.dumps(published_schema(address), indent=1), mimetype="application/schema+json")
