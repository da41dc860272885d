"""Every page in every state that people meet, in a real browser: accessible, whole at 320 px, and without complaint."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.chromium import Window, window
from tests.e2e.gallery import LONG_NAME, Gallery
from tests.e2e.views import VIEWS

SAID = {
    "list, empty": (
        "Send everything by 4pm on Tuesday 10 October 2023",
        "11 still to send",
        "Your declaration is not sent yet",
        "Your documents count without it",
    ),
    "list, contributor": ("Only the leader of your agency can send it.",),
    "list, half": ("1 provided, 1 to follow, 9 still to send", "Still to send: Third latest panel meeting"),
    "list, complete": ("11 provided", "Everything is sent or explained"),
    "list, declared": ("Declaration sent", "9 provided, 1 not held, 1 to follow"),
    "list, passed": ("The deadline was 4pm on Friday 6 October 2023", "1 received after the deadline"),
    "list, interrupted": ("Not everything that you sent has arrived", "Annual report 2022 to 2023.pdf: the upload did"),
    "list, closed": ("This inspection is closed.", "No declaration was sent."),
    "item, single": ("Up to 20MB", "Choose a file for Statement of purpose", "Not yet started."),
    "item, A1 half": (
        "2 of 3 A1 form files sent. Still to send: Adoption support.",
        "Either send 1 file",
        "Or send 3 files",
    ),
    "item, dated": (LONG_NAME, "Date of the meeting"),
    "item, meetings": ("Fill in the list", "None arranged"),
    "contacts": ("Link staff in local authorities", "Contact 1", "Add another contact"),
    "contacts, one more": ("Contact 2",),
    "contacts, wrong": ("Enter the name of the contact for Leeds",),
    "meetings": ("Meeting 1", "May an inspector observe it?", "Say that none is arranged"),
    "meetings, asked": ("Is this right?", "is not a day of the inspection"),
    "item, no date": ("Enter the date on which it follows", "If it will follow, by which date?"),
    "item, interrupted": ("the upload did not finish, so nothing of it was kept. Choose the file again",),
    "item, late": ("Received after the deadline",),
    "item, closed": ("This inspection is closed",),
    "item, replacing": ("Replace Guide for children under 8.pdf", "Keep it"),
    "received": ("Document received", "On time", "Still missing", "Adoption panel minutes: Third latest panel meeting"),
    "received, all there": ("Everything is sent or explained",),
    "received, late": ("Received after the deadline", "It came after the deadline. It is kept"),
    "declaration, gaps": ("Say why these are not complete", "What you have sent stands."),
    "receipt": ("Declaration sent", "RAA-2023-04", "By noon tomorrow", "SHA-256"),
    "sent in error": ("Documents that you can recall", "Replaced", "Recalled by Lena Leader", "Iris Inspector"),
    "recall": ("You cannot undo this.", "Guide for teenagers.docx", "delete their copies"),
    "recalled": ("Recalled: sent in error", "Iris Inspector", "Deleted, and seen to be gone"),
    "recalled, opened": ("sent in error and recalled",),
    "desk, timeline": ("What is due when", "No date yet", "Kept: the report is not published yet"),
    "desk, trail found": ("Found, the newest first", "A document was received", "document.received"),
    "desk, trail of nobody": ("No account has this name or address",),
    "desk, account": ("What is held on an account", "Documents that they sent", "None."),
    "desk, calendar made": ("it is not shown again", "/calendar/"),
    "ask about your data": ("Ask the agency first.", "cannot search them for your name"),
    "signing keys": ("Fingerprint (SHA-256)", "Compare the fingerprint with the one in the letter"),
    "team, half": (
        "2 of 3 panel minutes sent",
        "Still to send: Third latest panel meeting",
        "does not scan files for malware",
        "Not declared.",
    ),
    "team, late": ("1 late.", "Received after the deadline"),
    "not found": ("Page not found",),
    "not allowed": ("You cannot do this",),
    "unavailable": ("Sorry, the service is unavailable", "Everything that you have a receipt for is safe."),
    "too large": ("The file must be smaller than 20MB", "what you sent before is safe"),
}
"""What a page must say, by the name of its view."""


@pytest.fixture(params=list(VIEWS))
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of each view in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def seat(browser: Browser, shown: Gallery) -> Iterator[Window]:
    """One window at which everybody sits down in turn: a new one for each view takes as long as looking at it."""
    with window(browser, shown.portal) as made:
        yield made


@pytest.fixture
def opened(seat: Window, shown: Gallery, name: str) -> Window:
    """Open each view in turn."""
    view = VIEWS[name]
    seat.enter(shown.deps, view.person(shown))
    assert view.status == seat.go(view.path(shown))
    if view.act:
        view.act(seat.page)
    return seat


def test_a_page_is_fit_for_everyone(opened: Window, name: str) -> None:
    """Tab reaches everything; nothing found against WCAG 2.2 AA, no sideways scrolling at 320 px; it says its words."""
    assert [] == opened.keyboard_faults()
    assert [] == opened.faults_of_page()
    words = " ".join(opened.page.locator("body").inner_text().split())
    assert [] == [each for each in SAID.get(name, ()) if each not in words]
    assert bool(opened.page.locator(".govuk-error-summary").count()) == opened.page.title().startswith("Error: ")


SPOIL_FOCUS = """() => {
  document.body.innerHTML = '<button>unseen</button><input><a href="/">behind the trap</a>'
  document.querySelector('button').style.outline = 'none'
  document.querySelector('input').addEventListener('keydown', event => event.preventDefault())
}"""


def test_the_look_sees_faults(browser: Browser, shown: Gallery) -> None:
    """A picture without words, a line that is too long, an inline script and a missing file are each found."""
    with window(browser, shown.portal) as made:
        made.go("/sign-in")
        spoilt = "<img src='/missing.png'><svg width='400'></svg><p style='color: red'>red</p>"
        made.page.evaluate("html => { document.querySelector('main').innerHTML = html }", spoilt)
        made.page.wait_for_load_state("networkidle")
        found = " ".join(made.faults_of_page())
    with window(browser, shown.portal) as made:
        made.go("/sign-in")
        made.page.evaluate(SPOIL_FOCUS)
        unseen = " ".join(made.keyboard_faults())
    assert "the focus does not show at <button" in unseen
    assert "Tab never reaches <a" in unseen
    for fault in ("image-alt", "the page is", "Content Security Policy", "404"):
        assert fault in found


def test_every_expectation_is_of_a_view() -> None:
    """No sentence is looked for on a page that is not looked at."""
    assert set() == SAID.keys() - VIEWS.keys()
