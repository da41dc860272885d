"""Carriers of mail on this machine alone: an SMTP server, and one that answers as GOV.UK Notify does."""

import asyncio
import email
import email.policy
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from notifications_python_client.authentication import decode_jwt_token, get_token_issuer
from notifications_python_client.errors import TokenError

USER, PASSWORD = "portal", "a pass word for tests"
SERVICE, SECRET, TEMPLATE = (f"{number}" * 8 + "-0000-4000-8000-" + f"{number}" * 12 for number in (1, 2, 3))
API_KEY = f"tests-{SERVICE}-{SECRET}"


def certificate(folder: Path) -> Path:
    """Make a throw-away key and a certificate for localhost that signs itself; return the file of both."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    return path


@dataclass
class SmtpPart:
    """An SMTP server: `replies` holds what it answers to a recipient or, under "data", to a message."""

    port: int = 0
    received: list[bytes] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    hangs_up: bool = False
    """Takes a message, and breaks the connection instead of answering."""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if "data" in self.replies:
            return self.replies["data"]
        assert isinstance(envelope.content, bytes)
        self.received.append(envelope.content)
        if self.hangs_up:
            assert server.transport is not None
            server.transport.close()
        return "250 OK"

    def log_in(self, _server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(mechanism)
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()))

    def sent(self) -> list[tuple[str, str, str]]:
        """Return address, subject and body of what arrived, as a mail program shows them."""
        return [read(message) for message in self.received]


def read(raw: bytes) -> tuple[str, str, str]:
    """Return address, subject and body of a message, as a mail program shows them."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return str(message["To"]), str(message["Subject"]), str(message.get_content()).replace("\r\n", "\n")


@contextmanager
def smtp_server(tls: str = "none", pem: Path | None = None, *, plain: bool = False) -> Iterator[SmtpPart]:
    """Run an SMTP server; with TLS nothing goes before it, and there is a login. `plain` leaves out 8BITMIME."""
    part, loop = SmtpPart(), asyncio.new_event_loop()
    context = None
    if pem is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)

    def make() -> SMTP:
        return (_Plain if plain else SMTP)(
            part,
            hostname="localhost",
            loop=loop,
            authenticator=part.log_in if tls != "none" else None,
            auth_required=tls == "starttls",
            auth_require_tls=tls == "starttls",
            require_starttls=tls == "starttls",
            tls_context=context if tls == "starttls" else None,
        )

    async def listen() -> asyncio.Server:
        return await loop.create_server(make, "127.0.0.1", 0, ssl=context if tls == "tls" else None)

    server = loop.run_until_complete(listen())
    part.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield part
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class _Plain(SMTP):
    """A server of the old kind, which knows no extension."""

    async def smtp_EHLO(self, _hostname: str) -> None:  # noqa: N802
        await self.push("502 not known")


@dataclass
class NotifyPart:
    """Answers as GOV.UK Notify: `fails` holds the status of the next answers to a sending."""

    url: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    fails: list[int] = field(default_factory=list)
    hangs_up: bool = False
    """Takes a mail, and breaks the connection instead of answering."""

    def answer(self, method: str, path: str, token: str, body: bytes) -> tuple[int, dict[str, Any]] | None:
        """Return status and JSON, or None to hang up."""
        try:
            decode: Any = decode_jwt_token
            issuer: Any = get_token_issuer
            known = decode(token, SECRET) and issuer(token) == SERVICE
        except TokenError:
            known = False
        if not known:
            return _error(403, "AuthError", "Invalid token: API key not found")
        address = urlsplit(path)
        if (method, address.path) == ("GET", "/v2/notifications"):
            [reference] = parse_qs(address.query)["reference"]
            found = [each for each in self.taken if each["reference"] == reference]
            return 200, {"notifications": found, "links": {"current": path}}
        if (method, address.path) != ("POST", "/v2/notifications/email"):
            return _error(404, "NoResultFound", "No result found")
        if self.fails:
            status = self.fails.pop(0)
            return _error(status, "Exception", "leader@northern.example was not sent anything")
        return self._take(json.loads(body))

    def _take(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        if asked["template_id"] != TEMPLATE:
            return _error(400, "BadRequestError", "Template not found")
        if missing := {"subject", "body"} - asked["personalisation"].keys():
            return _error(400, "BadRequestError", f"Missing personalisation: {', '.join(sorted(missing))}")
        if not asked["email_address"].endswith(".example"):
            return _error(400, "ValidationError", f"email_address {asked['email_address']} Not a valid email address")
        self.taken.append(asked)
        return None if self.hangs_up else (201, {"id": str(uuid4()), "reference": asked["reference"]})

    def sent(self) -> list[tuple[str, str, str]]:
        """Return address, subject and body of what was taken."""
        return [
            (each["email_address"], each["personalisation"]["subject"], each["personalisation"]["body"])
            for each in self.taken
        ]


def _error(status: int, kind: str, message: str) -> tuple[int, dict[str, Any]]:
    return status, {"status_code": status, "errors": [{"error": kind, "message": message}]}


@contextmanager
def notify_server() -> Iterator[NotifyPart]:
    """Run the service's stand-in."""
    part = NotifyPart()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply("GET", b"")

        def do_POST(self) -> None:
            self._reply("POST", self.rfile.read(int(self.headers["Content-Length"])))

        def _reply(self, method: str, body: bytes) -> None:
            token = self.headers["Authorization"].removeprefix("Bearer ")
            reply = part.answer(method, self.path, token, body)
            if reply is not None:
                data = json.dumps(reply[1]).encode()
                self.send_response(reply[0])
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    part.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield part
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
