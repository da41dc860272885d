"""The two looks: our own shows and serves nothing of gov.uk's identity; the other is the design system's own."""

import re

import pytest
from flask import Flask

from portal.web import branding
from tests.web.clients import make_app, sign_in
from tests.web.pages import PAGES, render
from tests.web.pages import make_app as make_template_app
from tests.web.routes import PATHS
from tests.web.test_templates import Page
from tests.world import World

FILES = sorted(path.relative_to(branding.FILES).as_posix() for path in branding.FILES.rglob("*") if path.is_file())
FONT = next(name for name in FILES if name.endswith(".woff2"))
IDENTITY = re.compile("crown|logotype|crest|/assets/|GDS Transport|GOV.UK", re.IGNORECASE)


@pytest.fixture
def plain(world: World) -> Flask:
    """The pages as they are unless configured."""
    return make_app(world.deps)


@pytest.fixture
def branded(world: World) -> Flask:
    """The pages of a service on a gov.uk domain."""
    return make_app(world.deps, brand="govuk")


def test_our_own_look_has_nothing_of_gov_uk(plain: Flask) -> None:
    """Without the setting a page shows no crown, asks for no file of the brand and lets no font be loaded."""
    answer = plain.test_client().get("/sign-in")
    assert (200, []) == (answer.status_code, IDENTITY.findall(answer.text))
    assert 'class="portal-header"' in answer.text
    assert "font-src" not in answer.headers["Content-Security-Policy"]


def test_no_guess_leads_to_the_brand(plain: Flask, branded: Flask) -> None:
    """Without the setting none of its files is served, neither at its address nor by any way round it."""
    guesses = [f"/assets/{name}" for name in FILES]
    around = [
        f"/static/{way}{name}"
        for name in (FONT, "images/govuk-crest.svg")
        for way in ("", "govuk/", "brand/", "../brand/", "%2e%2e/brand/", "govuk/../../brand/", "..%2fbrand%2f")
    ]
    ours, theirs = plain.test_client(), branded.test_client()
    assert {404} == {ours.get(path).status_code for path in (*guesses, *around, "/assets/", "/brand/" + FONT)}
    for path in guesses:
        with theirs.get(path) as answer:
            assert 200 == answer.status_code, path


def test_the_brand_adds_one_route(plain: Flask, branded: Flask) -> None:
    """Apart from its files the branded portal has the same routes, and is as closed to a stranger."""
    had, has = ({rule.endpoint for rule in app.url_map.iter_rules()} for app in (plain, branded))
    assert {"branding.asset"} == has - had
    assert had <= has
    assert 303 == branded.test_client().get(PATHS["team.inspections"]).status_code


def test_the_brand_is_the_design_systems_own(branded: Flask, world: World) -> None:
    """A branded page has header, service navigation and footer of the design system, in its own styles."""
    answer = sign_in(branded, world.deps, world.administrator.id).get("/stewards/")
    page = Page(answer.text)
    classes = " ".join(each.get("class", "") for _, each in page.elements).split()
    wanted = {"govuk-header__logotype", "govuk-service-navigation__service-name", "govuk-footer__crown"}
    assert (200, set()) == (answer.status_code, wanted - set(classes))
    assert [] == [each for each in classes if each in ("portal-header", "portal-footer", "portal-plain")]
    assert "– Send pre-inspection information – GOV.UK</title>" in answer.text
    assert ["Sign out"] == re.findall("Sign out", page.words)
    assert {"Help", "Privacy", "Programmes"} <= set(page.words.split())
    assert "/static/govuk/govuk-frontend.min.css" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert ["font-src 'self'", "manifest-src 'self'"] == re.findall(r"(?:font|manifest)-src [^;]*", policy)


def test_all_that_a_branded_page_asks_for_is_there(branded: Flask) -> None:
    """Each file that page or style sheet names is served, and may be kept where its address names its content."""
    client = branded.test_client()
    styles = next(each["href"] for each in Page(client.get("/sign-in").text).all("link") if "v=" in each["href"])
    with client.get(styles) as sheet:
        assert "public, max-age=31536000, immutable" == sheet.headers["Cache-Control"]
        named = re.findall(r"url\((/assets/[^)]*)\)", sheet.get_data(as_text=True))
    links = [each["href"] for each in Page(client.get("/sign-in").text).all("link")]
    assert 5 <= len(named)
    for path in (*named, *links):
        with client.get(path) as answer:
            assert 200 == answer.status_code, path


@pytest.mark.parametrize("way", ["../branding.py", "%2e%2e/branding.py", "fonts/../../app.py", ".stamp", "fonts", ""])
def test_the_brand_serves_its_folder_alone(branded: Flask, way: str) -> None:
    """No way leads out of the folder, and no folder is listed."""
    assert 404 == branded.test_client().get(f"/assets/{way}").status_code


@pytest.fixture(scope="module")
def templates() -> Flask:
    """The branded templates alone."""
    app = make_template_app()
    branding.install(app)
    return app


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_page_holds_in_the_brand(templates: Flask, name: str) -> None:
    """Each page has its tags in order, its ids once and one main heading there too."""
    template, context = PAGES[name]
    page = Page(render(templates, template, **context))
    ids = [each["id"] for _, each in page.elements if "id" in each]
    assert ([], 1) == (page.open, len(page.all("h1")))
    assert sorted(set(ids)) == sorted(ids)


def test_a_fault_is_branded_too(branded: Flask) -> None:
    """An error page looks as all others do."""
    answer = branded.test_client().get("/nowhere")
    assert (404, True) == (answer.status_code, "govuk-header__logotype" in answer.text)
