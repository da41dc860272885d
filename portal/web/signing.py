"""The public keys that receipts and certificates are signed with: for everyone, also before sign-in."""

from flask import Blueprint, Response, jsonify, render_template, url_for

from portal.vault.signatures import fingerprint
from portal.web.access import PUBLIC, access, deps

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
