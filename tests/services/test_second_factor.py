"""The second step: codes of an app, each once; recovery codes, each once; and what a session may do before it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pyotp
import pytest

from portal.db.credentials import RecoveryCode, Totp
from portal.db.engine import writing
from portal.db.tables import OutboxMail, WebSession
from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.sessions import Stage
from portal.ports import Deps
from portal.services.authenticator import begin_app, confirm_app, look_at_app
from portal.services.second_factor import WAIT, WRONG_CODE, give_code, give_recovery_code, ways_of
from portal.services.sign_in import SignedIn, who_is
from portal.vault.tries import OVER, TOO_MANY, SignInEnded
from tests.fakes import FakeClock
from tests.services.looks import actions, count, rows
from tests.world import Someone, World, add_person, session_for


@pytest.fixture
def person(deps: Deps) -> Someone:
    """An account."""
    return add_person(deps, "ann@example.org", "Ann")


def _at(deps: Deps, person: Someone, stage: Stage) -> SignedIn:
    found = who_is(deps, session_for(deps, person.id, stage, None))
    assert found is not None
    return found


def _set_up(deps: Deps, person: Someone) -> tuple[pyotp.TOTP, list[str]]:
    """Set an app up; return what makes its codes, and the recovery codes."""
    session = _at(deps, person, Stage.enrolling).session
    begin_app(deps, session)
    app = pyotp.TOTP(look_at_app(deps, session).secret)
    return app, confirm_app(deps, session, app.at(deps.clock.now())).recovery_codes


def test_setting_up_makes_the_session_full_under_a_new_token(deps: Deps, person: Someone) -> None:
    """The token from before is dead, and ten recovery codes are shown once, kept as hashes alone."""
    old = session_for(deps, person.id, Stage.enrolling, None)
    session = who_is(deps, old)
    assert session is not None
    begin_app(deps, session.session)
    app = pyotp.TOTP(look_at_app(deps, session.session).secret)
    done = confirm_app(deps, session.session, app.at(deps.clock.now()))
    assert done.token is not None
    now = who_is(deps, done.token)
    assert (None, Stage.full) == (who_is(deps, old), now and now.stage)
    assert 10 == len(set(done.recovery_codes)) == count(deps, RecoveryCode)
    kept = b"".join(row.code_hash for row in rows(deps, RecoveryCode))
    assert not any(code.encode() in kept for code in done.recovery_codes)
    assert ["factor-added"] == [row.template for row in rows(deps, OutboxMail)]


def test_the_secret_is_sealed(deps: Deps, person: Someone) -> None:
    """The database alone makes no codes."""
    app, _codes = _set_up(deps, person)
    [row] = rows(deps, Totp)
    assert app.secret.encode() not in row.sealed_secret


def test_a_code_works_once(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Also the one that set the app up; with spaces in it, or given to another session, it is still the same."""
    app, _codes = _set_up(deps, person)
    code = app.at(clock.now())
    with pytest.raises(Refused, match=WRONG_CODE):
        give_code(deps, _at(deps, person, Stage.challenged).session, code)
    clock.advance(timedelta(seconds=30))
    code = app.at(clock.now())
    token = give_code(deps, _at(deps, person, Stage.challenged).session, f"{code[:3]} {code[3:]}")
    found = who_is(deps, token)
    assert found is not None
    assert Stage.full == found.stage
    for again in (code, f" {code} ", code[:3] + " " + code[3:]):
        with pytest.raises(Refused, match=WRONG_CODE):
            give_code(deps, _at(deps, person, Stage.challenged).session, again)


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_fits_one_period_around(deps: Deps, person: Someone, clock: FakeClock, steps: int, fits: bool) -> None:
    """Clocks differ by some seconds; two periods away a code is refused."""
    app, _codes = _set_up(deps, person)
    clock.advance(timedelta(minutes=10))
    session = _at(deps, person, Stage.challenged).session
    code = app.at(clock.now() + timedelta(seconds=30 * steps))
    if fits:
        assert give_code(deps, session, code)
    else:
        with pytest.raises(Refused, match=WRONG_CODE):
            give_code(deps, session, code)


