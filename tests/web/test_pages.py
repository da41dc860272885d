"""Journeys: what each person sees and does, from signing in to the bundle."""

import io
import json
import re
from datetime import date, timedelta
from hashlib import sha256
from zipfile import ZipFile

import pytest
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from portal.db.engine import reading, writing
from portal.db.tables import Invitation, Person, Programme
from portal.domain.errors import ObjectMissing
from portal.domain.roles import Role
from portal.services.announce import Announcement, Invitee, announce
from portal.services.authenticator import begin_app, confirm_app, look_at_app
from portal.services.declare import declare
from portal.services.sign_in import who_is
from portal.vault.invitations import invitation_code, invitation_token
from portal.vault.passwords import hash_password
from portal.vault.records import signed_well
from portal.vault.sessions import session_at
from tests.e2e.apps import App
from tests.web.clients import Visit, make_app, sign_in, words
from tests.world import DUE, START, Someone, World, complete, give_role, sample, session_for, upload

PASSWORD = "correct horse battery staple"


def visit(world: World, person: object) -> Visit:
    """Return a browser in which the person is signed in."""
    app = make_app(world.deps)
    return Visit(app, sign_in(app, world.deps, getattr(person, "id", None)))


def _app_of(world: World, person: Someone) -> App:
    """Set an authenticator app up for somebody."""
    found = who_is(world.deps, session_for(world.deps, person.id, "enrolling", None))
    assert found is not None
    begin_app(world.deps, found.session)
    app = App(look_at_app(world.deps, found.session).secret)
    confirm_app(world.deps, found.session, app.code(world.fakes.clock.now()))
    return app


def _token(page: TestResponse) -> str:
    """Return the token of a page's form, for a browser whose session began anew."""
    return page.get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]


def test_from_sign_in_to_download(world: World) -> None:
    """A leader signs in with password and app, sends a file, sees it received, and gets the same bytes back."""
    with writing(world.deps.engine) as session:
        session.get_one(Person, world.leader.id).password_hash = hash_password(PASSWORD)
    app = _app_of(world, world.leader)
    browser = visit(world, None)
    home = f"/inspections/{world.a.inspection}/"
    asked = browser.get(home)
    assert (303, f"/sign-in?next={home}") == (asked.status_code, asked.location)
    entered = browser.post("/sign-in", email=world.leader.email, password=PASSWORD, next=home)
    assert (303, f"/sign-in/code?next={home}") == (entered.status_code, entered.location)
    assert (303, "/sign-in/code") == (browser.get(home).status_code, browser.get(home).location)
    fresh = _token(browser.get(entered.location))
    code = app.code(world.fakes.clock.now())
    let_in = browser.post("/sign-in/code", code=code, next=home, csrf_token=fresh)
    assert (303, home) == (let_in.status_code, let_in.location)
    page = browser.get(home)
    assert "Your declaration is not sent yet" in words(page)
    data = sample(size=200_000)
    fresh = _token(browser.get(f"{home}items/annual-report"))
    sent = browser.send(f"{home}items/annual-report/documents", data, csrf_token=fresh)
    assert 303 == sent.status_code
    received = browser.get(sent.location)
    assert sha256(data).hexdigest() in words(received)
    assert "report.pdf" in words(received)
    back = browser.get(f"{sent.location}/download")
    assert data == back.data
    assert "attachment; filename=\"report.pdf\"; filename*=UTF-8''report.pdf" == back.headers["Content-Disposition"]
    assert "1 provided, 10 still to send" in words(browser.get(home))


def test_wrong_passwords_are_told_alike(world: World) -> None:
    """Unknown people and wrong passwords get the same words, and what was typed as an address stays."""
    browser = visit(world, None)
    unknown = browser.post("/sign-in", email="nobody@example.org", password="x")
    wrong = browser.post("/sign-in", email=world.leader.email, password="x")
    assert (422, 422) == (unknown.status_code, wrong.status_code)
    assert words(unknown) == words(wrong)
    assert f'value="{world.leader.email}"' in wrong.text


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "evil", "/a\nb", "//[", "https://[", "//\u2100"],
)
def test_next_stays_here(world: World, wanted: str) -> None:
    """After signing in nobody is led to another site."""
    page = visit(world, None).get("/sign-in", query_string={"next": wanted})
    assert '<input type="hidden" name="next" value="">' in page.text


