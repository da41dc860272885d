"""All that people type about cases and people, and names of files: in no database, log, mail or folder in the clear."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from portal.db.engine import reading
from portal.db.queries import current_documents
from portal.db.thread_queries import open_questions
from portal.domain.times import LONDON
from tests.e2e.browser import Answer, Browser
from tests.e2e.canaries import WORDS, leaks
from tests.e2e.installation import installation
from tests.e2e.scene import Scene, scene
from tests.world import sample

TYPED = f"{WORDS} typed"
FILES = (f"=HYPERLINK({WORDS}).pdf", f"<svg onload={WORDS}>.pdf")
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Scene]:
    """A running portal with a worker and one announced inspection."""
    with installation(tmp_path / "portal") as portal, scene(portal) as made:
        portal.serve()
        portal.spawn("worker")
        yield made


def fill(browser: Browser, page: str, path: str, **fields: str) -> Answer:
    """Send a form of `page` to `path`; it must be taken."""
    body = urlencode({"csrf_token": browser.token(page)} | fields)
    answer = browser.request("POST", path, body.encode(), {"Content-Type": FORM})
    assert 303 == answer.status, f"{path}: {answer.status} {answer.words[:400]}"
    return answer


def day(place: Scene, name: str, ahead: int) -> dict[str, str]:
    """Return the three fields of a date so many days ahead."""
    then = (place.deps.clock.now() + timedelta(days=ahead)).astimezone(LONDON)
    return {f"{name}_day": str(then.day), f"{name}_month": str(then.month), f"{name}_year": str(then.year)}


def as_leader(place: Scene, leader: Browser) -> None:
    """Type everything that a leader can type."""
    home = f"/inspections/{place.inspection}"
    gap = f"{home}/items/recruitment-strategy"
    fill(leader, gap, f"{gap}/gap", kind="to_follow", words=TYPED, by_time="midday", **day(place, "by", 2))
    for name in FILES:
        replaces = _document(place, "statement-of-purpose")
        more = {"replaces": replaces} if replaces else {}
        sent = leader.upload_form(str(place.inspection), "statement-of-purpose", "file", name, sample(), **more)
        assert 303 == sent.status
    gap = f"{home}/items/childrens-guide"
    fill(leader, gap, f"{gap}/gap", kind="equivalent", name=TYPED, words=TYPED)
    row = {
        "authority-1": TYPED,
        "name-1": TYPED,
        "role-1": TYPED,
        "email-1": "a@b.example",
        "telephone-1": "01632 960000",
    }
    send_list(leader, f"{home}/items/link-staff/list", row)
    row = {f"{name.partition('_')[2]}-1": value for name, value in day(place, "met", 8).items()}
    row |= {"title-1": TYPED, "place-1": TYPED, "observe-1": "yes", "time-1": "10am"}
    send_list(leader, f"{home}/items/prearranged-meetings/list", row)
    fill(leader, f"{home}/messages/", f"{home}/messages/", words=TYPED, asks="yes")


def check_unsent(leader: Browser) -> None:
    """Have an A1 form checked that is full of canaries, under such a name; it is answered with what was found."""
    boundary, row = "a-boundary", f"{WORDS},".encode() * 1_000
    files = {"children": row, "adopters": row, "support": row}
    body = f'--{boundary}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n'.encode()
    body += leader.token("/a1-form/check").encode()
    body += f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="inspection"\r\n\r\nnone'.encode()
    for name, data in files.items():
        head = f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{WORDS}.csv"\r\n\r\n'
        body += head.encode() + data
    body += f"\r\n--{boundary}--\r\n".encode()
    form = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    answer = leader.request("POST", "/a1-form/check", body, form)
    assert (200, True) == (answer.status, "What the check found" in answer.words)


def as_lead(place: Scene, lead: Browser) -> None:
    """Type everything that a lead inspector can type, and fetch everything."""
    team = f"/team/inspections/{place.inspection}"
    messages = f"/inspections/{place.inspection}/messages/"
    with reading(place.deps.engine) as session:
        [question] = open_questions(session, place.inspection)
    fill(lead, messages, f"{messages}answers", question=str(question.id), words=TYPED)
    fill(lead, messages, messages, words=TYPED, item="annual-report", asks="yes")
    fill(lead, f"{team}/requests/", f"{team}/requests/", label=TYPED, guidance=TYPED, **day(place, "due", 3))
    move = f"{team}/conduct/deadline"
    fill(lead, move, move, deadline_time="4pm", reason=TYPED, **day(place, "deadline", 4))
    assert 200 == lead.get(f"{team}/bundle").status
    defer = f"{team}/conduct/deferral"
    fill(lead, defer, defer, reason=TYPED)


def _document(place: Scene, item: str) -> str:
    with reading(place.deps.engine) as session:
        found = [each.id for each in current_documents(session, place.inspection) if each.item == item]
    return str(found[0]) if found else ""


def _first_form(page: str) -> str:
    return page.partition("<main")[2].partition("</form>")[0]


def send_list(browser: Browser, page: str, row: dict[str, str]) -> None:
    """Send a list with one row; where the page asks whether it is right, say that it is."""
    said = browser.get(page).text
    confirmed: dict[str, str] = {}
    for _ in range(2):
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', _first_form(said)))
        body = urlencode(hidden | row | confirmed | {"action": "send"})
        answer = browser.request("POST", page, body.encode(), {"Content-Type": FORM})
        if answer.status == 303:
            return
        said = answer.text
        confirmed = dict(re.findall(r'name="(confirmed)"[^>]*value="([^"]+)"', said))
    raise AssertionError(f"{page} was not taken: {answer.words[:600]}")


def test_nothing_typed_is_found_on_a_disk(place: Scene) -> None:
    """Every typed field and file name is sealed at once: no file of the portal holds it, though every page shows it."""
    leader, lead = place.browser(place.leader), place.browser(place.lead)
    as_leader(place, leader)
    check_unsent(leader)
    as_lead(place, lead)
    assert TYPED in leader.get(f"/inspections/{place.inspection}/messages/").text
    for item in ("recruitment-strategy", "statement-of-purpose"):
        assert WORDS in leader.get(f"/inspections/{place.inspection}/items/{item}").text, item
    assert all(_document(place, item) for item in ("link-staff", "prearranged-meetings"))
    assert [] == leaks(place.portal)
