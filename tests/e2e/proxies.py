"""The proxies that we ship a site for, started with that site on loopback and stopped by process id."""

import datetime
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.e2e.installation import TREE, free_port
from tests.infra.test_shipped import tool

SITES = TREE / "infra" / "proxy"
START_SECONDS = 20.0


@dataclass(frozen=True)
class Proxy:
    """A running proxy: where it listens, its process, and the folder in which it keeps whatever it keeps."""

    port: int
    plain_port: int
    """Where it listens without TLS."""
    process: subprocess.Popen[bytes]
    root: Path

    def connect(self, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        """Return a TLS connection to it. Raises OSError where the two agree on nothing."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        return (context or trusting()).wrap_socket(plain, server_hostname="localhost")


def trusting() -> ssl.SSLContext:
    """Return a client's side of TLS for a certificate of the test's own making, which proves nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@contextmanager
def nginx(root: Path, upstream: int) -> Iterator[Proxy]:
    """nginx with our site; its scratch folders are below `root`, where a test can look."""
    port, spare = free_port(), free_port()
    _certificate(root)
    site = (SITES / "nginx.conf").read_text()
    for shipped, here in (
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{upstream};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{port} ssl http2;"),
        ("listen 80;", f"listen 127.0.0.1:{spare};"),
        ("server_name portal.example;", "server_name localhost;"),
        ("proxy_set_header Host $host;", f"proxy_set_header Host localhost:{upstream};"),
        ("/etc/ssl/evidence-portal/", f"{root}/"),
    ):
        assert shipped in site, shipped
        site = site.replace(shipped, here)
    scratch = " ".join(
        f"{kind}_temp_path {root}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    config = root / "nginx.conf"
    config.write_text(
        f"daemon off; master_process on; worker_processes 1; pid {root}/nginx.pid; {user}\n"
        f"error_log stderr crit;\nevents {{}}\nhttp {{ {scratch}\n{site}\n}}\n"
    )
    with _started([tool("nginx"), "-p", str(root), "-c", str(config)], root, (port, spare), {}) as proxy:
        yield proxy


@contextmanager
def caddy(root: Path, upstream: int) -> Iterator[Proxy]:
    """Caddy with our site, a certificate of its own making, and all its folders below `root`."""
    port, spare = free_port(), free_port()
    site = (SITES / "Caddyfile").read_text()
    # Where the site is on the public net Caddy gets a certificate; here it must make one and keep off ports 80 and 443.
    options, body = "{\n", "reverse_proxy {$PORTAL_UPSTREAM:127.0.0.1:8000} {\n"
    assert options in site
    assert body in site
    site = site.replace(options, f"{{\n\thttp_port {spare}\n\tskip_install_trust\n", 1)
    plain = "http://{$PORTAL_SITE:portal.example} {"
    assert plain in site
    site = site.replace(plain, f"http://localhost:{spare} {{")
    site = site.replace(body, f"tls internal\n\t{body}\t\theader_up Host localhost:{upstream}\n", 1)
    config = root / "Caddyfile"
    config.write_text(site)
    environment = {
        "PORTAL_SITE": f"localhost:{port}",
        "PORTAL_UPSTREAM": f"127.0.0.1:{upstream}",
        "HOME": str(root),
        "XDG_DATA_HOME": str(root / "data"),
        "XDG_CONFIG_HOME": str(root / "config"),
        "TMPDIR": str(root),
    }
    command = [tool("caddy"), "run", "--config", str(config), "--adapter", "caddyfile"]
    with _started(command, root, (port, spare), environment) as proxy:
        yield proxy


@contextmanager
def _started(command: list[str], root: Path, ports: tuple[int, int], environment: Mapping[str, str]) -> Iterator[Proxy]:
    with (root / "proxy.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            env=os.environ | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    proxy = Proxy(*ports, process, root)
    try:
        _wait(proxy)
        yield proxy
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(proxy: Proxy) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and proxy.process.poll() is None:
        with suppress(OSError):
            proxy.connect().close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"The proxy does not start: {(proxy.root / 'proxy.log').read_text()[-2000:]}")


def _certificate(root: Path) -> None:
    """Make a certificate for localhost where the site for nginx looks for one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    began = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(began)
        .not_valid_after(began + datetime.timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    (root / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (root / "key.pem").write_bytes(private)
