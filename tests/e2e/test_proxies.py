"""Behind each proxy that we ship a site for: an upload counts from its first byte, and no scratch holds plaintext."""

import re
import ssl
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest

from portal.db.engine import reading
from portal.db.queries import current_documents
from portal.db.tables import Document, Inspection
from tests.e2e.canaries import begin, leaks, wait_for_parts
from tests.e2e.installation import free_port, installation
from tests.e2e.proxies import Proxy, caddy, nginx, trusting
from tests.e2e.scene import Scene, scene

Start = Callable[[Path, int], AbstractContextManager[Proxy]]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Scene]:
    """A running portal with one announced inspection."""
    with installation(tmp_path / "portal") as portal, scene(portal) as made:
        portal.serve()
        yield made


def set_time(place: Scene, before_deadline: timedelta) -> datetime:
    """Let it be that long before the deadline; return the deadline."""
    with reading(place.deps.engine) as session:
        deadline = session.get_one(Inspection, place.inspection).deadline_at
    place.portal.set_clock(timedelta(0))
    place.portal.set_clock(deadline - before_deadline - place.deps.clock.now())
    return deadline


@pytest.mark.parametrize("by_form", [True, False], ids=["form", "put"])
@pytest.mark.parametrize("start", [nginx, caddy])
def test_an_upload_counts_from_its_beginning_and_no_scratch_holds_it(place: Scene, start: Start, by_form: bool) -> None:
    """Begun at 15:59:30 and finished at 16:05 it is on time; while it is on its way it lies nowhere in the clear."""
    root = place.portal.root / "proxy"
    root.mkdir(mode=0o700)
    with start(root, place.portal.port) as proxy:
        place.portal.processes.append(proxy.process)  # so that its files and descriptors are searched as well
        deadline = set_time(place, timedelta(seconds=30))
        connection, rest = begin(place, place.browser(place.leader), by_form, proxy.connect)
        with connection:
            wait_for_parts(place, 4)
            assert [] == leaks(place.portal)
            set_time(place, -timedelta(minutes=5))
            connection.sendall(rest)
            status = connection.recv(12)
        assert status in (b"HTTP/1.1 303", b"HTTP/1.1 201")
        assert [] == leaks(place.portal)
    with reading(place.deps.engine) as session:
        documents: list[Document] = list(current_documents(session, place.inspection))
    assert [True] == [each.on_time for each in documents]
    assert documents[0].began_at < deadline < (documents[0].received_at or deadline)


@pytest.mark.parametrize("start", [nginx, caddy])
def test_the_shipped_sites_speak_modern_tls_and_lead_pages_alone_to_it(tmp_path: Path, start: Start) -> None:
    """TLS 1.2 with forward secrecy and authenticated encryption, or 1.3; scripts are not led on from port 80."""
    with start(tmp_path, free_port()) as proxy:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with proxy.connect(_speaking(version)) as connection:
                cipher, spoken, _bits = connection.cipher() or ("", "", 0)
            assert version.name.replace("_", ".") == spoken
            assert re.match(r"TLS_AES|TLS_CHACHA20|ECDHE-\w+-(AES\d+-GCM|CHACHA20)", cipher)
        for weak in (_speaking(ssl.TLSVersion.TLSv1_1), _speaking(ssl.TLSVersion.TLSv1_2, "AES256-SHA256:AES128-SHA")):
            with pytest.raises(OSError, match=r"(?i)alert|reset|protocol|handshake|version"):
                proxy.connect(weak)
        assert (403, None) == _plain(proxy, "/api/v1/status")
        status, place = _plain(proxy, "/sign-in?next=%2F")
        assert status in (301, 308)
        assert re.fullmatch(r"https://[^/]+/sign-in\?next=%2F", place or "")


def _speaking(version: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> ssl.SSLContext:
    """Return a client that speaks this version alone, and would take whatever cipher it is offered."""
    context = trusting()
    context.set_ciphers(ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that old versions are old is the point
        context.minimum_version = context.maximum_version = version
    return context


def _plain(proxy: Proxy, path: str) -> tuple[int, str | None]:
    """Ask without TLS; return the status, and where the answer leads."""
    connection = HTTPConnection("127.0.0.1", proxy.plain_port, timeout=60)
    connection.request("GET", path, headers={"Host": f"localhost:{proxy.plain_port}"})
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.getheader("Location")
