"""Every page template, rendered with representative data and read as a browser would read it."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from flask import Flask, render_template_string
from jinja2 import UndefinedError

from portal.web import templating
from tests.web.pages import DIGEST, GAP, LONG_NAME, NONCE, PAGES, ROWS, TOMBSTONE, WHEN, make_app, render

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """Collects elements with their attributes, and complains of a tag that is not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.title = ""
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        expected = self.open.pop()
        if tag != expected:
            raise AssertionError(f"</{tag}> closes <{expected}>")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "title":
            self.title += data
        elif not self.open or self.open[-1] != "script":
            self.text.append(data)

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with our templates."""
    return make_app()


@pytest.fixture(scope="module", params=sorted(PAGES))
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of each page in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def page(app: Flask, name: str) -> Page:
    """Return each page in turn, parsed: all tests of one page come together."""
    template, context = PAGES[name]
    return Page(render(app, template, **context))


def test_tags_close_in_order(page: Page) -> None:
    """Every element of the page is closed, and in order."""
    assert page.open == []


def test_one_main_heading_and_title(page: Page) -> None:
    """A page has one h1, no heading level is skipped, and the title ends with the service's name."""
    levels = [int(tag[1]) for tag, attributes in page.elements if re.fullmatch("h[1-6]", tag)]
    below = levels[levels.index(1) :]
    assert levels.count(1) == 1
    assert [(upper, lower) for upper, lower in pairwise(below) if lower > upper + 1] == []
    assert page.title.strip().endswith(f"– {templating.SERVICE_NAME}")


def test_title_says_error(page: Page, name: str) -> None:
    """The title begins with "Error: " exactly where there are errors to mend."""
    assert bool(PAGES[name][1].get("errors")) == page.title.strip().startswith("Error: ")


def test_ids_are_unique(page: Page) -> None:
    """No two elements share an id."""
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert sorted(set(ids)) == sorted(ids)


def test_every_input_has_a_label(page: Page) -> None:
    """Each control that a person fills in has a label of its own."""
    labelled = {attributes.get("for") for attributes in page.all("label")}
    controls = [c for c in page.all("input", "textarea", "select") if c.get("type") != "hidden"]
    assert [control for control in controls if control.get("id") not in labelled] == []


def test_references_lead_somewhere(page: Page) -> None:
    """Links within the page, descriptions and labels name an element that exists."""
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    wanted = {a["href"][1:] for a in page.all("a") if a.get("href", "").startswith("#")}
    for _, attributes in page.elements:
        for kind in ("aria-describedby", "aria-labelledby", "aria-controls"):
            wanted.update(attributes.get(kind, "").split())
    assert set() == wanted - ids


def test_errors_stand_twice(page: Page, name: str) -> None:
    """Each error is linked from the summary to its field and told at the field in the same words."""
    for field, message in PAGES[name][1].get("errors", {}).items():
        assert f"#{field}" in [a.get("href") for a in page.all("a")]
        assert page.words.count(message) == 2


def test_nothing_inline(page: Page) -> None:
    """A strict content policy holds: each script has the nonce, and there are no styles or handlers in the page."""
    assert {NONCE} == {attributes.get("nonce") for attributes in page.all("script")}
    assert page.all("style") == []
    assert [a for _, a in page.elements if "style" in a or any(key.startswith("on") for key in a)] == []


def test_post_forms_carry_a_token_first(app: Flask, name: str) -> None:
    """The token is the first field of each form that posts, and in none of those that search."""
    template, context = PAGES[name]
    html = render(app, template, **context)
    pages = [Page(form) for form in re.findall(r"<form\b.*?</form>", html, re.DOTALL)]
    searches = [page for page in pages if page.all("form")[0].get("role") == "search"]
    posts = [page for page in pages if page not in searches]
    assert ["get"] * len(searches) == [page.all("form")[0]["method"] for page in searches]
    assert [] == [field for page in searches for field in page.all("input") if field["name"] == "csrf_token"]
    assert ["post"] * len(posts) == [page.all("form")[0]["method"] for page in posts]
    assert ["csrf_token"] * len(posts) == [page.all("input")[0]["name"] for page in posts]


def test_no_crown(page: Page) -> None:
    """Nothing on a page comes from gov.uk's own identity: no crown, no logotype, no asset of theirs."""
    assert [a for _, a in page.elements if re.search("crown|logotype|crest", a.get("class", ""))] == []
    assert [a for _, a in page.elements if a.get("href", a.get("src", "")).startswith("/assets")] == []


