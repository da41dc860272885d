"""What somebody gains by doing two things of signing in at the same instant: nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Event
from uuid import UUID

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import delete, update

from portal.db.credentials import DirectoryIdentity
from portal.db.engine import writing
from portal.db.tables import Person, WebSession
from portal.domain.browsers import Browser
from portal.domain.directory import TurnedAway
from portal.domain.errors import NotFound, Refused
from portal.domain.roles import Role
from portal.domain.sessions import Stage
from portal.ports import Admitted, Deps
from portal.services.authenticator import NONE_WAITS, WRONG, begin_app, confirm_app, look_at_app
from portal.services.directory import enter
from portal.services.directory_links import connect
from portal.services.own_password import change_password
from portal.services.second_factor import WAIT, WRONG_CODE, give_code
from portal.services.sign_in import sign_in, who_is
from portal.vault.directory import add_identity
from portal.vault.sessions import lock_person
from portal.vault.throttles import count_failure, throttle_key
from tests.fakes import FakeClock
from tests.services.looks import actions, rows
from tests.world import Someone, add_person, give_role, session_for

PASSWORD = "correct horse battery"
MOMENT = 0.3
"""Seconds that somebody waits for the others, who may be held up until they have gone on."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing is slow on purpose, and nothing here depends on it."""
    for service in ("sign_in", "own_password"):
        monkeypatch.setattr(f"portal.services.{service}.password_fits", lambda stored, given: given == PASSWORD)


@pytest.fixture
def person(deps: Deps) -> Someone:
    """An account."""
    return add_person(deps, "ann@example.org", "Ann")


class Held(Browser):
    """A browser that lets something else happen when somebody asks for one of its attributes."""

    at: str
    meanwhile: Callable[[], object]

    def __getattribute__(self, name: str) -> object:
        """Return the attribute, after what happens meanwhile."""
        if name == object.__getattribute__(self, "at"):
            object.__getattribute__(self, "meanwhile")()
        return object.__getattribute__(self, name)


def held(at: str, meanwhile: Callable[[], object]) -> Browser:
    """Return such a browser."""
    browser = Held()
    object.__setattr__(browser, "at", at)
    object.__setattr__(browser, "meanwhile", meanwhile)
    return browser


def _session(deps: Deps, person: Someone, stage: Stage) -> UUID:
    found = who_is(deps, session_for(deps, person.id, stage, "totp" if stage is Stage.full else None))
    assert found is not None
    return found.session


def _confirm(deps: Deps, session: UUID) -> pyotp.TOTP:
    app = pyotp.TOTP(look_at_app(deps, session).secret)
    confirm_app(deps, session, app.at(deps.clock.now()))
    return app


def test_a_secret_that_waits_is_its_own_sessions(deps: Deps, person: Someone) -> None:
    """Whoever has the password too, before there is a second factor, sees no secret that its owner scans."""
    mine, theirs = (_session(deps, person, Stage.enrolling) for _ in range(2))
    begin_app(deps, mine)
    code = pyotp.TOTP(look_at_app(deps, mine).secret).at(deps.clock.now())
    with pytest.raises(NotFound, match=NONE_WAITS):
        look_at_app(deps, theirs)
    with pytest.raises(NotFound, match=NONE_WAITS):
        confirm_app(deps, theirs, code)
    begin_app(deps, theirs)
    with pytest.raises(NotFound, match=NONE_WAITS):
        confirm_app(deps, mine, code)
    begin_app(deps, mine)
    begin_app(deps, mine)
    _confirm(deps, mine)
    assert [mine] == [row.id for row in rows(deps, WebSession)]


def test_a_wrong_first_code_is_in_the_trail(deps: Deps, person: Someone) -> None:
    """Setting an app up leaves an entry for each code that did not fit."""
    mine = _session(deps, person, Stage.enrolling)
    begin_app(deps, mine)
    with pytest.raises(Refused, match=WRONG):
        confirm_app(deps, mine, "000000x")
    assert "factor.refused" == actions(deps)[-1]


def test_no_password_outlives_the_first_factor(deps: Deps, person: Someone) -> None:
    """Whoever signs in by the password while its owner sets up a factor has no session left that may add another."""
    mine = _session(deps, person, Stage.enrolling)
    begin_app(deps, mine)
    there, done = Event(), Event()

    def meanwhile() -> None:
        there.set()
        done.wait(MOMENT)

    with ThreadPoolExecutor(1) as thread:
        stranger = thread.submit(sign_in, deps, person.email, PASSWORD, held("name", meanwhile))
        there.wait(5)
        _confirm(deps, mine)
        done.set()
        with suppress(Refused):
            stranger.result()
    assert Stage.enrolling not in {row.stage for row in rows(deps, WebSession)}


