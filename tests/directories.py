"""Staff directories on this machine alone: a running OpenID Connect server, and one that forges."""

import base64
import hashlib
import hmac
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from portal.adapters.oidc import OidcDirectory
from portal.domain.directory import SingleSignOn
from portal.ports import Clock
from tests.parts import free_ports

CLIENT, SECRET, BACK = "portal-client", "a client secret for tests", "https://evidence.example/directory/return"


def single_sign_on(issuer: str, **changes: str) -> SingleSignOn:
    """Return the settings of a directory that says by `roles` who is staff, and by `amr` that there was a factor."""
    given = {
        "oidc_issuer": issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_client_secret_file": "",
        "oidc_scopes": "openid",
        "oidc_roles_claim": "roles",
        "oidc_roles": "inspector=Inspect,administrator=Administer,data_protection_officer=Protect",
        "oidc_acr": "",
        "oidc_amr": "mfa",
        "staff_sign_in": "both",
    }
    return SingleSignOn(**given | changes)


def oidc(given: SingleSignOn, clock: Clock) -> OidcDirectory:
    """Return the adapter over these settings."""
    return OidcDirectory(given, given.oidc_client_secret, BACK, clock, production=False)


@dataclass
class MockProvider:
    """The running `oidc-provider-mock`."""

    issuer: str

    def tell(self, subject: str, **claims: Any) -> None:
        """Set what it says of somebody."""
        requests.put(f"{self.issuer}/users/{subject}", json=claims, timeout=10).raise_for_status()

    def remove(self, subject: str) -> None:
        """Let nothing that was issued to somebody be of use any more."""
        requests.post(f"{self.issuer}/users/{subject}/revoke-tokens", timeout=10).raise_for_status()

    def let_in(self, address: str, subject: str) -> dict[str, str]:
        """Sign somebody in at the address that a browser was sent to; return what it brings back."""
        answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=10)
        found = parse_qs(urlsplit(answer.headers["Location"]).query)
        return {name: value[0] for name, value in found.items()}


@contextmanager
def mock_provider() -> Iterator[MockProvider]:
    """Run `oidc-provider-mock` in a process of its own."""
    [port] = free_ports(1)
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        issuer = f"http://localhost:{port}"
        _wait_for(f"{issuer}/jwks")
        yield MockProvider(issuer)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(address: str) -> None:
    for _ in range(200):
        try:
            requests.get(address, timeout=5).raise_for_status()
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("The OpenID Connect server did not start.")


KEYS: dict[str, RSAKey | ECKey] = {
    "RS256": RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
    "ES256": ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}),
}
STRANGE_KEY = RSAKey.generate_key(2048, {"kid": "rsa"})
"""Has the id of the issuer's key, and is another."""


@dataclass
class Forger:
    """An OpenID Connect server that answers whatever it is told to; what is not told is as it should be."""

    issuer: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    """Over the ID token's own; None leaves a claim out."""
    header: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    """Over the token endpoint's own; None leaves a member out."""
    status: int = 200
    userinfo: dict[str, Any] | None = None
    sign: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
    keys: list[dict[str, Any]] = field(default_factory=lambda: [key.as_dict(private=False) for key in KEYS.values()])
    redirects_to: str = ""
    seen: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    """Path, form and Authorization header of each request."""
    nonce: str = ""
    now: float = 0.0

    def id_token(self) -> str:
        """Return the ID token of the next answer."""
        claims = {
            "iss": self.issuer,
            "sub": "ines",
            "aud": CLIENT,
            "iat": int(self.now),
            "exp": int(self.now) + 300,
            "nonce": self.nonce,
            "amr": ["pwd", "mfa"],
            "roles": ["Inspect"],
        } | self.claims
        header = {"alg": "RS256", "kid": "rsa"} | self.header
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {name: value for name, value in header.items() if value is not None}
        if self.sign is not None:
            return self.sign(header, claims)
        return jwt.encode(header, claims, KEYS.get(header["alg"], KEYS["RS256"]), ["RS256", "PS256", "ES256", "RS384"])

    def respond(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Return status and document of an answer."""
        if path == "/.well-known/openid-configuration":
            about = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "end_session_endpoint": f"{self.issuer}/end",
            }
            return 200, about | self.metadata
        if path == "/keys":
            return 200, {"keys": self.keys}
        if path == "/userinfo":
            return (200, self.userinfo) if self.userinfo is not None else (500, {})
        told = {"access_token": "access", "token_type": "Bearer", "expires_in": 300, "refresh_token": "refresh-2"}
        if path == "/token":
            told = {**told, "id_token": self.id_token()} | self.answer
        return self.status, {name: value for name, value in told.items() if value is not None}


@contextmanager
def forger(clock: Clock) -> Iterator[Forger]:
    """Run a server that forges."""
    told = Forger(now=clock.now().timestamp())

    class Handler(BaseHTTPRequestHandler):
        def _go(self, body: bytes = b"") -> None:
            form = {name: value[0] for name, value in parse_qs(body.decode()).items()}
            told.seen.append((self.path, form, self.headers.get("Authorization", "")))
            if told.redirects_to:
                self.send_response(302)
                self.send_header("Location", told.redirects_to)
                self.end_headers()
                return
            status, document = told.respond(self.path, form)
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self._go()

        def do_POST(self) -> None:
            self._go(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Return a token that nobody signed."""
    return f"{_part({**header, 'alg': 'none'})}.{_part(claims)}."


def signed_with_public_key(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Return a token whose HMAC has the issuer's public key for its secret, as a confused verifier would check it."""
    signed = f"{_part({**header, 'alg': 'HS256'})}.{_part(claims)}"
    mac = hmac.new(KEYS["RS256"].as_pem(private=False), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def signed_by_another(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Return a token under another key of the same id."""
    return jwt.encode(header, claims, STRANGE_KEY, ["RS256"])


def altered(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Return a token whose claims were changed after it was signed."""
    token = jwt.encode(header, claims, KEYS["RS256"], ["RS256"])
    head, _, signature = token.split(".")
    return f"{head}.{_part({**claims, 'sub': 'somebody-else'})}.{signature}"


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def query_of(address: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}


def address_on(page: str) -> str:
    """Return the directory's address on the page that leads there."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
    if found is None:
        raise AssertionError("The page leads nowhere.")
    return found[1].replace("&amp;", "&")


def return_path(brought: dict[str, str]) -> str:
    """Return the path that the directory sends a browser back to."""
    return "/directory/return?" + urlencode(brought, quote_via=quote)


def _part(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()