def test_upload_order(app: Flask) -> None:
    """An upload's fields come in the order that the receiving side reads, the file last."""
    template, context = PAGES["item"]
    forms = re.findall(r"<form\b[^>]*multipart.*?</form>", render(app, template, **context), re.DOTALL)
    names = [[field["name"] for field in Page(form).all("input")] for form in forms]
    dated = ["csrf_token", "upload_id", "slot", "meeting_day", "meeting_month", "meeting_year"]
    assert [[*dated, "file"], [*dated, "replaces", "file"]] == names
    template, context = PAGES["a1-document"]
    [form] = re.findall(r"<form\b[^>]*multipart.*?</form>", render(app, template, **context), re.DOTALL)
    beside = ["csrf_token", "upload_id", "slot", "replaces", "beside", "file"]
    assert beside == [field["name"] for field in Page(form).all("input")]


def test_limit_said_before(app: Flask) -> None:
    """The size limit and the types taken stand beside the file input before anything is sent."""
    template, context = PAGES["item"]
    page = Page(render(app, template, **context))
    chooser = next(field for field in page.all("input") if field.get("type") == "file")
    assert "file-panel-2-hint" in chooser["aria-describedby"]
    assert "PDF or Word. Up to 500MB." in page.words


def test_meeting_date_is_shown(app: Flask) -> None:
    """A document of a dated slot shows the meeting's date; one without a date shows no empty row."""
    template, context = PAGES["item"]
    words = Page(render(app, template, **context)).words
    assert "Date of the meeting Wednesday 27 September 2023" in words
    assert "Date of the meeting Size" not in words


def test_kept_input(app: Flask) -> None:
    """What was entered is there again after an error."""
    template, context = PAGES["item-wrong"]
    page = Page(render(app, template, **context))
    values = {field.get("id"): field.get("value") for field in page.all("input")}
    assert tuple(values[f"meeting_{part}-panel-2"] for part in ("day", "month", "year")) == ("31", "2", "2023")
    assert "There were only two." in page.words
    assert [field["value"] for field in page.all("input") if "checked" in field] == ["not_held"]


def test_declaration_is_unmissable(app: Flask) -> None:
    """An undeclared list says so in a heading, says that documents count without it, and offers the button twice."""
    template, context = PAGES["task-list"]
    page = Page(render(app, template, **context))
    assert "Your declaration is not sent yet" in page.words
    assert "Your documents count without it" in page.words
    assert [a.get("href") for a in page.all("a")].count("/declare") == 2


def test_declared_list_asks_no_more(app: Flask) -> None:
    """A declared list shows when, links the receipt and offers no declaring."""
    template, context = PAGES["task-list-declared"]
    page = Page(render(app, template, **context))
    hrefs = [a.get("href") for a in page.all("a")]
    assert "Your declaration is not sent yet" not in page.words
    assert "Sent on 10 October 2023 at 3:10pm" in page.words
    assert (hrefs.count("/receipts/3"), hrefs.count("/declare")) == (1, 0)


def test_receipt_shows_the_whole_proof(app: Flask) -> None:
    """A receipt gives number, digest, times, lateness, gaps with reasons and the signed file."""
    template, context = PAGES["receipt"]
    page = Page(render(app, template, **context))
    for words in (
        DIGEST,
        LONG_NAME,
        "9 October 2023 at 2:31pm",
        "Received after the deadline",
        "By Friday 13 October.",
    ):
        assert words in page.words
    assert "/r.json" in [a.get("href") for a in page.all("a")]


def test_what_was_found_is_said(app: Flask) -> None:
    """The team reads beside each document how it was found, and that nothing is scanned where that is so."""
    template, context = PAGES["team-inspection"]
    words = Page(render(app, template, **context)).words
    assert ("Not flagged" in words, "Withheld: malware" in words) == (True, True)
    assert "1 document is withheld and in no download." in " ".join(words.split())
    unscanned = Page(render(app, template, **{**context, "inspection": {**context["inspection"], "scans": False}}))
    assert "does not scan files for malware" in unscanned.words


@pytest.mark.parametrize(("name", "part"), [
    ("a1-check", None), ("a1-document", "found"), ("a1-glance", "view"), ("a1-guidance", "form"),
])  # fmt: skip
def test_a_form_of_ours_is_said_to_be_ours(app: Flask, name: str, part: str | None) -> None:
    """Whoever reads of an A1 form, or of what was found in one, learns where its definition is illustrative."""
    template, context = PAGES[name]
    theirs = {"illustrative": False}
    own = {**context, **({part: {**context[part], **theirs}} if part else theirs)}
    assert [True, False] == ["illustrative" in render(app, template, **each) for each in (context, own)]