def test_codes_given_at_once_are_counted_one_by_one(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Of eight wrong codes, from eight sessions at the same instant, five are looked at and three have to wait."""
    begin = _session(deps, person, Stage.enrolling)
    begin_app(deps, begin)
    _confirm(deps, begin)
    sessions, barrier = [_session(deps, person, Stage.challenged) for _ in range(8)], Barrier(8)

    def meanwhile() -> None:
        with suppress(BrokenBarrierError):
            barrier.wait(MOMENT)

    def give(session: UUID) -> str:
        with pytest.raises(Refused) as refused:
            give_code(deps, session, "000000x", held("devices", meanwhile))
        return str(refused.value)

    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(give, sessions))
    assert (5, 3) == (said.count(WRONG_CODE), said.count(WAIT))


def test_a_right_password_waits_for_those_before_it(deps: Deps, person: Someone) -> None:
    """While others' wrong ones are being counted nobody is let in, also where there were none before."""
    with writing(deps.engine) as session:
        session.execute(update(Person).where(Person.id == person.id).values(password_hash="a hash"))
    with ThreadPoolExecutor(1) as thread:
        with writing(deps.engine) as session:
            lock_person(session, person.id)
            for _ in range(5):
                count_failure(session, throttle_key(deps.secret, "account", person.email), deps.clock.now())
            late = thread.submit(sign_in, deps, person.email, PASSWORD)
            with pytest.raises(TimeoutError):
                late.result(MOMENT)
        with pytest.raises(Refused):
            late.result()


def test_no_hash_is_made_for_a_right_password_that_has_to_wait(
    deps: Deps, person: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making an older hash anew takes time: during a wait it would say that the password is right."""
    made: list[str] = []
    monkeypatch.setattr("portal.services.sign_in.hash_password", made.append)
    older = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with writing(deps.engine) as session:
        session.execute(update(Person).where(Person.id == person.id).values(password_hash=older))
        for _ in range(5):
            count_failure(session, throttle_key(deps.secret, "account", person.email), deps.clock.now())
    with pytest.raises(Refused):
        sign_in(deps, person.email, PASSWORD)
    assert [] == made


def test_nobody_comes_in_by_what_is_being_taken_away(deps: Deps, person: Someone) -> None:
    """A work account that is disconnected at this instant begins no session afterwards."""
    admitted = Admitted("https://directory.example", "subject", frozenset(), refresh="")
    with writing(deps.engine) as session:
        add_identity(session, person.id, admitted, deps.clock.now())
    with ThreadPoolExecutor(1) as thread:
        with writing(deps.engine) as session:
            lock_person(session, person.id)
            session.execute(delete(DirectoryIdentity))
            late = thread.submit(enter, deps, admitted, "")
            with pytest.raises(TimeoutError):
                late.result(MOMENT)
        with pytest.raises(TurnedAway):
            late.result()
    assert [] == rows(deps, WebSession)


def test_nobody_connects_what_outlives_the_session(deps: Deps, person: Someone) -> None:
    """While somebody's access is being restored, a session that ends by it connects no work account."""
    give_role(deps, person.id, Role.administrator)
    mine, admitted = _session(deps, person, Stage.full), Admitted("https://directory.example", "s", frozenset(), "")
    with ThreadPoolExecutor(1) as thread:
        with writing(deps.engine) as session:
            lock_person(session, person.id)
            late = thread.submit(connect, deps, mine, admitted, mine)
            with pytest.raises(TimeoutError):
                late.result(MOMENT)
            session.execute(delete(WebSession))
        with pytest.raises(TurnedAway):
            late.result()
    assert [] == rows(deps, DirectoryIdentity)


def test_own_passwords_given_at_once_are_counted_one_by_one(deps: Deps, person: Someone) -> None:
    """Whoever tries the current password of an open browser waits for the tries before, too."""
    mine = _session(deps, person, Stage.full)
    with ThreadPoolExecutor(1) as thread:
        with writing(deps.engine) as session:
            lock_person(session, person.id)
            for _ in range(5):
                count_failure(session, throttle_key(deps.secret, "own password", str(person.id)), deps.clock.now())
            late = thread.submit(change_password, deps, person.actor, mine, PASSWORD, PASSWORD)
            with pytest.raises(TimeoutError):
                late.result(MOMENT)
        with pytest.raises(Refused, match="too many"):
            late.result()
