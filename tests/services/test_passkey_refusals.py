"""Each way in which a passkey is refused: in the same words, in the trail, and with nothing opened."""

import json
from datetime import timedelta
from typing import Any

import pytest

from portal.db.credentials import Passkey
from portal.db.engine import writing
from portal.db.tables import OutboxMail, WebSession
from portal.domain.errors import Refused
from portal.domain.sessions import Stage
from portal.ports import Deps
from portal.services.passkeys import (
    WRONG,
    ask_to_set_up,
    ask_to_sign_in,
    set_up,
    sign_in_by_passkey,
)
from tests.fakes import FakeClock
from tests.passkeys import UP, UV, Authenticator, key_for, text_of
from tests.services.looks import actions, count, rows, trail_text
from tests.services.passkeys import session_at, signs_in, with_passkey
from tests.world import Someone, add_person


@pytest.fixture
def person(deps: Deps) -> Someone:
    """An account."""
    return add_person(deps, "ann@example.org", "Ann")


WRONG_ANSWERS: dict[str, dict[str, Any]] = {
    "origin": {"origin": "https://evidence.example.evil.example"},
    "origin's scheme": {"origin": "http://evidence.example"},
    "origin's port": {"origin": "https://evidence.example:8443"},
    "rp id": {"rp_id": "evil.example"},
    "challenge": {"challenge": text_of(b"x" * 32)},
    "type": {"type": "webauthn.create"},
    "no user verification": {"flags": UP},
    "no user presence": {"flags": UV},
    "user handle": {"handle": b"somebody else's"},
    "signature": {"signature": b"\x30\x06\x02\x01\x01\x02\x01\x01"},
    "no signature at all": {"signature": b"x"},
}


