"""Every route × role, tried by real requests; what is not theirs looks exactly like what is not there."""

import re
from contextlib import ExitStack
from uuid import uuid4

import pytest
from flask import Flask

from portal.web.errors import Unacceptable
from portal.web.turns import Turns
from tests.web.a1_routes import A1_EXPECTED
from tests.web.clients import Visit, make_app, sign_in, token
from tests.web.directory_routes import DIRECTORY_EXPECTED
from tests.web.dpo_routes import DPO_EXPECTED
from tests.web.entry_routes import ENTRY_EXPECTED
from tests.web.own_routes import OWN_EXPECTED
from tests.web.routes import CHANGES, PATHS, ROLES, Place, make_place
from tests.web.trail_routes import TRAIL_EXPECTED
from tests.world import World, sample

# In the order of ROLES: anonymous, leader, contributor, leader B, lead inspector, inspector, QA, administrator, DPO.
EXPECTED = {
    "static": (200,) * 9,
    "pages.home": (303,) * 9,
    "pages.health": (200,) * 9,
    "pages.security_contact": (200,) * 9,
    "pages.help": (200,) * 9,
    "pages.genuine": (200,) * 9,
    "pages.accessibility": (200,) * 9,
    "pages.privacy": (200,) * 9,
    "pages.cookies": (200,) * 9,
    "letters.overview": (303, 200, 200, 404, 200, 200, 200, 200, 200),
    "letters.letter": (303, 200, 200, 404, 200, 200, 200, 200, 200),
    "letters.file": (303, 200, 200, 404, 200, 200, 200, 200, 200),
    "account.enter": (200,) * 9,
    "step_up.ask": (303, *(200,) * 8),
    "step_up.ask_for_form": (401, *(200,) * 8),
    "step_up.answer": (401, *(422,) * 8),
    "second.challenge": (303,) * 9,
    "second.answer": (401, *(303,) * 8),
    "second.recovery": (303,) * 9,
    "second.recover": (401, *(303,) * 8),
    "second.choose": (303, *(200,) * 8),
    "second.app": (303, *(404,) * 8),
    "second.begin": (401, *(303,) * 8),
    "second.confirm": (401, *(422,) * 8),
    "passkeys.ask": (401, *(303,) * 8),
    "passkeys.answer": (401, *(303,) * 8),
    "passkeys.ask_new": (401, *(200,) * 8),
    "passkeys.ask_again": (401, *(200,) * 8),
    "passkeys.confirm": (401, *(422,) * 8),
    "passkeys.add": (401, *(422,) * 8),
    "account.enter_now": (422,) * 9,
    "account.leave": (303,) * 9,
    "account.invitation": (200,) * 9,
    "account.accept": (422,) * 9,
    "provider.task_list": (303, 200, 200, 404, 403, 403, 403, 403, 403),
    "provider.item": (303, 200, 200, 404, 403, 403, 403, 403, 403),
    "provider.gap": (401, 303, 303, 404, 403, 403, 403, 403, 403),
    "lists.show": (303, 200, 200, 404, 403, 403, 403, 403, 403),
    "lists.send": (401, 200, 200, 404, 403, 403, 403, 403, 403),
    "provider.take_back": (401, 303, 409, 404, 403, 403, 403, 403, 403),
    "provider.document": (303, 200, 200, 404, 403, 403, 403, 403, 403),
    "statements.document_receipt": (303, 200, 200, 404, 200, 200, 200, 403, 403),
    "provider.withdrawal": (303, 200, 200, 404, 403, 403, 403, 403, 403),
    "provider.withdraw_now": (401, 303, 409, 404, 403, 403, 403, 403, 403),
    "provider.download": (303, 200, 200, 404, 200, 200, 200, 403, 403),
    "statements.declaration": (303, 303, 403, 404, 403, 403, 403, 403, 403),
    "statements.declare_now": (401, 303, 403, 404, 403, 403, 403, 403, 403),
    "statements.receipt": (303, 200, 200, 404, 200, 200, 200, 403, 403),
    "statements.receipt_numbered": (303, 200, 200, 404, 200, 200, 200, 403, 403),
    "statements.receipt_json": (303, 200, 200, 404, 200, 200, 200, 403, 403),
    "recalls.sent": (303, 200, 200, 404, 403, 403, 403, 403, 403),
    "recalls.ask": (303, 200, 200, 404, 403, 403, 403, 403, 403),
    "recalls.recall_now": (401, 303, 303, 404, 403, 403, 403, 403, 403),
    "signing.keys": (200,) * 9,
    "signing.keys_json": (200,) * 9,
    "signing.certificate_schema": (200,) * 9,
    "uploads.send_form": (401, 303, 303, 404, 403, 403, 403, 403, 403),
    "uploads.send_raw": (401, 201, 201, 404, 403, 403, 403, 403, 403),
    "team.inspections": (303, 200, 200, 200, 200, 200, 200, 200, 200),
    "team.inspection": (303, 403, 403, 404, 200, 200, 200, 403, 403),
    "team.bundle": (303, 403, 403, 404, 200, 200, 200, 403, 403),
    "team.changes": (303, 403, 403, 404, 200, 200, 200, 403, 403),
    "team.item_bundle": (303, 403, 403, 404, 200, 200, 200, 403, 403),
    "checks.look": (303, 403, 403, 404, 200, 200, 200, 403, 403),
    "checks.release_it": (401, 403, 403, 404, 409, 403, 409, 403, 403),
    "team.document": (303, 200, 200, 404, 200, 200, 200, 403, 403),
    "thread.read": (303, 200, 200, 404, 200, 200, 200, 403, 403),
    "thread.send": (401, 303, 303, 404, 303, 303, 303, 403, 403),
    "thread.answer": (401, 303, 303, 404, 409, 409, 409, 403, 403),
    "thread.close": (401, 409, 409, 404, 303, 303, 303, 403, 403),
    "extras.requests": (303, 403, 403, 404, 200, 403, 200, 403, 403),
    "extras.ask": (401, 403, 403, 404, 303, 403, 303, 403, 403),
    "extras.end": (401, 403, 403, 404, 303, 403, 303, 403, 403),
    "announcing.begin": (303, 404, 404, 404, 200, 404, 200, 200, 404),
    "announcing.go_on": (401, 404, 404, 404, 422, 404, 422, 422, 404),
    "announcing.told": (303, 404, 404, 404, 200, 404, 200, 200, 404),
    "conduct.overview": (303, 403, 403, 404, 200, 403, 200, 200, 403),
    "conduct.deadline": (303, 403, 403, 404, 200, 403, 200, 403, 403),
    "conduct.move_deadline": (401, 403, 403, 404, 422, 403, 422, 403, 403),
    "conduct.deferral": (303, 403, 403, 404, 200, 403, 200, 403, 403),
    "conduct.defer": (401, 403, 403, 404, 422, 403, 422, 403, 403),
    "conduct.again": (303, 403, 403, 404, 409, 403, 409, 409, 403),
    "conduct.announce_again": (401, 403, 403, 404, 422, 403, 422, 422, 403),
    "conduct.late": (303, 403, 403, 404, 200, 403, 200, 403, 403),
    "conduct.accept_late": (401, 403, 403, 404, 422, 403, 422, 403, 403),
    "conduct.closing": (303, 403, 403, 404, 200, 403, 200, 200, 403),
    "cancelling.ask": (303, 403, 403, 404, 200, 403, 200, 200, 403),
    "cancelling.cancel_now": (401, 403, 403, 404, 422, 403, 422, 422, 403),
    "long_stop.ask": (303, 404, 404, 404, 404, 404, 404, 404, 200),
    "long_stop.set_now": (401, 404, 404, 404, 404, 404, 404, 404, 422),
    "conduct.close": (401, 404, 404, 403, 404, 404, 404, 303, 403),
    "steward.overview": (303, 404, 404, 404, 404, 404, 404, 200, 200),
    "steward.certificate": (303, 404, 404, 404, 404, 404, 404, 409, 409),
    "certificates.numbered": (303, 404, 404, 404, 404, 404, 404, 409, 409),
    "certificates.numbered_json": (303, 404, 404, 404, 404, 404, 404, 409, 409),
    "steward.certificates": (303, 404, 404, 404, 404, 404, 404, 200, 200),
    "steward.certificate_json": (303, 404, 404, 404, 404, 404, 404, 409, 409),
    "registers.programmes": (303, 404, 404, 404, 404, 404, 404, 200, 200),
    "registers.new_programme": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "registers.add_programme_now": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    "registers.programme": (303, 404, 404, 404, 404, 404, 404, 200, 200),
    "registers.programme_form": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "registers.change_programme": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    "registers.holidays": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "registers.add_holiday_now": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    "registers.holiday": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "registers.remove_holiday_now": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    "agencies.agencies_list": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "agencies.new_agency": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "agencies.add_agency_now": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    "agencies.agency": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "agencies.rename_now": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    "agencies.words_now": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    "agencies.mark_now": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    "agencies.add_member_now": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    "agencies.member": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "agencies.correct_member_now": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    "retention.due": (303, 404, 404, 404, 404, 404, 404, 404, 200),
    "retention.publication": (303, 404, 404, 404, 404, 404, 404, 404, 200),
    "retention.publish_now": (401, 404, 404, 404, 404, 404, 404, 404, 422),
    "holds.standing": (303, 404, 404, 404, 404, 404, 404, 200, 200),
    "holds.hold": (303, 404, 404, 404, 404, 404, 404, 200, 200),
    "holds.on_programme": (303, 404, 404, 404, 404, 404, 404, 404, 200),
    "holds.hold_programme": (401, 404, 404, 404, 404, 404, 404, 404, 303),
    "holds.on_inspection": (303, 404, 404, 404, 404, 404, 404, 404, 200),
    "holds.hold_inspection": (401, 404, 404, 404, 404, 404, 404, 404, 303),
    "holds.reviewing": (303, 404, 404, 404, 404, 404, 404, 404, 200),
    "holds.review": (401, 404, 404, 404, 404, 404, 404, 404, 303),
    "holds.lifting": (303, 404, 404, 404, 404, 404, 404, 404, 200),
    "holds.propose_to_lift": (401, 404, 404, 404, 404, 404, 404, 404, 422),
    "retention.disposal": (303, 404, 404, 404, 404, 404, 404, 404, 409),
    "retention.dispose_now": (401, 404, 404, 404, 404, 404, 404, 404, 409),
    "retention.clock": (303, 404, 404, 404, 404, 404, 404, 404, 200),
    "retention.confirm_clock_now": (401, 404, 404, 404, 404, 404, 404, 404, 422),
    "plans.plan": (303, 404, 404, 404, 404, 404, 404, 404, 200),
    "plans.approve_now": (401, 404, 404, 404, 404, 404, 404, 404, 409),
    "plans.policy": (303, 404, 404, 404, 404, 404, 404, 404, 200),
    "plans.set_policy_now": (401, 404, 404, 404, 404, 404, 404, 404, 303),
    "copies.mine": (303, 200, 200, 200, 200, 200, 200, 200, 200),
    "copies.confirm": (401, 404, 404, 404, 404, 404, 404, 404, 404),
    "proposals.waiting": (303, 404, 404, 404, 404, 404, 404, 200, 200),
    "proposals.proposal": (303, 404, 404, 404, 404, 404, 404, 200, 200),
    "proposals.decide": (401, 404, 404, 404, 404, 404, 404, 403, 403),
    "proposals.take_back": (401, 404, 404, 404, 404, 404, 404, 403, 303),
    "proposals.early": (303, 404, 404, 404, 404, 404, 404, 404, 200),
    "proposals.propose_early": (401, 404, 404, 404, 404, 404, 404, 404, 422),
    "readings.asking": (303, 404, 404, 404, 404, 404, 404, 200, 200),
    "readings.ask": (401, 404, 404, 404, 404, 404, 404, 422, 422),
    "readings.read": (303, 404, 404, 404, 404, 404, 404, 403, 403),
    "readings.document": (303, 404, 404, 404, 404, 404, 404, 403, 403),
    "readings.asked": (303, 403, 403, 404, 200, 403, 200, 403, 403),
    "readings.decide": (401, 403, 403, 404, 303, 403, 303, 403, 403),
    "readings.end": (401, 403, 403, 404, 409, 403, 409, 403, 403),
    "colleagues.people": (303, 200, 403, 404, 403, 403, 403, 403, 403),
    "colleagues.invite": (401, 303, 403, 404, 403, 403, 403, 403, 403),
    "colleagues.resend": (401, 303, 403, 404, 403, 403, 403, 403, 403),
    "colleagues.removal": (303, 200, 403, 404, 403, 403, 403, 403, 403),
    "colleagues.remove": (401, 303, 403, 404, 403, 403, 403, 403, 403),
    "colleagues.leader": (303, 403, 403, 404, 200, 403, 200, 200, 403),
    "colleagues.replace": (401, 403, 403, 404, 422, 403, 422, 422, 403),
    "people.people": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "people.search": (401, 404, 404, 404, 404, 404, 404, 200, 404),
    "people.adding": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "people.add": (401, 404, 404, 404, 404, 404, 404, 422, 404),
    "people.person": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "people.resend": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    "people.revoke": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    "people.disabling": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "people.disable": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    "people.enable": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    "people.correction": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "people.correct": (401, 404, 404, 404, 404, 404, 404, 422, 404),
    "people.ending": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "people.end": (401, 404, 404, 404, 404, 404, 404, 409, 404),
    "teams.teams": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "teams.team": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "teams.assign_now": (401, 404, 404, 404, 404, 404, 404, 422, 404),
    "teams.leaving": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "teams.unassign_now": (401, 404, 404, 404, 404, 404, 404, 303, 404),
    **A1_EXPECTED,
    **OWN_EXPECTED,
    **ENTRY_EXPECTED,
    **DIRECTORY_EXPECTED,
    **DPO_EXPECTED,
    **TRAIL_EXPECTED,
    "tokens.overview": (303, 200, 403, 404, 200, 403, 200, 403, 200),
    "tokens.make": (401, 422, 403, 404, 422, 403, 422, 403, 422),
    "tokens.revoke": (401, 404, 403, 404, 404, 403, 404, 403, 404),
    "api.openapi": (200,) * 9,
    # Nobody who is signed in comes in without a token; tests/web/test_api.py has every kind of token.
    "api.status": (401,) * 9,
    "api.items": (401,) * 9,
    "api.item": (401,) * 9,
    "api.send": (401,) * 9,
    "api.answer": (401,) * 9,
    "api.receipt": (401,) * 9,
    "api.receipt_numbered": (401,) * 9,
    "api.bundle": (401,) * 9,
    "api.audit": (401,) * 9,
}


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared."""
    return make_place(world)


def endpoints(app: Flask) -> set[str]:
    """Return every route of the app."""
    return {rule.endpoint for rule in app.url_map.iter_rules()}


def test_every_route_for_every_role(place: Place) -> None:
    """Each role gets from each route what the table says, and no route is missing from it."""
    assert EXPECTED.keys() == endpoints(place.app)
    assert EXPECTED.keys() == PATHS.keys() | CHANGES.keys()
    tried = {}
    for endpoint in EXPECTED:
        answers = []
        for role in ROLES:
            visit = place.visit(role)
            change = CHANGES.get(endpoint)
            response = change(place, visit) if change else visit.get(place.path(PATHS[endpoint]))
            answers.append(response.status_code)
            response.close()
        tried[endpoint] = tuple(answers)
    assert EXPECTED == tried


def test_each_route_takes_its_methods_alone(place: Place) -> None:
    """A page is for GET and HEAD, a change for one method, and nothing answers OPTIONS by itself."""
    methods = {rule.endpoint: rule.methods for rule in place.app.url_map.iter_rules()}
    changes = {"POST"}, {"PUT"}
    assert [name for name in PATHS if methods[name] != {"GET", "HEAD"}] == []
    assert [name for name in CHANGES if methods[name] not in changes] == []
    assert 405 == place.visit("leader").client.options("/").status_code


def test_a_route_without_a_rule_is_not_served(place: Place) -> None:
    """A view that nobody gave a rule is not there, even for a leader."""
    app = make_app(place.world.deps)
    app.add_url_rule("/unruly", "unruly", lambda: "secret")
    visit = Visit(app, sign_in(app, place.world.deps, place.world.leader.id))
    assert 404 == visit.get("/unruly").status_code


def test_not_theirs_is_as_not_there(place: Place) -> None:
    """An unknown address, an unknown id and another agency's inspection give the same page, but for its nonce."""
    visit = place.visit("leader_b")
    known = place.path("{i}/documents/{p.document}")
    paths = ("/nowhere", f"/inspections/{uuid4()}/documents/{uuid4()}", known, place.path("/stewards/"))
    answers = [visit.get(path) for path in paths]
    pages = {re.sub(r'nonce="[^"]+"|name="csrf_token" value="[^"]+"', "", each.text) for each in answers}
    assert [404] * 4 == [each.status_code for each in answers]
    assert 1 == len(pages)