def test_an_invitation_is_looked_at_often_and_used_once(world: World) -> None:
    """Opening the link changes nothing; its form works once, and afterwards the link is gone."""
    announce(
        world.deps,
        world.administrator.actor,
        Announcement(
            "RAA-2023",
            "agency-c",
            "Adoption C",
            [
                Invitee("new@example.org", "New Leader", Role.leader),
                Invitee(world.lead_inspector.email, world.lead_inspector.name, Role.lead_inspector),
            ],
        ),
    )
    with reading(world.deps.engine) as session:
        invitation = session.scalars(select(Invitation.id)).one()
    link = "/invitations/" + invitation_token(world.deps.secret, invitation)
    code = invitation_code(world.deps.secret, invitation)
    browser = visit(world, None)
    for _ in range(10):
        page = browser.get(link)
        assert "Adoption C" in words(page)
        assert code not in page.text
    given = {"code": code, "password": PASSWORD, "confirm": PASSWORD}
    assert "15 characters or more" in words(browser.post(link, **given | {"password": "short", "confirm": "short"}))
    assert "not the same" in words(browser.post(link, **given | {"confirm": "another"}))
    assert "Enter the code" in words(browser.post(link, **given | {"code": ""}))
    wrong = browser.post(link, **given | {"code": "AAA-AAA"})
    assert (422, True) == (wrong.status_code, "You can try 4 more times" in words(wrong))
    assert not {"AAA-AAA", PASSWORD} & set(re.findall(r'value="([^"]*)"', wrong.text))
    accepted = browser.post(link, **given)
    assert (303, "/set-up") == (accepted.status_code, accepted.location)
    assert "Set up a second step for signing in" in words(browser.get("/set-up"))
    assert (303, "/set-up") == (browser.get("/team/").status_code, browser.get("/team/").location)
    other = visit(world, None)
    for answer in (browser.get(link), other.post(link, **given), other.get(link + "x")):
        assert (404, True) == (answer.status_code, "can no longer be used" in words(answer))


def test_every_link_that_opens_nothing_has_the_same_page(world: World) -> None:
    """Unknown, run out, or ended by wrong codes: byte for byte, but for what every answer has anew."""
    people = [
        Invitee(f"new{number}@example.org", "New Leader", role)
        for number, role in enumerate((Role.leader, Role.lead_inspector))
    ]
    announce(world.deps, world.administrator.actor, Announcement("RAA-2023", "agency-c", "Adoption C", people))
    with reading(world.deps.engine) as session:
        ended, old = [
            "/invitations/" + invitation_token(world.deps.secret, each)
            for each in session.scalars(select(Invitation.id))
        ]
    browser = visit(world, None)
    given = {"code": "AAA-AAA", "password": PASSWORD, "confirm": PASSWORD}
    assert [422] * 4 + [404] == [browser.post(ended, **given).status_code for _ in range(5)]
    first = browser.get(ended)
    world.fakes.clock.advance(timedelta(days=3))
    pages = [first, browser.get(old), browser.get("/invitations/unknown")]
    assert {404} == {page.status_code for page in pages}
    assert 1 == len({re.sub(r'(nonce|value)="[^"]*"', "", page.text) for page in pages})


def test_signing_in_begins_a_new_session(world: World) -> None:
    """Whoever was signed in before in this browser is signed out, and neither token nor form token stays."""
    with writing(world.deps.engine) as session:
        session.get_one(Person, world.leader.id).password_hash = hash_password(PASSWORD)
    browser = visit(world, world.contributor)
    with browser.client.session_transaction() as cookie:
        before = dict(cookie)
    browser.post("/sign-in", email=world.leader.email, password=PASSWORD)
    with browser.client.session_transaction() as cookie:
        after = dict(cookie)
    assert before["_user_id"] != after["_user_id"]
    assert before["csrf_token"] != after.get("csrf_token")
    with reading(world.deps.engine) as session:
        assert session_at(session, before["_user_id"]) is None


@pytest.mark.parametrize(
    ("role", "place"),
    [
        ("leader", "/inspections/{a}/"),
        ("contributor", "/inspections/{a}/"),
        ("leader_b", "/inspections/{b}/"),
        ("inspector", "/team/inspections/{a}/"),
        ("dpo", "/stewards/"),
        ("administrator", "/stewards/"),
    ],
)
def test_home_leads_to_the_only_place(world: World, role: str, place: str) -> None:
    """The home page leads each person to what is theirs."""
    answer = visit(world, getattr(world, role)).get("/")
    assert place.format(a=world.a.inspection, b=world.b.inspection) == answer.location


