"""Journeys: what each person sees and does, from signing in to the bundle."""

from hashlib import sha256

from portal.db.engine import writing
from portal.db.tables import Person
from portal.vault.passwords import hash_password
from tests.web.clients import Visit, make_app, sign_in, words
from tests.world import World, sample

PASSWORD = "correct horse battery staple"


def visit(world: World, person: object) -> Visit:
    """Return a browser in which the person is signed in."""
    app = make_app(world.deps)
    return Visit(app, sign_in(app, world.deps, getattr(person, "id", None)))


def test_from_sign_in_to_download(world: World) -> None:
    """A leader signs in with a password, sends a file, sees it received, and gets the same bytes back."""
    with writing(world.deps.engine) as session:
        session.get_one(Person, world.leader.id).password_hash = hash_password(PASSWORD)
    browser = visit(world, None)
    home = f"/inspections/{world.a.inspection}/"
    asked = browser.get(home)
    assert (303, f"/sign-in?next={home}") == (asked.status_code, asked.location)
    entered = browser.post("/sign-in", email=world.leader.email, password=PASSWORD, next=home)
    assert (303, home) == (entered.status_code, entered.location)
    page = browser.get(home)
    assert "Your declaration is not sent yet" in words(page)
    data = sample(size=200_000)
    browser.client.get(f"{home}items/annual-report")
    html = browser.get(f"{home}items/annual-report").get_data(as_text=True)
    fresh = html.split('name="csrf_token" value="')[1].split('"')[0]
    sent = browser.send(f"{home}items/annual-report/documents", data, csrf_token=fresh)
    assert 303 == sent.status_code
    received = browser.get(sent.location)
    assert sha256(data).hexdigest() in words(received)
    assert "report.pdf" in words(received)
    back = browser.get(f"{sent.location}/download")
    assert data == back.data
    assert "attachment; filename=\"report.pdf\"; filename*=UTF-8''report.pdf" == back.headers["Content-Disposition"]
    assert "1 provided, 10 still to send" in words(browser.get(home))