def test_a_document_of_another_inspection_is_unknown(place: Place) -> None:
    """A document's id under one's own inspection opens nothing of another's."""
    path = f"/inspections/{place.world.b.inspection}/documents/{place.document}"
    answers = [
        place.visit("leader_b").get(path + end).status_code for end in ("", "/download", "/receipt", "/withdraw")
    ]
    assert [404] * 4 == answers


def test_sign_out_ends_the_session_on_the_server(place: Place) -> None:
    """A copy of the cookie is worth nothing once its owner has signed out."""
    visit = place.visit("leader")
    cookie = visit.client.get_cookie("portal_session")
    assert cookie is not None
    assert 200 == visit.get(place.path("{i}/")).status_code
    visit.post("/sign-out")
    thief = place.app.test_client()
    thief.set_cookie("portal_session", cookie.value)
    assert 303 == thief.get(place.path("{i}/")).status_code


@pytest.mark.parametrize("wrong", ["", "made-up"])
def test_a_change_needs_our_own_token(place: Place, wrong: str) -> None:
    """Without the session's token no form, upload or PUT does anything."""
    visit = place.visit("leader")
    guide = place.path("{i}/items/childrens-guide")
    answers = (
        visit.post(guide + "/gap", csrf_token=wrong),
        visit.post("/sign-out", csrf_token=wrong),
        visit.post("/sign-in", csrf_token=wrong),
        visit.send(guide + "/documents", sample(), csrf_token=wrong),
        visit.put(guide + "/slots/file/uploads/upload-1", sample(), X_CSRF_Token=wrong),
    )
    assert [400] * 5 == [each.status_code for each in answers]


