"""ID tokens: signature by a key of the issuer's, pinned algorithms, and every claim that the flow was begun for."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, RSAKey, import_key

from portal.domain.directory import LONGEST_SUBJECT, SKEW
from portal.ports import DirectoryRefused, Flow

ALGORITHMS: Final = ("RS256", "PS256", "ES256")
"""Signatures of the issuer's private key: never `none`, and never an HMAC, whose key would be a public one (V9.1.2)."""
LONGEST_TOKEN: Final = 64 * 1024
Keys = Callable[[str | None], RSAKey | ECKey | None]
"""Finds the issuer's key of a `kid`; without one, the only key that there is."""


def import_keys(document: Mapping[str, Any]) -> dict[str | None, RSAKey | ECKey]:
    """Return the signature keys of a JWK set by `kid`; what is no public RSA or EC key, or is for encryption, is not.

    Raises ValueError (no set of keys).
    """
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise ValueError("no set of keys")  # noqa: TRY004 -- a document from elsewhere
    found: dict[str | None, RSAKey | ECKey] = {}
    for each in listed:
        if not isinstance(each, dict) or each.get("kty") not in ("RSA", "EC") or each.get("use", "sig") != "sig":
            continue
        try:
            key = import_key(each)
        except (JoseError, ValueError, TypeError, KeyError):
            continue  # one that we cannot read, such as on another curve, verifies nothing
        if isinstance(key, RSAKey | ECKey):
            found[each.get("kid") if isinstance(each.get("kid"), str) else None] = key
    return found


def read_id_token(
    token: object, keys: Keys, *, issuer: str, client_id: str, now: float, flow: Flow | None
) -> dict[str, Any]:
    """Return the claims of a token that was made for us, by this issuer, and is valid at `now` (seconds since 1970).

    With a flow, the token must answer it: its nonce and, where they had to sign in anew, when they did. A token that
    came with a refresh has no flow. Raises DirectoryRefused (V6.8.2, V9.1, V9.2, V10.5; OpenID Connect Core 3.1.3.7).
    """
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise DirectoryRefused("id-token-missing")
    try:
        decoded = jwt.decode(token, lambda found: _key_for(found.headers(), keys), algorithms=ALGORITHMS)
    except UnsupportedAlgorithmError:
        raise DirectoryRefused("algorithm") from None
    except DirectoryRefused:
        raise
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise DirectoryRefused("signature") from None
    if str(decoded.header.get("typ", "JWT")).upper() != "JWT":
        raise DirectoryRefused("token-type")  # such as an access token or a logout token of the same issuer
    options = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}}
    params = {"client_id": client_id, "nonce": flow.nonce if flow else None}
    claims = CodeIDToken(decoded.claims, decoded.header, options, params)
    try:
        claims.validate(now=int(now), leeway=SKEW)
    except JoseError as error:
        claim = getattr(error, "claim", None)
        raise DirectoryRefused(f"claim-{claim}" if claim in _CLAIMS else "claims") from None
    except (ValueError, TypeError, AttributeError):
        raise DirectoryRefused("claims") from None
    _check_subject(claims)
    if flow is not None and flow.again:
        _check_signed_in_since(claims, flow.asked_at, now)
    return json.loads(json.dumps(claims))  # type: ignore[no-any-return]  # plain values alone


_CLAIMS: Final = frozenset({"iss", "sub", "aud", "azp", "exp", "nbf", "iat", "nonce", "auth_time", "amr", "at_hash"})


def _key_for(header: Mapping[str, Any], keys: Keys) -> RSAKey | ECKey:
    kid = header.get("kid")
    if header.get("alg") not in ALGORITHMS:
        raise DirectoryRefused("algorithm")
    key = keys(kid if isinstance(kid, str) else None)
    if key is None:
        raise DirectoryRefused("unknown-key")
    stated = key.get("alg")
    if stated is not None and stated != header["alg"]:
        raise DirectoryRefused("algorithm")
    return key


def _check_subject(claims: Mapping[str, Any]) -> None:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise DirectoryRefused("claim-sub")


def _check_signed_in_since(claims: Mapping[str, Any], asked_at: int, now: float) -> None:
    """They must have signed in there since we asked (`max_age=0`): a session from before does not confirm anything."""
    at = claims.get("auth_time")
    if isinstance(at, bool) or not isinstance(at, int | float) or not asked_at - SKEW <= at <= now + SKEW:
        raise DirectoryRefused("claim-auth_time")