def test_home_lets_those_with_two_roles_choose(world: World) -> None:
    """A person of two inspections sees both, and none of anybody else's."""
    give_role(world.deps, world.leader.id, Role.contributor, world.b.inspection)
    page = visit(world, world.leader).get("/")
    assert world.a.reference in words(page)
    assert f'href="/inspections/{world.b.inspection}/"' in page.text


def test_a_gap_is_explained_and_changed(world: World) -> None:
    """A reason is asked for in words, kept while it is wrong, and settles the item."""
    browser, item = visit(world, world.contributor), f"/inspections/{world.a.inspection}/items/annual-report"
    unsaid = browser.post(f"{item}/gap", kind="not_held", words=" ")
    assert (422, True) == (unsaid.status_code, "Enter a few words of explanation." in words(unsaid))
    unchosen = browser.post(f"{item}/gap", words="There was none.")
    assert (422, True) == (unchosen.status_code, "There was none." in unchosen.text)
    assert 303 == browser.post(f"{item}/gap", kind="not_held", words="There was none.").status_code
    assert "1 not held" in words(browser.get(f"/inspections/{world.a.inspection}/"))
    assert "There was none." in browser.get(item).text


def test_declaring_asks_for_a_word_on_each_gap(world: World) -> None:
    """A declaration with gaps lists them; what was received and typed stands; once explained it gives a receipt."""
    home, browser = f"/inspections/{world.a.inspection}", visit(world, world.leader)
    complete(world.deps, world.leader.actor, world.a.inspection)
    documents = browser.get(f"{home}/items/annual-report").text
    report = documents.split(f"{home}/documents/")[1].split("/")[0]
    assert "Withdraw this document?" in words(browser.get(f"{home}/documents/{report}/withdraw"))
    assert 303 == browser.post(f"{home}/documents/{report}/withdraw").status_code
    unsaid = browser.post(f"{home}/declaration", **{"kind_annual-report": "to_follow", "gap_annual-report": ""})
    assert 422 == unsaid.status_code
    assert '<a href="#gap_annual-report">' in unsaid.text
    assert re.search(r'value="to_follow" checked', unsaid.text)
    assert "10 provided, 1 still to send" in words(browser.get(f"{home}/"))
    said = {"kind_annual-report": "to_follow", "gap_annual-report": "By Friday <13> October."}
    declared = browser.post(f"{home}/declaration", **said)
    assert (303, f"{home}/receipts/1") == (declared.status_code, declared.location)
    receipt = browser.get(declared.location)
    assert "By Friday <13> October." in words(receipt)
    assert "Declared by Lena Leader" in words(receipt)
    signed = json.loads(browser.get(f"{home}/receipts/1.json").text)
    assert (1, 14) == (signed["body"]["number"], len(signed["body"]["documents"]))
    assert signed_well(world.deps.signer.public_keys()[signed["key_id"]], signed)
    assert f"{home}/receipts/1" == browser.post(f"{home}/declaration").location


def test_each_later_change_gets_a_receipt(world: World) -> None:
    """After the declaration a replaced document makes the next receipt, and the first can still be opened."""
    home, browser = f"/inspections/{world.a.inspection}", visit(world, world.leader)
    complete(world.deps, world.leader.actor, world.a.inspection)
    browser.post(f"{home}/declaration")
    page = browser.get(f"{home}/items/annual-report").text
    report = page.split(f"{home}/documents/")[1].split("/")[0]
    choosing = browser.get(f"{home}/items/annual-report?replace={report}")
    assert "Replace annual-report-file.pdf" in words(choosing)
    sent = browser.send(f"{home}/items/annual-report/documents", sample(seed=99), "newer.pdf", replaces=report)
    assert "Version 2" in words(browser.get(sent.location))
    assert "newer.pdf, version 2" in words(browser.get(f"{home}/receipt"))
    assert "annual-report-file.pdf" in words(browser.get(f"{home}/receipts/1"))
    assert "newer.pdf" not in words(browser.get(f"{home}/receipts/1"))


def test_late_is_taken_and_labelled(world: World) -> None:
    """A file that began after the deadline is received, and everybody sees that it was late."""
    world.fakes.clock.set(DUE + timedelta(seconds=1))
    home, browser = f"/inspections/{world.a.inspection}", visit(world, world.leader)
    sent = browser.send(f"{home}/items/annual-report/documents", sample())
    assert "It came after the deadline." in words(browser.get(sent.location))
    assert "1 late." in words(visit(world, world.inspector).get(f"/team{home}/"))


