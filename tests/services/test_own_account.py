"""One's own account: sessions, password, second steps and recovery codes, each ended or renewed; never another's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from portal.db.credentials import DirectoryVisit, Passkey, RecoveryCode, StepUp, Throttle, Totp
from portal.db.engine import writing
from portal.db.tables import OutboxMail, Person, WebSession
from portal.domain.errors import Conflict, NotFound, PortalError, Refused
from portal.domain.sessions import Stage
from portal.ports import Deps
from portal.services.own_account import (
    end_other_places,
    end_place,
    own_account,
    remove_app,
    remove_passkey,
    renew_recovery_codes,
)
from portal.services.own_password import SAME, WAIT, WRONG, change_password
from portal.services.sign_in import SignedIn, see, sign_in, sign_out, who_is
from portal.services.tidy import tidy
from portal.vault.invitations import token_hash
from portal.vault.passwords import hash_password
from portal.vault.sessions import begin
from tests.fakes import FakeClock
from tests.services.looks import actions, count, rows
from tests.world import Someone, add_person, session_for

PASSWORD = "gravel teapot nineteen"
NEXT = "lantern walrus fourteen"
HASHED = hash_password(PASSWORD)


@pytest.fixture
def person(deps: Deps) -> Someone:
    """An account with a password, an app and a passkey."""
    someone = add_person(deps, "ann@example.org", "Ann")
    now = deps.clock.now()
    with writing(deps.engine) as session:
        session.execute(update(Person).where(Person.id == someone.id).values(password_hash=HASHED))
        session.add(Totp(person_id=someone.id, sealed_secret=b"sealed", created_at=now, confirmed_at=now))
        session.add(_passkey(someone.id, now))
    return someone


def _passkey(person: UUID, now: Any) -> Passkey:
    return Passkey(
        id=uuid4(),
        person_id=person,
        credential_id=uuid4().bytes,
        public_key=b"k",
        counter=0,
        label="Key",
        created_at=now,
    )


def _in(deps: Deps, person: Someone, stage: Stage = Stage.full) -> tuple[str, SignedIn]:
    token = session_for(deps, person.id, stage, "totp" if stage is Stage.full else None)
    found = who_is(deps, token)
    assert found is not None
    return token, found


def _mails(deps: Deps) -> list[str]:
    return sorted(row.template for row in rows(deps, OutboxMail))


def test_v7_5_2_one_sees_where_one_is_signed_in(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """This browser first, then the newest; what has run out is not there any more, and nobody else's ever."""
    _in(deps, person)
    clock.advance(timedelta(hours=1, minutes=59))
    _token, halfway = _in(deps, person, Stage.challenged)
    _token, here = _in(deps, person)
    _in(deps, add_person(deps, "bob@example.org", "Bob"))
    account = own_account(deps, person.actor, here.session)
    assert [here.session, halfway.session] == [each.id for each in account.places][:2]
    assert [(True, True), (False, False), (True, False)] == [(each.full, each.here) for each in account.places]
    assert (True, 1, 0, 2) == (account.app is not None, len(account.passkeys), account.recovery_codes, account.factors)
    clock.advance(timedelta(minutes=1))
    assert 2 == len(own_account(deps, person.actor, here.session).places)


def test_v7_5_2_one_ends_sessions_of_ones_own(deps: Deps, person: Someone) -> None:
    """One, or all others; another's id is as unknown as one that never was."""
    (_here, here), (one, first), (two, _second) = (_in(deps, person) for _ in range(3))
    theirs, bob = _in(deps, add_person(deps, "bob@example.org", "Bob"))
    for unknown in (bob.session, uuid4()):
        with pytest.raises(NotFound):
            end_place(deps, person.actor, unknown)
    end_place(deps, person.actor, first.session)
    assert (None, True) == (who_is(deps, one), who_is(deps, two) is not None)
    end_other_places(deps, person.actor, here.session)
    assert (None, True, True) == (who_is(deps, two), who_is(deps, _here) is not None, who_is(deps, theirs) is not None)
    assert ["session.ended", "session.others-ended"] == actions(deps)


def test_v7_4_3_another_password_ends_all_other_sessions(deps: Deps, person: Someone) -> None:
    """This one goes on under a new token; the owner is told by mail, and the password of before is worth nothing."""
    (token, here), (other, _found) = _in(deps, person), _in(deps, person)
    renewed = change_password(deps, person.actor, here.session, PASSWORD, NEXT)
    assert [None, None] == [who_is(deps, each) for each in (token, other)]
    assert who_is(deps, renewed)
    assert (["password-changed"], ["password.changed"]) == (_mails(deps), actions(deps))
    with pytest.raises(Refused):
        sign_in(deps, person.email, PASSWORD)
    assert sign_in(deps, person.email, NEXT)


