"""Confirming anew: one purpose, ten minutes, by codes that work once and are throttled, each in the trail."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyotp
import pytest

from portal.db.chain import entries
from portal.db.credentials import StepUp
from portal.db.engine import reading
from portal.db.tables import OutboxMail
from portal.domain.errors import Refused
from portal.domain.sessions import Stage
from portal.domain.step_up import Purpose, still_confirmed
from portal.ports import Deps
from portal.services.authenticator import begin_app, confirm_app, look_at_app
from portal.services.second_factor import WRONG_CODE, give_code
from portal.services.sign_in import who_is
from portal.services.step_up import WAIT, WRONG, confirm, confirmed
from tests.fakes import FakeClock
from tests.services.looks import count, rows, trail_text
from tests.world import Someone, add_person, session_for

LIFE = timedelta(minutes=10)


@pytest.fixture
def person(deps: Deps) -> Someone:
    """An account."""
    return add_person(deps, "ann@example.org", "Ann")


def session_of(deps: Deps, token: str) -> UUID:
    """Return the session of a token."""
    found = who_is(deps, token)
    assert found is not None
    return found.session


def signed_in(deps: Deps, person: Someone) -> str:
    """Return the token of a full session in which nothing was confirmed."""
    return session_for(deps, person.id, confirmed=())


def app_of(deps: Deps, person: Someone) -> tuple[pyotp.TOTP, list[str]]:
    """Set an app up; return what makes its codes, and the recovery codes. The next code fits from now on."""
    session = session_of(deps, session_for(deps, person.id, Stage.enrolling, None))
    begin_app(deps, session)
    app = pyotp.TOTP(look_at_app(deps, session).secret)
    codes = confirm_app(deps, session, app.at(deps.clock.now() - timedelta(seconds=30))).recovery_codes
    return app, codes


@pytest.mark.parametrize(
    ("age", "counts"),
    [
        (timedelta(), True),
        (LIFE - timedelta(microseconds=1), True),
        (LIFE, False),
        (timedelta(microseconds=-1), False),
    ],
)
def test_a_confirmation_counts_for_its_time_alone(age: timedelta, counts: bool) -> None:
    """Neither when it is over, nor where a clock was set back."""
    now = datetime(2023, 10, 9, tzinfo=UTC)
    assert counts is still_confirmed(now - age, now, LIFE)
    assert not still_confirmed(None, now, LIFE)


def test_a_confirmation_is_for_one_purpose_and_ten_minutes(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """ASVS V7.5.3: for no other purpose, in no other session; and the session goes on under a new token (V7.2.4)."""
    app, _codes = app_of(deps, person)
    old, other = signed_in(deps, person), session_of(deps, signed_in(deps, person))
    session = session_of(deps, old)
    assert not any(confirmed(deps, session, purpose) for purpose in Purpose)
    token = confirm(deps, session, Purpose.bundle, app.at(clock.now()))
    assert [Purpose.bundle] == [purpose for purpose in Purpose if confirmed(deps, session, purpose)]
    assert not confirmed(deps, other, Purpose.bundle)
    assert (None, session) == (who_is(deps, old), session_of(deps, token))
    clock.advance(LIFE - timedelta(milliseconds=1))
    assert confirmed(deps, session, Purpose.bundle)
    clock.advance(timedelta(milliseconds=1))
    assert not confirmed(deps, session, Purpose.bundle)
    confirm(deps, session, Purpose.bundle, app.at(clock.now()))
    assert confirmed(deps, session, Purpose.bundle)
    assert 1 == count(deps, StepUp)


def test_a_code_that_was_used_confirms_nothing(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Used at sign-in it does not confirm, used to confirm it does not sign in; what was confirmed stays so."""
    app, _codes = app_of(deps, person)
    session, code = session_of(deps, signed_in(deps, person)), app.at(clock.now())
    confirm(deps, session, Purpose.hold, code)
    with pytest.raises(Refused, match=WRONG):
        confirm(deps, session, Purpose.disposal, code)
    with pytest.raises(Refused, match=WRONG_CODE):
        give_code(deps, session_of(deps, session_for(deps, person.id, Stage.challenged, None)), code)
    assert (True, False) == tuple(confirmed(deps, session, each) for each in (Purpose.hold, Purpose.disposal))


def test_a_recovery_code_confirms_once_and_its_owner_is_told(deps: Deps, person: Someone) -> None:
    """However it is written; another person's is none."""
    _app, codes = app_of(deps, person)
    session = session_of(deps, signed_in(deps, person))
    confirm(deps, session, Purpose.publication, codes[0].lower().replace("-", " "))
    assert confirmed(deps, session, Purpose.publication)
    other = add_person(deps, "bob@example.org", "Bob")
    _app, theirs = app_of(deps, other)
    for code in (codes[0], theirs[0]):
        with pytest.raises(Refused, match=WRONG):
            confirm(deps, session, Purpose.publication, code)
    assert ["recovery-used"] == [row.template for row in rows(deps, OutboxMail) if row.template == "recovery-used"]


def test_after_five_wrong_codes_a_right_one_waits(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """In this session alone: whoever took a session over keeps its owner from nothing. Then a right one fits."""
    app, _codes = app_of(deps, person)
    session, own = (session_of(deps, signed_in(deps, person)) for _ in range(2))
    for wrong in ("000000x", "", "١٢٣٤٥٦", "12345", "1234567"):
        with pytest.raises(Refused, match=WRONG):
            confirm(deps, session, Purpose.hold, wrong)
    with pytest.raises(Refused, match=WAIT):
        confirm(deps, session, Purpose.hold, app.at(clock.now()))
    assert confirm(deps, own, Purpose.hold, app.at(clock.now()))
    clock.advance(timedelta(seconds=30))
    assert confirm(deps, session, Purpose.hold, app.at(clock.now()))


def test_who_is_half_way_or_signed_out_confirms_nothing(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """A password alone does not become a confirmation."""
    app, _codes = app_of(deps, person)
    half = session_of(deps, session_for(deps, person.id, Stage.challenged, None))
    for session in (half, UUID(int=1)):
        with pytest.raises(Refused):
            confirm(deps, session, Purpose.hold, app.at(clock.now()))
    assert 0 == count(deps, StepUp)


def test_one_code_given_twice_at_once_confirms_once(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Four sessions, one code, the same instant."""
    app, _codes = app_of(deps, person)
    code, sessions = app.at(clock.now()), [session_of(deps, signed_in(deps, person)) for _ in range(4)]

    def give(session: UUID) -> bool:
        try:
            return bool(confirm(deps, session, Purpose.hold, code))
        except Refused:
            return False

    with ThreadPoolExecutor(4) as threads:
        assert 1 == sum(threads.map(give, sessions))
    assert 1 == count(deps, StepUp)


def test_each_confirmation_and_refusal_is_in_the_trail(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """With its purpose and what was shown, and without the code (ASVS V16.3.1)."""
    app, _codes = app_of(deps, person)
    session, code = session_of(deps, signed_in(deps, person)), app.at(clock.now())
    with pytest.raises(Refused):
        confirm(deps, session, Purpose.tokens, "WRONG-CODE")
    confirm(deps, session, Purpose.tokens, code)
    with reading(deps.engine) as database:
        made = [(each.action, dict(each.details), each.actor) for each in entries(database)][-2:]
    who = person.actor.label
    assert [
        ("step-up.refused", {"purpose": "tokens", "factor": "recovery"}, who),
        ("step-up.granted", {"purpose": "tokens", "factor": "totp"}, who),
    ] == made
    assert code not in trail_text(deps)
