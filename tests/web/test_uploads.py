"""Bad input gets a clear sentence and loses nothing: over real HTTP, against the server that is shipped."""

import base64
from hashlib import sha256
from uuid import uuid4

import pytest
import requests

from portal.domain.policy import MIB
from tests.web.clients import BOUNDARY, multipart
from tests.web.sender import Sender
from tests.world import sample


def test_the_same_put_twice(sender: Sender) -> None:
    """The same id and bytes give the same receipt again; other bytes under that id are refused."""
    data = sample(size=200_000)
    stated = base64.b64encode(sha256(data).digest()).decode()
    first = sender.put(data, "upload-0001", Content_Digest=f"sha-256=:{stated}:")
    again = sender.put(data, "upload-0001")
    other = sender.put(sample(seed=2), "upload-0001")
    assert (201, 200, 409) == (first.status_code, again.status_code, other.status_code)
    assert first.json() == again.json()
    assert sha256(data).hexdigest() == first.json()["body"]["sha256"]
    assert "application/problem+json" == other.headers["Content-Type"]
    assert ["received"] == sender.states()


LONG = "n" * 251 + ".pdf"


@pytest.mark.parametrize(
    ("shown", "raw"),
    [
        (LONG, LONG),
        ("\ufffdfdp.pdf", "\u202efdp.pdf"),
        ("passwd.pdf", "../../etc/passwd.pdf"),
        ("boot.pdf", r"C:\\windows\\boot.pdf"),
        ("<b>&.pdf", "<b>&.pdf"),
    ],
)
def test_odd_names_are_taken_and_shown_safely(sender: Sender, shown: str, raw: str) -> None:
    """A name of 255 bytes, of two directions, like a path or like markup is received and shown as text."""
    sent = sender.send(sample(), raw)
    assert 303 == sent.status_code
    page = sender.get(sent.headers["Location"])
    assert shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in page.text


@pytest.mark.parametrize(
    ("status", "sentence", "name", "data"),
    [
        (422, "Select a file", "", b""),
        (422, "Select a file", None, b""),
        (422, "The selected file is empty", "report.pdf", b""),
        (422, "The selected file must be smaller than 2MB", "report.pdf", sample(size=2 * MIB + 1)),
        (413, "The file must be smaller than 2MB. Send a smaller one", "report.pdf", sample(size=3 * MIB)),
        (422, "The selected file must be a PDF, Word document", "report.exe", b"MZ"),
        (422, "The selected file is not what its ending, .pdf, says", "report.pdf", b"MZ" * 100),
        (422, "name is too long", "n" * 252 + ".pdf", sample()),
    ],
)
def test_bad_files_are_refused_in_words(
    sender: Sender, status: int, sentence: str, name: str | None, data: bytes
) -> None:
    """Each fault of a file has its sentence on the page, and nothing of the file counts."""
    answer = sender.send(data, name)
    assert status == answer.status_code
    assert sentence in answer.text
    assert "received" not in sender.states()
    assert {} == sender.world.fakes.store._versions


def test_exactly_the_limit_is_taken(sender: Sender) -> None:
    """A file of the limit itself is received."""
    assert 303 == sender.send(sample(size=2 * MIB)).status_code


def test_what_was_typed_is_kept(sender: Sender) -> None:
    """A wrong date is told at the date, with what was typed still there."""
    typed = {"slot": "latest", "meeting_day": "31", "meeting_month": "2", "meeting_year": "2023"}
    answer = sender.send(sample(), item="panel-minutes", **typed)
    assert 422 == answer.status_code
    assert "The date of the meeting must be a real date" in answer.text
    assert '<a href="#meeting_day-latest">' in answer.text
    assert 'value="31"' in answer.text


