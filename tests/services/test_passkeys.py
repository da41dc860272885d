"""Passkeys: set up, used, counted, confirmed with, removed."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete

from portal.db.credentials import Passkey, RecoveryCode
from portal.db.engine import writing
from portal.db.tables import OutboxMail, WebSession
from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.sessions import Stage
from portal.domain.step_up import Purpose
from portal.ports import Deps
from portal.services.own_account import remove_passkey
from portal.services.passkeys import (
    WAIT,
    WRONG,
    ask_to_confirm,
    ask_to_set_up,
    ask_to_sign_in,
    confirm_by_passkey,
    set_up,
    sign_in_by_passkey,
)
from portal.services.second_factor import ways_of
from portal.services.sign_in import who_is
from portal.services.step_up import confirmed
from portal.vault.ceremonies import Site, site_of
from portal.vault.tries import SignInEnded
from tests.fakes import FakeClock
from tests.passkeys import UP, Algorithm, Authenticator, key_for, text_of
from tests.services.looks import actions, count, rows
from tests.services.passkeys import session_at, signs_in, with_passkey
from tests.world import Someone, add_person, session_for


@pytest.fixture
def person(deps: Deps) -> Someone:
    """An account."""
    return add_person(deps, "ann@example.org", "Ann")


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_a_passkey_is_set_up_and_signs_in(deps: Deps, person: Someone, algorithm: Algorithm) -> None:
    """From the password to a full session under a new token, with recovery codes and a mail; then in again with it."""
    old = session_for(deps, person.id, Stage.enrolling, None)
    enrolling = who_is(deps, old)
    assert enrolling is not None
    passkey = Authenticator(key_for(algorithm))
    done = set_up(deps, enrolling.session, "Blue key", passkey.make(ask_to_set_up(deps, enrolling.session)))
    assert done.token is not None
    found = who_is(deps, done.token)
    assert (None, Stage.full) == (who_is(deps, old), found and found.stage)
    assert 10 == len(done.recovery_codes) == count(deps, RecoveryCode)
    [row] = rows(deps, Passkey)
    assert ("Blue key", passkey.credential_id, person.id, 0) == (
        *(row.label, row.credential_id, row.person_id),
        row.counter,
    )
    assert signs_in(deps, person, passkey)
    [row] = rows(deps, Passkey)
    assert (1, deps.clock.now()) == (row.counter, row.last_used_at)
    assert ["factor-added"] == [mail.template for mail in rows(deps, OutboxMail)]
    assert ["factor.added", "session.confirmed"] == actions(deps)
    assert ways_of(deps, session_at(deps, person, Stage.challenged)).passkey


def test_what_the_browser_is_asked(deps: Deps, person: Someone) -> None:
    """User verification is required, attestation is not asked for, and the site is the settings' alone."""

    passkey = with_passkey(deps, person)
    session = session_at(deps, person, Stage.full)
    new = json.loads(ask_to_set_up(deps, session))
    assert {"id": "evidence.example", "name": "Evidence portal"} == new["rp"]
    assert text_of(person.id.bytes) == new["user"]["id"]
    assert ("none", 300_000, 43) == (new["attestation"], new["timeout"], len(new["challenge"]))
    assert [-7, -8, -257] == [each["alg"] for each in new["pubKeyCredParams"]]
    chosen = new["authenticatorSelection"]
    assert ("preferred", "required") == (chosen["residentKey"], chosen["userVerification"])
    asked = json.loads(ask_to_sign_in(deps, session_at(deps, person, Stage.challenged)))
    assert ("evidence.example", "required") == (asked["rpId"], asked["userVerification"])
    known = [text_of(passkey.credential_id)]
    assert [known, known] == [
        [each["id"] for each in there] for there in (new["excludeCredentials"], asked["allowCredentials"])
    ]


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://evidence.example", Site("evidence.example", "https://evidence.example")),
        ("https://Evidence.Example:443", Site("evidence.example", "https://evidence.example")),
        ("http://localhost:8000", Site("localhost", "http://localhost:8000")),
    ],
)
def test_the_site_is_that_of_the_public_address(url: str, site: Site) -> None:
    """As browsers write an origin: in small letters, without the usual port."""
    assert site == site_of(url)