def test_the_token_must_come_first(place: Place) -> None:
    """A token after another field is too late: nothing is read from an unproven request."""
    visit = place.visit("leader")
    path = place.path("{i}/items/childrens-guide/documents")
    body = b'--b\r\nContent-Disposition: form-data; name="slot"\r\n\r\nfile\r\n'
    body += b'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n%s\r\n' % token(place.app).encode()
    body += b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1\r\n--b--\r\n'
    kind = "multipart/form-data; boundary=b"
    assert 400 == visit.client.post(path, data=body, content_type=kind).status_code


@pytest.mark.parametrize(
    ("status", "origin"), [(403, "cross-site"), (403, "same-site"), (303, "same-origin"), (303, "none")]
)
def test_other_sites_change_nothing(place: Place, status: int, origin: str) -> None:
    """What the browser says another site sent is refused, token or not."""
    visit = place.visit("leader")
    data = {"csrf_token": token(place.app), "kind": "not_held", "words": "None."}
    path = place.path("{i}/items/childrens-guide/gap")
    assert status == visit.client.post(path, data=data, headers={"Sec-Fetch-Site": origin}).status_code


def test_eight_uploads_at_once_for_each_person() -> None:
    """A ninth upload of one person waits, another person's does not, and a turn comes back."""
    turns, one, other = Turns(10, "busy"), uuid4(), uuid4()
    with ExitStack() as held:
        for _ in range(8):
            held.enter_context(turns.take(one))
        with pytest.raises(Unacceptable) as too_many, turns.take(one):
            pass
        held.enter_context(turns.take(other))
        held.enter_context(turns.take(other))
        with pytest.raises(Unacceptable) as busy, turns.take(uuid4()):
            pass
    assert (429, 503, 60) == (too_many.value.status, busy.value.status, busy.value.retry_after)
    with turns.take(one):
        pass