def test_names_are_escaped(app: Flask) -> None:
    """A file name is text, whatever it holds, also where it stands inside a design system macro."""
    evil = "<img src=x onerror=alert(1)>.pdf"
    slot = {**PAGES["item"][1]["item"]["slots"][2], "replacing": {"id": "d1", "name": evil}}
    slot["documents"] = [{**slot["documents"][0], "name": evil}]
    item = {**PAGES["item"][1]["item"], "slots": [slot]}
    received = {**PAGES["document-received"][1]["document"], "name": evil}
    sent = {**ROWS[0], "documents": [{**ROWS[0]["documents"][1], "name": evil, "found": evil}], "gap_words": evil}
    groups = [{"title": evil, "rows": [sent], "gaps": [{**GAP, "label": evil, "words": evil}]}]
    stone = {**TOMBSTONE, "readers": [{"name": evil, "words": evil}]}
    for html in (
        render(app, "provider/item.html", **{**PAGES["item"][1], "item": item}),
        render(app, "provider/document_received.html", **{**PAGES["document-received"][1], "document": received}),
        render(app, "provider/declare.html", **{**PAGES["declare"][1], "groups": groups}),
        render(app, "provider/recalled.html", **{**PAGES["recalled"][1], "tombstone": stone}),
        render(app, "error.html", title="Error", happened=evil, to_do="", lead=None),
    ):
        assert Page(html).all("img") == []
        assert "&lt;img src=x onerror=alert(1)&gt;.pdf" in html


def test_missing_variable_is_an_error(app: Flask) -> None:
    """A page that is not given what it shows fails instead of showing a hole."""
    with pytest.raises(UndefinedError, match="inspections"):
        render(app, "team/inspections.html")


@pytest.mark.parametrize("status", sorted(templating.ERROR_WORDS))
def test_error_pages(app: Flask, status: int) -> None:
    """Each status has a page that says what happened and what to do next."""
    title, happened, to_do = templating.ERROR_WORDS[status]
    with app.test_request_context("/"):
        words = Page(templating.error_page(status)).words
    assert f"{title} {happened} {to_do}" in words


def test_error_page_with_a_message(app: Flask) -> None:
    """A message of the portal's own replaces the general words, which might contradict it."""
    with app.test_request_context("/"):
        words = Page(templating.error_page(409, "The inspection is closed. Ask the lead inspector.")).words
    assert "The inspection is closed. Ask the lead inspector. Go to the home page" in words


def test_unlisted_statuses_borrow_words(app: Flask) -> None:
    """A status without words of its own gets those of its kind."""
    with app.test_request_context("/"):
        assert "problem with what was sent" in templating.error_page(418)
        assert "problem with the service" in templating.error_page(507)


def test_times_in_pages(app: Flask) -> None:
    """A time is in London's words for people and exact for machines."""
    with app.test_request_context("/"):
        html = render_template_string("{% import 'macros.html' as m %}{{ m.moment(at) }} {{ m.by(at) }}", at=WHEN)
    assert '<time datetime="2023-10-09T13:32:00+00:00">9 October 2023 at 2:32pm</time>' in html
    assert ">2:32pm on Monday 9 October 2023</time>" in html


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("0 bytes", 0),
        ("1 byte", 1),
        ("1023 bytes", 1023),
        ("1KB", 1024),
        ("1.2MB", 1_258_291),
        ("1MB", 1024**2 - 1),
        ("99.9MB", 104_752_742),
        ("100MB", 104_857_599),
        ("500MB", 500 * 1024**2),
        ("1GB", 1024**3),
        ("4.7GB", 5_000_000_000),
    ],
)
def test_sizes(words: str, size: int) -> None:
    """Sizes are said in the largest unit that fits, with one decimal where it tells something."""
    assert words == templating.say_size(size)


def test_static_addresses_change_with_content(app: Flask) -> None:
    """The address of a style sheet names its content, so that browsers may keep it for long."""
    with app.test_request_context("/"):
        css, js = templating.static_url("portal.css"), templating.static_url("portal.js")
    assert re.search(r"/static/portal\.css\?v=[0-9a-f]{12}$", css)
    assert css.partition("?v=")[2] != js.partition("?v=")[2]


def test_footer_links_only_what_exists() -> None:
    """The footer names a page once its route exists, and none before."""
    app = make_app()
    with app.test_request_context("/"):
        assert templating.footer_links() == []
    app.add_url_rule("/privacy", "pages.privacy", lambda: "")
    with app.test_request_context("/"):
        assert templating.footer_links() == [{"href": "/privacy", "text": "Privacy"}]
