"""Passkeys as the browser sees them (W3C Web Authentication, level 2): what it is asked, and whether its answer holds.

No rows here. User verification is always required, so that a passkey is two factors by itself (ASVS V6.3.3);
attestation is never asked for, so that any make of authenticator will do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import DecodedRSAPublicKey
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

SERVICE: Final = "Evidence portal"
ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_TIMEOUT_MS: Final = 300_000
_LONGEST_ID: Final = 1023
"""Bytes (§4, Credential ID)."""
_LONGEST_KEY: Final = 2048
"""Bytes: more than an RSA key of 8,192 bits takes."""
_SHORTEST_RSA: Final = 2048
"""Bits."""


@dataclass(frozen=True)
class Site:
    """Whom passkeys are for."""

    id: str
    origin: str


@dataclass(frozen=True)
class NewKey:
    """What a new passkey is known by."""

    credential_id: bytes
    public_key: bytes
    """COSE (RFC 9052)."""
    counter: int


def site_of(public_url: str) -> Site:
    """Return whom passkeys are for: from the settings' address alone, whatever host a request names."""
    parts = urlsplit(public_url)
    host = (parts.hostname or "").lower()
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return Site(host, f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, usual) else ""))


def creation_options(site: Site, challenge: bytes, handle: bytes, email: str, name: str, known: Iterable[bytes]) -> str:
    """Return, as JSON, what `navigator.credentials.create` is asked; `known` are those that are there already."""
    options = generate_registration_options(
        rp_id=site.id,
        rp_name=SERVICE,
        user_id=handle,
        user_name=email,
        user_display_name=name,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json(options)


def request_options(site: Site, challenge: bytes, known: Iterable[bytes]) -> str:
    """Return, as JSON, what `navigator.credentials.get` is asked."""
    options = generate_authentication_options(
        rp_id=site.id,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def read_new(site: Site, challenge: bytes, answer: str) -> NewKey | None:
    """Return the passkey that an answer brings; None for one that was made for another site, time or kind of key."""
    try:
        credential = parse_registration_credential_json(answer)
        statement = parse_attestation_object(credential.response.attestation_object)
        # Nobody was asked who made the key: only a key's own word on itself may come along.
        if statement.fmt not in (AttestationFormat.NONE, AttestationFormat.PACKED) or statement.att_stmt.x5c:
            return None
        found = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        if not _usable(found.credential_public_key):
            return None
    except Exception:  # noqa: BLE001 -- whatever the parsers make of a stranger's bytes, it is no passkey
        return None
    if found.credential_id != credential.raw_id or len(found.credential_id) > _LONGEST_ID:
        return None
    return NewKey(found.credential_id, found.credential_public_key, found.sign_count)


def _usable(public_key: bytes) -> bool:
    key = decode_credential_public_key(public_key)
    decoded_public_key_to_cryptography(key)  # raises for a point that is on no curve
    strong = not isinstance(key, DecodedRSAPublicKey) or len(key.n.lstrip(b"\0")) * 8 >= _SHORTEST_RSA
    return strong and len(public_key) <= _LONGEST_KEY


def read_assertion(answer: str) -> AuthenticationCredential | None:
    """Return what a browser answers, unproven; None for what is no such answer."""
    try:
        return parse_authentication_credential_json(answer)
    except Exception:  # noqa: BLE001 -- as above
        return None


def counter_of(
    site: Site, challenge: bytes, handle: bytes, public_key: bytes, given: AuthenticationCredential
) -> int | None:
    """Return the counter of an assertion that this key signed for this site, challenge and person; None for any other.

    The counter itself is the caller's to judge, once it is known that the key's holder sent it (§7.2, step 21).
    """
    if given.response.user_handle not in (None, b"", handle):
        return None
    try:
        found = verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 -- as above
        return None
    return found.new_sign_count
