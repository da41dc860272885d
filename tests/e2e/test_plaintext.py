"""Rule 1: no plaintext of a document, a name or anything typed touches a disk, whatever happens to the upload."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.e2e.canaries import CONTENT, NAME, WORDS, begin, holds_canary, leaks, wait_for_parts
from tests.e2e.installation import installation
from tests.e2e.scene import Scene, scene


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Scene]:
    """A running portal with one announced inspection."""
    with installation(tmp_path / "portal") as portal, scene(portal) as made:
        portal.serve()
        portal.spawn("worker")
        yield made


def test_the_search_itself_finds_a_canary(tmp_path: Path) -> None:
    """A canary in a file, across a boundary, and in a deleted file that is still open is found."""
    (tmp_path / "file").write_bytes(bytes(1024 * 1024 - 5) + CONTENT.encode())
    assert holds_canary(tmp_path / "file")
    with (tmp_path / "gone").open("w+b", buffering=0) as file:
        file.write(NAME.encode())
        (tmp_path / "gone").unlink()
        assert holds_canary(Path(f"/proc/{os.getpid()}/fd/{file.fileno()}"))


@pytest.mark.parametrize("by_form", [True, False], ids=["form", "put"])
def test_no_plaintext_on_disk_during_and_after_an_upload(place: Scene, by_form: bool) -> None:
    """During a paused upload of 50 MB and after it, no file and no open descriptor holds a canary."""
    browser = place.browser(place.leader)
    form = {"kind": "not_held", "words": WORDS, "csrf_token": browser.token(f"/inspections/{place.inspection}/")}
    connection, rest = begin(place, browser, by_form)
    with connection:
        wait_for_parts(place, 6)
        assert [] == leaks(place.portal)
        connection.sendall(rest)
        status = connection.recv(12)
    assert status in (b"HTTP/1.1 303", b"HTTP/1.1 201")
    form["csrf_token"] = browser.token(f"/inspections/{place.inspection}/items/annual-report")
    path = f"/inspections/{place.inspection}/items/annual-report/gap"
    answer = browser.request(
        "POST", path, urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert 303 == answer.status
    assert NAME in browser.get(f"/inspections/{place.inspection}/items/statement-of-purpose").text
    assert WORDS in browser.get(f"/inspections/{place.inspection}/items/annual-report").text
    assert [] == leaks(place.portal)


@pytest.mark.parametrize("by_form", [True, False], ids=["form", "put"])
def test_no_plaintext_on_disk_after_a_kill(place: Scene, by_form: bool) -> None:
    """After kill -9 in the middle of an upload no file holds a canary, and a new start shows that it did not finish."""
    browser = place.browser(place.leader)
    connection, _rest = begin(place, browser, by_form)
    with connection:
        wait_for_parts(place, 6)
        for process in list(place.portal.processes):
            place.portal.kill(process)
    assert [] == leaks(place.portal)