def test_the_team_takes_one_bundle(world: World) -> None:
    """An inspector sees what has come and takes it as one zip of the stated length, the same each time."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    browser, case = visit(world, world.inspector), f"/team/inspections/{world.a.inspection}"
    assert "15 documents" in words(browser.get(f"{case}/"))
    assert world.b.reference not in words(browser.get("/team/"))
    first, again = browser.get(f"{case}/bundle"), browser.get(f"{case}/bundle")
    assert len(first.data) == int(first.headers["Content-Length"])
    assert first.data == again.data
    assert first.headers["ETag"] == again.headers["ETag"]
    with ZipFile(io.BytesIO(first.data)) as bundle:
        assert 15 == sum("/data/" in name for name in bundle.namelist())
        assert bundle.testzip() is None


def test_a_failing_part_breaks_the_download(world: World) -> None:
    """A bundle of which a part cannot be read ends short with an error, never as a whole answer."""
    upload(world.deps, world.leader.actor, world.a.inspection, data=sample(size=300_000), name="report.pdf")
    world.fakes.store._versions.pop(max(world.fakes.store._versions))
    answer = visit(world, world.inspector).get(f"/team/inspections/{world.a.inspection}/bundle", buffered=False)
    with pytest.raises(ObjectMissing):
        _ = answer.data


def test_stewards_see_dates_and_no_documents(world: World) -> None:
    """A steward sees programmes, publication and alarms, and the name of no document."""
    upload(world.deps, world.leader.actor, world.a.inspection, name="Canary.pdf")
    page = words(visit(world, world.dpo).get("/stewards/"))
    assert "Regional adoption agencies (RAA-2023)" in page
    assert "Not yet" in page
    assert "Canary" not in page


def test_what_is_due_for_disposal_is_gone_from_every_page(world: World) -> None:
    """Once disposal is due no page shows anything, even if the job never ran."""
    sent = complete(world.deps, world.leader.actor, world.a.inspection)
    document = f"/documents/{sent['annual-report', 'file'].document}"
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    browser = visit(world, world.leader)
    with writing(world.deps.engine) as session:
        programme = session.scalars(select(Programme)).one()
        programme.published_on, programme.publication_entered_at = date(2022, 1, 1), START - timedelta(days=300)
    home = f"/inspections/{world.a.inspection}"
    paths = ["/", "/items/annual-report", "/declaration", "/receipt", "/receipts/1", "/receipts/1.json"]
    paths += [document, f"{document}/receipt", f"{document}/download", f"{document}/withdraw"]
    assert dict.fromkeys(paths, 410) == {path: browser.get(home + path).status_code for path in paths}
    paths = ["/", "/bundle", document]
    inspector = visit(world, world.inspector)
    assert dict.fromkeys(paths, 410) == {path: inspector.get(f"/team{home}{path}").status_code for path in paths}


def test_a_store_that_does_not_answer(world: World) -> None:
    """When the store fails, the sender is told to try again, and nothing counts."""
    world.fakes.store.fail_next("put", times=9)
    browser = visit(world, world.leader)
    sent = browser.send(f"/inspections/{world.a.inspection}/items/annual-report/documents", sample())
    assert 503 == sent.status_code
    assert "Try again in a few minutes." in words(sent)


def test_the_service_says_that_it_is_well(world: World) -> None:
    """The health check gives the server's time and nothing else."""
    assert {"ok": True, "time": "2023-10-09T08:30:00.000Z"} == visit(world, None).get("/health").json


def test_pages_ask_the_database_no_more_for_more_documents(world: World) -> None:
    """The number of queries of a page does not grow with the documents on it."""
    home, browser = f"/inspections/{world.a.inspection}", visit(world, world.leader)
    team = visit(world, world.inspector)

    def queries() -> list[int]:
        counts = []
        for who, path in ((browser, "/"), (browser, "/items/childrens-guide"), (browser, "/declaration"), (team, "")):
            before = len(asked)
            assert 200 == who.get(home + path if who is browser else f"/team{home}/").status_code
            counts.append(len(asked) - before)
        return counts

    asked: list[str] = []
    event.listen(world.deps.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide")
    few = queries()
    for _ in range(12):
        upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide")
    assert few == queries()