def test_wrong_passkeys_wait_as_wrong_codes_do(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """After five a right one waits, in another session too; the fifth of a session ends it, and its owner is told."""
    passkey = with_passkey(deps, person)
    session = session_at(deps, person, Stage.challenged)
    for _ in range(4):
        with pytest.raises(Refused, match=WRONG):
            sign_in_by_passkey(deps, session, passkey.sign(ask_to_sign_in(deps, session), flags=UP))
    with pytest.raises(SignInEnded, match="too many wrong tries"):
        sign_in_by_passkey(deps, session, passkey.sign(ask_to_sign_in(deps, session), flags=UP))
    with pytest.raises(SignInEnded, match="signed out"):
        sign_in_by_passkey(deps, session, "{}")
    assert 1 == [mail.template for mail in rows(deps, OutboxMail)].count("codes-refused")
    session = session_at(deps, person, Stage.challenged)
    with pytest.raises(Refused, match=WAIT):
        sign_in_by_passkey(deps, session, passkey.sign(ask_to_sign_in(deps, session)))
    clock.advance(timedelta(seconds=30))
    assert signs_in(deps, person, passkey)


def test_a_confirmation_is_for_one_purpose(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """By a passkey as by a code: a new token, in the trail; a challenge for another purpose is worth nothing."""
    passkey = with_passkey(deps, person)
    found = who_is(deps, old := session_for(deps, person.id, confirmed=()))
    assert found is not None
    session = found.session
    hold, roles = Purpose.hold, Purpose.roles
    with pytest.raises(Refused, match=WRONG):
        confirm_by_passkey(deps, session, hold, passkey.sign(ask_to_confirm(deps, session, roles)))
    with pytest.raises(Refused, match=WRONG):
        confirm_by_passkey(deps, session, hold, passkey.sign(ask_to_confirm(deps, session, hold), flags=UP))
    token = confirm_by_passkey(deps, session, hold, passkey.sign(ask_to_confirm(deps, session, hold)))
    assert (None, True) == (who_is(deps, old), who_is(deps, token) is not None)
    assert (True, False) == (confirmed(deps, session, hold), confirmed(deps, session, roles))
    assert ["step-up.refused", "step-up.refused", "step-up.granted"] == actions(deps)[-3:]
    for _ in range(3):
        with pytest.raises(Refused, match=WRONG):
            confirm_by_passkey(deps, session, roles, "{}")
    with pytest.raises(Refused, match=WAIT):
        confirm_by_passkey(deps, session, roles, passkey.sign(ask_to_confirm(deps, session, roles)))
    with pytest.raises(NotFound):
        ask_to_confirm(deps, session_at(deps, person, Stage.challenged), hold)


def test_one_answer_given_twice_at_once_lets_one_in(deps: Deps, person: Someone) -> None:
    """The same assertion at the same instant."""
    passkey = with_passkey(deps, person, Authenticator(counts=False))
    session = session_at(deps, person, Stage.challenged)
    answer = passkey.sign(ask_to_sign_in(deps, session))

    def give(_number: int) -> bool:
        try:
            return bool(sign_in_by_passkey(deps, session, answer))
        except Refused:
            return False

    with ThreadPoolExecutor(4) as threads:
        assert 1 == sum(threads.map(give, range(4)))


def test_a_key_that_speaks_for_itself_is_taken(deps: Deps, person: Someone) -> None:
    """Browsers may pass on a key's own signature, even where none was asked for."""
    session = session_at(deps, person, Stage.full)
    set_up(deps, session, "", Authenticator().make(ask_to_set_up(deps, session), fmt="packed"))
    assert ["Passkey"] == [row.label for row in rows(deps, Passkey)]


def test_a_passkey_belongs_to_one_person(deps: Deps, person: Someone) -> None:
    """Neither its owner nor anybody else adds the same one again."""
    passkey = with_passkey(deps, person)
    for somebody in (person, add_person(deps, "bob@example.org", "Bob")):
        with pytest.raises(Refused, match=WRONG):
            with_passkey(deps, somebody, passkey)
    assert [person.id] == [row.person_id for row in rows(deps, Passkey)]


def test_ten_passkeys_are_enough(deps: Deps, person: Someone) -> None:
    """An eleventh is refused before and after the browser made it; two at once make no eleventh either."""
    for _ in range(9):
        with_passkey(deps, person)
    sessions = [session_at(deps, person, Stage.full) for _ in range(3)]
    made = [Authenticator().make(ask_to_set_up(deps, session)) for session in sessions]

    def add(number: int) -> bool:
        try:
            return bool(set_up(deps, sessions[number], "", made[number]))
        except Conflict:
            return False

    with ThreadPoolExecutor(3) as threads:
        assert 1 == sum(threads.map(add, range(3)))
    assert 10 == count(deps, Passkey)
    with pytest.raises(Conflict, match="10 passkeys"):
        ask_to_set_up(deps, sessions[0])


def test_a_password_alone_sets_up_no_passkey_where_there_is_one(deps: Deps, person: Someone) -> None:
    """Neither a challenged session, nor one that was still enrolling when the first factor came, nor one that ended."""
    late, first = (session_at(deps, person, Stage.enrolling) for _ in range(2))
    mine, theirs = Authenticator(), Authenticator()
    answer = theirs.make(ask_to_set_up(deps, late))
    set_up(deps, first, "", mine.make(ask_to_set_up(deps, first)))
    with pytest.raises(NotFound):
        set_up(deps, late, "", answer)
    with pytest.raises(NotFound):
        ask_to_set_up(deps, session_at(deps, person, Stage.challenged))
    with pytest.raises(NotFound):
        ask_to_sign_in(deps, session_at(deps, person, Stage.full))


def test_a_removed_passkey_fails_at_once(deps: Deps, person: Someone) -> None:
    """The other sessions end, one that was to be confirmed by it too; what it signed before opens nothing."""
    passkey, _other = with_passkey(deps, person), with_passkey(deps, person)
    [row] = rows(deps, Passkey, Passkey.credential_id == passkey.credential_id)
    here, challenged = session_at(deps, person, Stage.full), session_at(deps, person, Stage.challenged)
    answer = passkey.sign(ask_to_sign_in(deps, challenged))
    remove_passkey(deps, person.actor, here, row.id)
    assert {here} == {each.id for each in rows(deps, WebSession, WebSession.person_id == person.id)}
    with pytest.raises(SignInEnded):
        sign_in_by_passkey(deps, challenged, answer)
    assert not signs_in(deps, person, passkey)


def test_a_passkey_that_is_removed_while_it_signs_is_refused(deps: Deps, person: Someone) -> None:
    """Its challenge was given before, its answer comes after."""
    passkey = with_passkey(deps, person)
    session = session_at(deps, person, Stage.challenged)
    answer = passkey.sign(ask_to_sign_in(deps, session))
    with writing(deps.engine) as database:
        database.execute(delete(Passkey))
    with pytest.raises(Refused, match=WRONG):
        sign_in_by_passkey(deps, session, answer)