def test_a_filled_place_is_not_overwritten(sender: Sender) -> None:
    """A second file for one place is refused and the first stands; chosen as a replacement it is taken."""
    first = sender.send(sample(), item="annual-report")
    refused = sender.send(sample(seed=1), item="annual-report")
    assert (409, True) == (refused.status_code, "was sent already, and stands" in refused.text)
    document = first.headers["Location"].rpartition("/")[2]
    assert 303 == sender.send(sample(seed=1), item="annual-report", replaces=document).status_code
    assert ["received", "replaced"] == sender.states()


def test_two_files_at_once_are_refused(sender: Sender) -> None:
    """A second file in one form is not silently dropped."""
    head = 'Content-Disposition: form-data; name="file"; filename="two.pdf"\r\n\r\n%PDF-2'
    data = sample() + f"\r\n--{BOUNDARY}\r\n{head}".encode()
    answer = sender.send(data)
    assert (422, True) == (answer.status_code, "Select one file at a time" in answer.text)
    assert ["abandoned"] == sender.states()


@pytest.mark.parametrize("item", ["nothing-such", "annual-report/../x"])
def test_an_unknown_item_is_not_there(sender: Sender, item: str) -> None:
    """An item that the checklist does not have is a page that does not exist."""
    assert 404 == sender.send(sample(), item=item).status_code


def test_another_agencys_inspection_is_as_an_unknown_one(sender: Sender) -> None:
    """An upload to another agency's inspection is answered as one to no inspection at all."""
    theirs = sender.send(sample(), inspection=sender.world.b.inspection)
    nobodys = sender.send(sample(), inspection=uuid4())
    assert (404, 404) == (theirs.status_code, nobodys.status_code)
    assert "There is no such page" in theirs.text
    assert "There is no such page" in nobodys.text


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("framing", ["", "Transfer-Encoding: chunked"])
def test_a_missing_length_is_asked_for(sender: Sender, method: str, framing: str) -> None:
    """A chunked body, or one of unstated length, gets 411 and a sentence."""
    end = "/documents" if method == "POST" else "/slots/file/uploads/upload-0001"
    head = [f"{method} {sender.path()}{end} HTTP/1.1", *([framing] if framing else [])]
    body = b"5\r\n%PDF-\r\n0\r\n\r\n" if framing else b""
    answer = sender.raw(head, body)
    assert answer.startswith(b"HTTP/1.1 411 ")
    assert b"Content-Length header" in answer
    assert [] == sender.states()