def test_one_code_given_twice_at_once_lets_one_in(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Two sessions, one code, the same instant."""
    app, _codes = _set_up(deps, person)
    clock.advance(timedelta(minutes=1))
    code = app.at(clock.now())
    sessions = [_at(deps, person, Stage.challenged).session for _ in range(4)]

    def give(number: int) -> bool:
        try:
            return bool(give_code(deps, sessions[number], code))
        except Refused:
            return False

    with ThreadPoolExecutor(4) as threads:
        assert 1 == sum(threads.map(give, range(4)))


def test_after_five_wrong_codes_the_session_is_over_and_a_right_one_waits(
    deps: Deps, person: Someone, clock: FakeClock
) -> None:
    """A million codes cannot be tried, and whoever is asked to begin again is told by mail that the password is out."""
    app, _codes = _set_up(deps, person)
    clock.advance(timedelta(minutes=1))
    session = _at(deps, person, Stage.challenged).session
    for wrong in ("", "12345", "١٢٣٤٥٦", "x" * 64):
        with pytest.raises(Refused, match=WRONG_CODE):
            give_code(deps, session, wrong)
    for said in (TOO_MANY, OVER):
        with pytest.raises(SignInEnded, match=said):
            give_code(deps, session, "0000000")
    again = _at(deps, person, Stage.challenged).session
    with pytest.raises(Refused, match=WAIT):
        give_code(deps, again, app.at(clock.now()))
    clock.advance(timedelta(seconds=30))
    assert give_code(deps, again, app.at(clock.now()))
    assert 1 == [row.template for row in rows(deps, OutboxMail)].count("codes-refused")


def test_a_recovery_code_works_once_and_its_owner_is_told(deps: Deps, person: Someone) -> None:
    """However it is written."""
    _app, codes = _set_up(deps, person)
    assert give_recovery_code(deps, _at(deps, person, Stage.challenged).session, codes[3].lower().replace("-", " "))
    with pytest.raises(Refused):
        give_recovery_code(deps, _at(deps, person, Stage.challenged).session, codes[3])
    assert 9 == ways_of(deps, _at(deps, person, Stage.challenged).session).recovery_codes
    assert "recovery-used" in [row.template for row in rows(deps, OutboxMail)]


def test_another_persons_recovery_code_is_none(deps: Deps, person: Someone) -> None:
    """A code belongs to one account."""
    _set_up(deps, person)
    other = add_person(deps, "bob@example.org", "Bob")
    _app, codes = _set_up(deps, other)
    with pytest.raises(Refused):
        give_recovery_code(deps, _at(deps, person, Stage.challenged).session, codes[0])


def test_a_password_alone_sets_up_no_factor_where_there_is_one(deps: Deps, person: Someone) -> None:
    """Neither a challenged session, nor one that was still enrolling when the first factor came."""
    late = _at(deps, person, Stage.enrolling).session
    _set_up(deps, person)
    for session in (late, _at(deps, person, Stage.challenged).session):
        with pytest.raises(NotFound):
            begin_app(deps, session)
    full = _at_full(deps, person)
    with pytest.raises(Conflict):
        begin_app(deps, full)


def _at_full(deps: Deps, person: Someone) -> UUID:
    found = who_is(deps, session_for(deps, person.id))
    assert found is not None
    return found.session


def test_half_way_ends_after_half_an_hour(world: World) -> None:
    """And half way there are no roles."""
    token = session_for(world.deps, world.leader.id, Stage.challenged, None)
    found = who_is(world.deps, token, world.a.inspection)
    assert found is not None
    assert {} == found.roles
    world.fakes.clock.advance(timedelta(minutes=30))
    assert who_is(world.deps, token) is None


def test_what_was_done_is_in_the_trail(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Adding, use and refusal, without the code."""
    app, _codes = _set_up(deps, person)
    session = _at(deps, person, Stage.challenged).session
    with pytest.raises(Refused):
        give_code(deps, session, "000000x")
    clock.advance(timedelta(minutes=1))
    give_code(deps, session, app.at(clock.now()))
    assert ["factor.added", "session.refused", "session.confirmed"] == actions(deps)


def test_a_session_that_was_signed_out_is_not_revived(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """A code that comes late finds no session."""
    app, _codes = _set_up(deps, person)
    clock.advance(timedelta(minutes=1))
    session = _at(deps, person, Stage.challenged).session
    with writing(deps.engine) as database:
        database.delete(database.get_one(WebSession, session))
    with pytest.raises(Refused):
        give_code(deps, session, app.at(clock.now()))