def test_another_password_needs_the_one_of_now(deps: Deps, person: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong ones wait after five, right or not; the same again, and what is no good password, are refused."""
    _token, here = _in(deps, person)
    with pytest.raises(Refused, match=SAME):
        change_password(deps, person.actor, here.session, PASSWORD, PASSWORD)
    with pytest.raises(Refused) as short:
        change_password(deps, person.actor, here.session, PASSWORD, "short")
    assert "password" == short.value.field
    monkeypatch.setattr("portal.services.own_password.password_fits", lambda _stored, given: given == PASSWORD)
    for _ in range(5):
        with pytest.raises(Refused, match=WRONG):
            change_password(deps, person.actor, here.session, "wrong", NEXT)
    with pytest.raises(Refused, match=WAIT):
        change_password(deps, person.actor, here.session, PASSWORD, NEXT)
    assert ["password.refused"] * 6 == actions(deps)
    with writing(deps.engine) as session:
        session.execute(update(Person).where(Person.id == person.id).values(password_hash=None))
    with pytest.raises(Conflict):
        change_password(deps, person.actor, here.session, "", NEXT)


def test_a_removed_second_step_ends_other_sessions_and_its_owner_is_told(deps: Deps, person: Someone) -> None:
    """The app, then; the passkey that is left cannot be removed, and another's was never there."""
    (_here, here), (other, _found) = _in(deps, person), _in(deps, person)
    bob = add_person(deps, "bob@example.org", "Bob")
    with writing(deps.engine) as session:
        session.add(_passkey(bob.id, deps.clock.now()))
    [own] = rows(deps, Passkey, Passkey.person_id == person.id)
    [theirs] = rows(deps, Passkey, Passkey.person_id == bob.id)
    for unknown in (theirs.id, uuid4()):
        with pytest.raises(NotFound):
            remove_passkey(deps, person.actor, here.session, unknown)
    remove_app(deps, person.actor, here.session)
    assert (None, 0) == (who_is(deps, other), count(deps, Totp))
    with pytest.raises(NotFound):
        remove_app(deps, person.actor, here.session)
    with pytest.raises(Conflict):
        remove_passkey(deps, person.actor, here.session, own.id)
    assert (["factor-removed"], ["factor.removed"]) == (_mails(deps), actions(deps))


def test_of_two_removals_at_once_one_is_refused(deps: Deps, person: Someone) -> None:
    """App and passkey removed at the same instant would leave an account that nobody can sign in to."""
    _token, here = _in(deps, person)
    [passkey] = rows(deps, Passkey)
    together = Barrier(2)

    def remove(which: int) -> bool:
        together.wait()
        try:
            if which:
                remove_app(deps, person.actor, here.session)
            else:
                remove_passkey(deps, person.actor, here.session, passkey.id)
        except PortalError:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert 1 == sum(threads.map(remove, range(2)))
    assert 1 == own_account(deps, person.actor, here.session).factors


def test_new_recovery_codes_void_those_before(deps: Deps, person: Someone) -> None:
    """Ten, told by mail; whoever has no second step has nothing to recover."""
    first, second = (renew_recovery_codes(deps, person.actor) for _ in range(2))
    assert (10, set()) == (count(deps, RecoveryCode), set(first) & set(second))
    assert (["recovery-renewed"] * 2, ["recovery.renewed"] * 2) == (_mails(deps), actions(deps))
    with pytest.raises(Conflict):
        renew_recovery_codes(deps, add_person(deps, "bob@example.org", "Bob").actor)


def test_v7_4_1_a_slow_request_does_not_revive_a_session(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Eight that note their visit while the ninth signs out, over and over: once out, it stays out."""
    for _ in range(3):
        token, found = _in(deps, person)
        clock.advance(timedelta(minutes=2))
        together = Barrier(9)

        def act(number: int, token: str = token, found: SignedIn = found, together: Barrier = together) -> None:
            together.wait()
            if number:
                see(deps, found.session)
                who_is(deps, token)
            else:
                sign_out(deps, token)

        with ThreadPoolExecutor(9) as threads:
            list(threads.map(act, range(9)))
        see(deps, found.session)
        assert (None, 0) == (who_is(deps, token), count(deps, WebSession))


def test_v7_2_3_tokens_are_random_and_never_the_same(deps: Deps, person: Someone) -> None:
    """43 characters of base64 are 256 bits; the database keeps their digests alone."""
    with writing(deps.engine) as session:
        made = [begin(session, person.id, Stage.enrolling, deps.clock.now()) for _ in range(1_000)]
    assert (1_000, {43}) == (len(set(made)), {len(each) for each in made})
    assert {token_hash(each) for each in made} == {row.token_hash for row in rows(deps, WebSession)}


def test_what_has_run_out_is_let_go(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Sessions idle, too old or never finished, with what hangs on them; visits; forgotten tries. What lives stays."""
    for stage in (Stage.full, Stage.challenged):
        _in(deps, person, stage)
    now = clock.now()
    with writing(deps.engine) as session:
        session.add(Throttle(key=b"old", failures=9, waits_until=None, last_at=now))
        session.add(
            DirectoryVisit(state_hash=b"s", sealed_flow=b"f", purpose="", next_path="", made_at=now, session_id=None)
        )
    assert 0 == tidy(deps)
    clock.advance(timedelta(minutes=30))
    assert (2, 1) == (tidy(deps), count(deps, WebSession))
    clock.advance(timedelta(minutes=90))
    token, _found = _in(deps, person)
    assert (1, True) == (tidy(deps), who_is(deps, token) is not None)
    assert count(deps, StepUp)
    clock.advance(timedelta(hours=22))
    with writing(deps.engine) as session:
        session.add(Throttle(key=b"new", failures=1, waits_until=None, last_at=clock.now()))
    assert (2, 1, 0) == (tidy(deps), count(deps, Throttle), count(deps, StepUp))
