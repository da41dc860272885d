"""An authenticator in software: it makes keys and signs as a browser with a passkey does, or wrongly in one point."""

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any, Literal

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as make_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as make_rsa_key
from cryptography.hazmat.primitives.hashes import SHA256

Algorithm = Literal["ES256", "EdDSA", "RS256"]
PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey
UP, UV, AT = 0x01, 0x04, 0x40
ORIGIN = "https://evidence.example"
"""Where the world's portal is."""


def text_of(data: bytes) -> str:
    """Return bytes as the browser's JSON has them: base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    """Return what `text_of` was given."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One passkey. `counter` is that of its last use; 0 for ever where `counts` is false, as of synchronised ones."""

    key: PrivateKey = field(default_factory=lambda: make_ec_key(SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: token_bytes(32))
    counter: int = 0
    counts: bool = True
    handle: bytes | None = None

    def make(self, options: str, *, flags: int = UP | UV, fmt: str = "none", **wrong: Any) -> str:
        """Answer `navigator.credentials.create`; `wrong` overrides `origin`, `rp_id`, `challenge` or `type`."""
        asked = json.loads(options)
        self.handle = bytes_of(asked["user"]["id"])
        client = _client_data("webauthn.create", asked["challenge"], wrong)
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id
        data = self._data(wrong.get("rp_id", asked["rp"]["id"]), flags | AT) + attested + cbor2.dumps(cose_of(self.key))
        statement: dict[str, Any] = {}
        if fmt == "packed":
            statement = {"alg": cose_of(self.key)[3], "sig": self._sign(data + hashlib.sha256(client).digest())}
        made = cbor2.dumps({"fmt": fmt, "attStmt": statement, "authData": data})
        return self._answer({"clientDataJSON": text_of(client), "attestationObject": text_of(made)})

    def sign(self, options: str, *, flags: int = UP | UV, **wrong: Any) -> str:
        """Answer `navigator.credentials.get`; `wrong` overrides also `handle` and `signature`."""
        asked = json.loads(options)
        self.counter += self.counts
        client = _client_data("webauthn.get", asked["challenge"], wrong)
        data = self._data(wrong.get("rp_id", asked["rpId"]), flags)
        signature = wrong.get("signature") or self._sign(data + hashlib.sha256(client).digest())
        response = {
            "clientDataJSON": text_of(client),
            "authenticatorData": text_of(data),
            "signature": text_of(signature),
            "userHandle": text_of(wrong.get("handle", self.handle or b"")),
        }
        return self._answer(response)

    def _data(self, rp_id: str, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.counter)

    def _answer(self, response: dict[str, str]) -> str:
        name = text_of(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})

    def _sign(self, message: bytes) -> bytes:
        if isinstance(self.key, EllipticCurvePrivateKey):
            return self.key.sign(message, ECDSA(SHA256()))
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(message, PKCS1v15(), SHA256())
        return self.key.sign(message)


def key_for(algorithm: Algorithm, bits: int = 2048) -> PrivateKey:
    """Make a private key; `bits` is for RSA."""
    if algorithm == "RS256":
        return make_rsa_key(65537, bits)
    return Ed25519PrivateKey.generate() if algorithm == "EdDSA" else make_ec_key(SECP256R1())


def cose_of(key: PrivateKey) -> dict[int, Any]:
    """Return the public half as COSE has it (RFC 9053)."""
    if isinstance(key, EllipticCurvePrivateKey):
        point = key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
    if isinstance(key, RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        return {1: 3, 3: -257, -1: numbers.n.to_bytes(key.key_size // 8, "big"), -2: b"\x01\x00\x01"}
    return {1: 1, 3: -8, -1: 6, -2: key.public_key().public_bytes_raw()}


def _client_data(kind: str, challenge: str, wrong: dict[str, Any]) -> bytes:
    said = {
        "type": wrong.get("type", kind),
        "challenge": wrong.get("challenge", challenge),
        "origin": wrong.get("origin", ORIGIN),
        "crossOrigin": False,
    }
    return json.dumps(said).encode()