def test_eight_downloads_at_once_for_each_person(place: Place) -> None:
    """A ninth download of one person waits, another person's does not, and a turn comes back with the end of each."""
    leader, inspector = place.visit("leader"), place.visit("inspector")
    mine, theirs = (place.path(f"{{{where}}}/documents/{{p.document}}") for where in "it")
    with ExitStack() as held:
        for _ in range(8):
            assert 200 == held.enter_context(leader.get(f"{mine}/download")).status_code
        assert 429 == leader.get(f"{mine}/download").status_code
        assert 200 == held.enter_context(inspector.get(theirs)).status_code
    assert 200 == leader.get(f"{mine}/download", buffered=True).status_code


def test_strangers_leave_threads_for_others(world: World) -> None:
    """While as many sign in as may at once, one more is told to wait, and those who are signed in work on."""
    app = make_app(world.deps, threads="60")
    turns: Turns = app.extensions["portal.strangers"]
    stranger, leader = Visit(app, sign_in(app, world.deps, None)), Visit(app, sign_in(app, world.deps, world.leader.id))
    with ExitStack() as held:
        for _ in range(15):
            held.enter_context(turns.take(None))
        assert 503 == stranger.post("/sign-in", email="a@b.example", password="wrong").status_code
        assert 200 == leader.get(f"/inspections/{world.a.inspection}/").status_code
    assert 422 == stranger.post("/sign-in", email="a@b.example", password="wrong").status_code
    assert 422 == stranger.post("/sign-in", email="a@b.example", password="").status_code


def test_redirects_stay_here(place: Place) -> None:
    """Whatever host and scheme a request came by, a redirect is an address on this one."""
    leader = place.visit("leader")
    for path, there in [("{i}", "{i}/"), ("/team?a=b", "/team/?a=b")]:
        answer = leader.get(place.path(path), headers={"Host": "127.0.0.1:1234", "X-Forwarded-Host": "evil.example"})
        assert (308, place.path(there)) == (answer.status_code, answer.headers["Location"])


def test_a_receipt_of_an_impossible_number_is_not_there(place: Place) -> None:
    """A number that no database column can hold is answered as any other that was never given."""
    leader = place.visit("leader")
    assert [404, 404] == [leader.get(place.path(f"{{i}}/receipts/{n}")).status_code for n in ("999", "9" * 30)]