def test_a_form_cut_at_99_percent(sender: Sender) -> None:
    """Of an upload that breaks off nothing counts, and the next page says that it did not finish."""
    body = multipart({"upload_id": "upload-0001", "slot": "file"}, "minutes of May.pdf", sample(size=1_000_000))
    kind = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
    head = [f"POST {sender.path()}/documents HTTP/1.1", kind, f"Content-Length: {len(body)}"]
    answer = sender.raw(head, body[: len(body) * 99 // 100])
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert ["abandoned"] == sender.states()
    assert {} == sender.world.fakes.store._versions
    for page in (sender.path(), f"/inspections/{sender.world.a.inspection}/"):
        assert "minutes of May.pdf: the upload did not finish" in sender.get(page).text


def test_a_form_without_its_closing_boundary(sender: Sender) -> None:
    """A body of the stated length that lacks its end was cut, too."""
    body = multipart({"upload_id": "upload-0001", "slot": "file"}, "report.pdf", sample(), closing=b"")
    kind = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
    head = [f"POST {sender.path()}/documents HTTP/1.1", kind, f"Content-Length: {len(body)}"]
    assert sender.raw(head, body).startswith(b"HTTP/1.1 400 ")
    assert ["abandoned"] == sender.states()


@pytest.mark.parametrize("finish", [True, False])
def test_a_put_with_a_length_that_lies(sender: Sender, finish: bool) -> None:
    """A PUT that ends, or stalls, before its stated length is not received."""
    name = "Content-Disposition: attachment; filename*=UTF-8''report.pdf"
    head = [f"PUT {sender.path()}/slots/file/uploads/upload-0001 HTTP/1.1", name, "Content-Length: 100000"]
    assert sender.raw(head, sample(size=99_000), finish=finish).startswith(b"HTTP/1.1 400 ")
    assert ["abandoned"] == sender.states()


def test_a_put_longer_than_it_says(sender: Sender) -> None:
    """What comes after the stated length is no part of the file, and never a request of its own."""
    name = "Content-Disposition: attachment; filename*=UTF-8''report.pdf"
    head = [f"PUT {sender.path()}/slots/file/uploads/upload-0001 HTTP/1.1", name, "Content-Length: 1000"]
    answer = sender.raw(head, sample(size=1000) + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert 1 == answer.count(b"HTTP/1.1 ")


@pytest.mark.parametrize(
    ("status", "sentence", "headers"),
    [
        (422, "State the file's name", {"Content_Disposition": "attachment"}),
        (422, "State the file's name", {"Content_Disposition": "attachment; filename*=UTF-8''%FF"}),
        (422, "Content-Digest must be", {"Content_Digest": "sha-256=:zzz:"}),
        (422, "changed on its way", {"Content_Digest": f"sha-256=:{base64.b64encode(bytes(32)).decode()}:"}),
        (422, "The upload id must be", {"upload_id": "short"}),
        (409, "no longer there", {"X_Replaces": "nothing"}),
    ],
)
def test_bad_puts_say_what_to_mend(sender: Sender, status: int, sentence: str, headers: dict[str, str]) -> None:
    """A script learns as problem details what was wrong."""
    answer = sender.put(sample(), **headers)
    assert (status, "application/problem+json") == (answer.status_code, answer.headers["Content-Type"])
    assert (status, True) == (answer.json()["status"], sentence in answer.json()["detail"])
    assert "received" not in sender.states()


@pytest.mark.parametrize(
    ("status", "path", "kind"),
    [
        (415, "/sign-in", f"multipart/form-data; boundary={BOUNDARY}"),
        (415, "/sign-in", "application/json"),
        (413, "/sign-in", "application/x-www-form-urlencoded"),
        (404, "/nowhere", "application/pdf"),
        (405, "/health", "application/pdf"),
    ],
)
def test_a_body_that_the_route_does_not_expect(sender: Sender, status: int, path: str, kind: str) -> None:
    """A body of the wrong kind or length is refused unread, and the sender can read why."""
    url = f"http://127.0.0.1:{sender.port}{path}"
    data = b"csrf_token=x&email=" + b"y" * (70_000 if status == 413 else 1_000)
    answer = requests.post(url, data=data, headers=sender.headers(**{"Content-Type": kind}), timeout=20)
    assert (status, True) == (answer.status_code, "govuk-heading-l" in answer.text)


def test_a_get_with_a_body_is_refused(sender: Sender) -> None:
    """A page that is opened takes no body."""
    assert sender.raw(["GET / HTTP/1.1", "Content-Length: 4"], b"body").startswith(b"HTTP/1.1 400 ")


def test_a_form_is_never_spooled(sender: Sender) -> None:
    """Whatever reads `request.files` of our requests fails instead of writing a file."""
    body = multipart({}, "report.pdf", sample())
    with (
        sender.app.test_request_context(
            "/", method="POST", data=body, content_type=f"multipart/form-data; boundary={BOUNDARY}"
        ) as context,
        pytest.raises(RuntimeError, match="spooled"),
    ):
        _ = context.request.files


def test_a_part_that_fails_breaks_the_download_visibly(sender: Sender) -> None:
    """Over HTTP a document with a missing part ends short of its stated length, so that no client keeps it as whole."""
    where = sender.send(sample(size=900_000)).headers["Location"]
    assert 900_000 == len(sender.get(f"{where}/download").content)
    store = sender.world.fakes.store._versions
    del store[max(store)]
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        sender.get(f"{where}/download")
