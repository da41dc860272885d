"""The pages that anyone may read: there before sign-in, linked from everywhere, and true."""

import re
from itertools import pairwise

import pytest

from portal.domain.policy import Owner
from portal.services.letters import GENUINE_PATH, PRIVACY_PATH
from portal.vault.signatures import fingerprint
from portal.web.templating import FOOTER
from tests.web.clients import Visit, make_app, sign_in, words
from tests.web.routes import CHANGES, PATHS, make_place
from tests.web.test_templates import Page
from tests.world import World

PUBLIC = {name: PATHS[name] for name in FOOTER}


@pytest.fixture
def stranger(world: World) -> Visit:
    """Return a browser that has never been here."""
    app = make_app(world.deps)
    return Visit(app, app.test_client())


@pytest.mark.parametrize("path", PUBLIC.values())
def test_read_before_sign_in_without_a_cookie(stranger: Visit, path: str) -> None:
    """Each page is there for a stranger and sets no cookie."""
    page = stranger.get(path)
    assert (200, []) == (page.status_code, page.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize("path", PUBLIC.values())
def test_pages_are_well_formed(stranger: Visit, path: str) -> None:
    """Tags close in order, there is one h1, no heading level is skipped, and the skip link leads to the content."""
    page = Page(stranger.get(path).text)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    below = levels[levels.index(1) :]
    assert [] == page.open
    assert 1 == levels.count(1)
    assert [] == [(upper, lower) for upper, lower in pairwise(below) if lower > upper + 1]
    assert ("#main-content", ["main-content"]) == (
        page.all("a")[0]["href"],
        [a["id"] for a in page.all("main") if "id" in a],
    )


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", *PUBLIC.values()])
def test_every_page_links_them(stranger: Visit, path: str) -> None:
    """The footer of each page, the error pages too, leads to all of them in the same words."""
    page = stranger.get(path).text
    for name, said in FOOTER.items():
        assert f'<a class="govuk-footer__link" href="{PUBLIC[name]}">{said}</a>' in page


def test_who_is_signed_in_stays_so(world: World) -> None:
    """Reading help, a leader is still seen to be signed in and can sign out."""
    app = make_app(world.deps)
    page = words(Visit(app, sign_in(app, world.deps, world.leader.id)).get("/help"))
    assert "Lena Leader Your account Sign out" in page


def test_letters_lead_to_pages_that_are_there() -> None:
    """The addresses in letters are those of the pages."""
    assert (GENUINE_PATH, PRIVACY_PATH) == (PATHS["pages.genuine"], PATHS["pages.privacy"])


def test_genuine_shows_what_can_be_compared(world: World, stranger: Visit) -> None:
    """The address comes from the configuration, never from the request; the fingerprint is the signing key's."""
    page = stranger.get("/help/genuine", headers={"Host": "localhost:1234"})
    assert world.deps.public_url in words(page)
    assert "localhost" not in page.text
    assert fingerprint(world.fakes.signer.public_keys()["test-1"]) in words(page)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/help", f"mailto:{Owner().support}"),
        ("/help/genuine", f"mailto:{Owner().support}"),
        ("/accessibility", f"mailto:{Owner().support}"),
        ("/privacy", f"mailto:{Owner().data_protection}"),
        ("/privacy", f'href="{Owner().charter_url}"'),
        ("/privacy", Owner().lawful_basis),
        ("/privacy", Owner().name),
    ],
)
def test_whom_to_turn_to(stranger: Visit, path: str, said: str) -> None:
    """Contacts, charter (§66) and lawful basis are the owner's."""
    assert said in stranger.get(path).text


def test_numbers_are_the_services_own(world: World, stranger: Visit) -> None:
    """Limits and periods on the pages are those that hold."""
    policy = world.deps.policy
    assert "The largest file is 2MB" in words(stranger.get("/help"))
    assert "If errors in it have to stay, say why below the list" in words(stranger.get("/help"))
    assert f"works once, and for {policy.invitation_life.days} days" in words(stranger.get("/help"))
    privacy = words(stranger.get("/privacy"))
    assert "for one year from the day on which the final report of the inspections is published" in privacy
    assert f"are gone {policy.key_backup_days} days after the key was removed" in privacy
    assert "after 2 hours without use, and after 12 hours in any case" in words(stranger.get("/cookies"))


@pytest.mark.parametrize("profile", ["development", "production"])
def test_the_cookies_page_names_every_cookie(world: World, profile: str) -> None:
    """Whatever anyone does anywhere, no cookie is set but those on the page; the session's ends with the browser."""
    place = make_place(world)
    place.app.config.update(make_app(world.deps, profile=profile).config)
    host = {"base_url": "https://localhost"}
    told = re.findall(
        r'<code class="portal-cookie">([^<]+)</code>', place.app.test_client().get("/cookies", **host).text
    )
    made = set()
    for role in ("anonymous", "leader", "lead_inspector", "administrator"):
        visit = place.visit(role)
        answers = [visit.get(place.path(path), **host) for path in PATHS.values()]
        answers += [change(place, visit) for change in CHANGES.values()]
        for answer in answers:
            made.update(answer.headers.getlist("Set-Cookie"))
            answer.close()
    prefix = "__Host-" if profile == "production" else ""
    assert [f"{prefix}portal_session", f"{prefix}portal_device"] == told
    assert {told[0]} == {cookie.partition("=")[0] for cookie in made}
    lasting = [each for each in made if re.search("expires|max-age", each, re.IGNORECASE)]
    assert [] == [each for each in lasting if "_session=;" not in each]  # but for those that are taken away
