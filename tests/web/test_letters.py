"""The pages of an inspection's letters, and the letters as files."""

from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from portal.db.engine import writing
from portal.db.tables import Agency, Inspection
from schemas.letters import load_letters
from tests.web.clients import Visit, make_app, sign_in, words
from tests.web.test_templates import Page
from tests.world import Someone, World

NAME = "Mabwysiadu Gŵyr & Café <b>"


@pytest.fixture
def there(world: World) -> str:
    """Return the address of inspection A's letters; its agency has a name with accents and signs."""
    with writing(world.deps.engine) as session:
        session.execute(update(Agency).where(Agency.name == "Adoption A").values(name=NAME))
    return f"/inspections/{world.a.inspection}/letters/"


def visit(world: World, person: Someone) -> Visit:
    """Return a browser in which the person is signed in."""
    app = make_app(world.deps)
    return Visit(app, sign_in(app, world.deps, person.id))


def test_all_seven_can_be_read_and_downloaded(world: World, there: str) -> None:
    """The leader's list leads to each letter as a page, a PDF and a web page, and each is there."""
    leader = visit(world, world.leader)
    listed = leader.get(there)
    for letter in load_letters():
        assert letter.title in words(listed)
        for path in (there + letter.code, f"{there}{letter.code}.pdf", f"{there}{letter.code}.html"):
            assert f'href="{path}"' in listed.text
            with leader.get(path) as answer:
                assert (path, 200) == (path, answer.status_code)


def test_a_letter_as_a_page(world: World, there: str) -> None:
    """The page shows what is known as text, whatever characters it has."""
    page = visit(world, world.lead_inspector).get(there + "notice")
    assert f"To the leader of {NAME}" in words(page)
    assert ([], []) == (Page(page.text).open, Page(page.text).all("b"))
    assert "by 4pm on Tuesday 10 October 2023" in words(page)
    assert "“Regional adoption agencies”. Its reference is RAA-2023-01:" in words(page)


def test_a_letter_as_a_pdf(world: World, there: str) -> None:
    """The PDF comes as an attachment under the reference, and says what the page says."""
    with visit(world, world.leader).get(there + "notice.pdf") as answer:
        data = answer.data
    assert ("application/pdf", len(data)) == (answer.mimetype, answer.content_length)
    assert 'attachment; filename="RAA-2023-01-notice.pdf"' in answer.headers["Content-Disposition"]
    text = " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())
    assert f"To the leader of {NAME}" in text
    assert "by 4pm on Tuesday 10 October 2023" in text
    assert "/invitations/" not in text


def test_a_letter_as_a_file_to_open_elsewhere(world: World, there: str) -> None:
    """The web page to hand on is an attachment, sandboxed where it is opened from here."""
    with visit(world, world.leader).get(there + "staff.html") as answer:
        html = answer.get_data(as_text=True)
    assert "attachment; " in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'; ")
    assert "Mabwysiadu Gŵyr &amp; Café &lt;b&gt;" in html


def test_the_way_back_is_ones_own(world: World, there: str) -> None:
    """The agency goes back to its list, the team to the inspection, a steward home."""
    expected = {
        f"/inspections/{world.a.inspection}/": world.contributor,
        f"/team/inspections/{world.a.inspection}/": world.inspector,
        "/": world.administrator,
    }
    for href, person in expected.items():
        assert f'<a href="{href}" class="govuk-back-link">' in visit(world, person).get(there).text


def test_a_deferred_inspection_says_what_to_do(world: World, there: str) -> None:
    """Letters with dates that no longer hold are not given out."""
    with writing(world.deps.engine) as session:
        session.execute(update(Inspection).values(state="deferred"))
    leader = visit(world, world.leader)
    for path in (there, there + "notice", there + "notice.pdf"):
        page = leader.get(path)
        assert 409 == page.status_code
        assert "There will be new letters when it is announced again." in words(page)


@pytest.mark.parametrize("path", ["nothing", "nothing.pdf", "notice.docx", "notice.PDF", "../notice"])
def test_what_is_no_letter_is_not_found(world: World, there: str, path: str) -> None:
    """Another name or another kind of file is not there."""
    assert 404 == visit(world, world.leader).get(there + path).status_code