def test_a_wrong_assertion_is_refused(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Each in the same words, each in the trail, none uses the passkey; a right one goes on."""
    passkey = with_passkey(deps, person)
    before = len(actions(deps))
    let_in = []
    for what, wrong in WRONG_ANSWERS.items():
        if signs_in(deps, person, passkey, **wrong):
            let_in.append(what)
        clock.advance(timedelta(minutes=15))  # none of them waits
    assert [] == let_in
    assert ["session.refused"] * len(WRONG_ANSWERS) == actions(deps)[before:]
    [row] = rows(deps, Passkey)
    assert (0, None) == (row.counter, row.last_used_at)
    assert signs_in(deps, person, passkey)


def test_a_passkey_of_another_person_or_of_nobody_is_refused(deps: Deps, person: Someone) -> None:
    """A password and somebody else's passkey open nothing; one that was never set up is answered alike."""
    with_passkey(deps, person)
    other = with_passkey(deps, add_person(deps, "bob@example.org", "Bob"))
    assert not signs_in(deps, person, other)
    assert not signs_in(deps, person, other, handle=person.id.bytes)
    assert not signs_in(deps, person, Authenticator(handle=person.id.bytes))


@pytest.mark.parametrize(("kept", "shown", "fits"), [(0, 0, True), (5, 6, True), (5, 5, False), (5, 4, False)])
def test_a_counter_goes_on(deps: Deps, person: Someone, kept: int, shown: int, fits: bool) -> None:
    """A smaller or equal one is a copy's: refused, in the trail, its owner is told; 0 is of a key that counts not."""
    passkey = with_passkey(deps, person, Authenticator(counter=kept, counts=False))
    passkey.counter = shown
    assert fits == signs_in(deps, person, passkey)
    assert fits == ("passkey-copied" not in [mail.template for mail in rows(deps, OutboxMail)])
    assert fits == ("'why': 'counter'" not in trail_text(deps))
    [row] = rows(deps, Passkey)
    assert (shown if fits else kept) == row.counter


def test_a_forged_counter_tells_nobody(deps: Deps, person: Someone) -> None:
    """Whoever does not hold the key cannot make the service say that it was copied."""
    passkey = with_passkey(deps, person, Authenticator(counter=5, counts=False))
    assert not signs_in(deps, person, passkey, signature=b"\x30\x06\x02\x01\x01\x02\x01\x01")
    assert "passkey-copied" not in [mail.template for mail in rows(deps, OutboxMail)]


def test_a_challenge_is_used_once_and_for_its_own_act(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """A second answer, a late one, one without a question, one to another session's or another act's are refused."""
    passkey = with_passkey(deps, person, Authenticator(counts=False))
    session = session_at(deps, person, Stage.challenged)

    def refused(answer: str) -> bool:
        with pytest.raises(Refused, match=WRONG):
            sign_in_by_passkey(deps, session, answer)
        clock.advance(timedelta(minutes=1))
        return True

    options = ask_to_sign_in(deps, session)
    assert refused(passkey.sign(options, flags=UP))
    assert refused(passkey.sign(options))
    elsewhere = ask_to_sign_in(deps, session_at(deps, person, Stage.challenged))
    ask_to_sign_in(deps, session)
    assert refused(passkey.sign(elsewhere))
    late = ask_to_sign_in(deps, session)
    clock.advance(timedelta(minutes=5))
    assert refused(passkey.sign(late))
    in_time = ask_to_sign_in(deps, session)
    clock.advance(timedelta(minutes=4, seconds=59))
    assert sign_in_by_passkey(deps, session, passkey.sign(in_time))


def test_a_challenge_to_set_up_does_not_sign_in(deps: Deps, person: Someone) -> None:
    """What waits in a session is good for the act that it was made for."""
    passkey = with_passkey(deps, person)
    session = session_at(deps, person, Stage.enrolling)
    asked = ask_to_set_up(deps, session)
    with writing(deps.engine) as database:
        database.get_one(WebSession, session).stage = Stage.challenged

    options = json.dumps(json.loads(asked) | {"rpId": "evidence.example"})
    with pytest.raises(Refused, match=WRONG):
        sign_in_by_passkey(deps, session, passkey.sign(options))


def test_a_wrong_new_passkey_is_refused(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Made for another site, time or act, without its owner's finger, too weak, or with somebody's word on its make."""
    wrong: list[tuple[Authenticator, dict[str, Any]]] = [
        (Authenticator(), {"origin": "https://evil.example"}),
        (Authenticator(), {"rp_id": "evil.example"}),
        (Authenticator(), {"challenge": text_of(b"x" * 32)}),
        (Authenticator(), {"type": "webauthn.get"}),
        (Authenticator(), {"flags": UP}),
        (Authenticator(), {"flags": UV}),
        (Authenticator(), {"fmt": "android-safetynet"}),
        (Authenticator(key_for("RS256", 1024)), {}),
        (Authenticator(credential_id=b"x" * 1024), {}),
    ]
    for passkey, how in wrong:
        session = session_at(deps, person, Stage.enrolling)
        with pytest.raises(Refused, match=WRONG):
            set_up(deps, session, "", passkey.make(ask_to_set_up(deps, session), **how))
        clock.advance(timedelta(minutes=15))
    assert 0 == count(deps, Passkey)
    assert ["factor.refused"] * 9 == actions(deps)


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", "x", "[" * 5_000, '{"id":1}', '{"id":"é","rawId":"é","type":"public-key","response":{}}'],
)
def test_what_is_no_answer_at_all_is_refused(deps: Deps, person: Someone, answer: str) -> None:
    """Whatever a form can hold is refused, and is no fault."""
    with_passkey(deps, person)
    full, challenged = session_at(deps, person, Stage.full), session_at(deps, person, Stage.challenged)
    ask_to_set_up(deps, full)
    with pytest.raises(Refused, match=WRONG):
        set_up(deps, full, "", answer)
    ask_to_sign_in(deps, challenged)
    with pytest.raises(Refused, match=WRONG):
        sign_in_by_passkey(deps, challenged, answer)
