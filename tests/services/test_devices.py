"""Whom wrong tries keep out: those who make them, and never the owner at her own device."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import update

from portal.db.credentials import Throttle
from portal.db.engine import writing
from portal.db.tables import OutboxMail, Person, WebSession
from portal.domain.browsers import Browser
from portal.domain.errors import Refused
from portal.domain.sessions import Stage
from portal.ports import Deps
from portal.services.arrivals import arrive
from portal.services.authenticator import begin_app, confirm_app, look_at_app
from portal.services.second_factor import WAIT, give_code
from portal.services.sign_in import sign_in, who_is
from portal.vault.devices import MOST, device_of, with_device
from portal.vault.passwords import hash_password
from portal.vault.tries import SignInEnded
from tests.fakes import FakeClock
from tests.services.looks import actions, rows
from tests.world import Someone, add_person, session_for

PASSWORD = "correct horse battery"
HASHED = hash_password(PASSWORD)
STRANGER = Browser("203.0.113.9", "Chrome/Linux")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing is slow on purpose, and what is counted does not depend on it."""
    monkeypatch.setattr("portal.services.sign_in.password_fits", lambda stored, given: given == PASSWORD)


@pytest.fixture
def person(deps: Deps) -> Someone:
    """An account with a password and an app."""
    someone = add_person(deps, "ann@example.org", "Ann")
    with writing(deps.engine) as session:
        session.execute(update(Person).where(Person.id == someone.id).values(password_hash=HASHED))
    return someone


def _full(deps: Deps, person: Someone, browser: Browser, **options: Any) -> Browser:
    """Let somebody be signed in to the end in this browser; return it as it is afterwards."""
    found = who_is(deps, session_for(deps, person.id))
    assert found is not None
    return Browser(browser.address, browser.name, arrive(deps, found.session, browser, **options).devices)


def _refused(deps: Deps, password: str, browser: Browser, email: str = "ann@example.org") -> None:
    with pytest.raises(Refused):
        sign_in(deps, email, password, browser)


def _mails(deps: Deps) -> list[str]:
    return sorted(row.template for row in rows(deps, OutboxMail))


def test_v6_3_1_strangers_tries_do_not_keep_the_owner_out(deps: Deps, person: Someone) -> None:
    """Five wrong tries of others close the account to browsers that are not known for it, and to no other."""
    office = Browser("192.0.2.1")
    known = _full(deps, person, office, first=True)
    for _ in range(5):
        _refused(deps, "wrong", STRANGER)
    _refused(deps, PASSWORD, STRANGER)
    _refused(deps, PASSWORD, office)
    assert sign_in(deps, person.email, PASSWORD, known)


def test_v6_3_1_a_known_device_waits_for_its_own_tries(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Who took a device away tries five passwords, then waits; a right one in between resets nothing."""
    known, other = (_full(deps, person, Browser("192.0.2.1")) for _ in range(2))
    for _ in range(4):
        _refused(deps, "wrong", known)
    assert sign_in(deps, person.email, PASSWORD, known)
    _refused(deps, "wrong", known)
    _refused(deps, PASSWORD, known)
    assert sign_in(deps, person.email, PASSWORD, other)
    clock.advance(timedelta(seconds=30))
    assert sign_in(deps, person.email, PASSWORD, known)


def test_v6_3_1_an_address_waits_after_fifty_wrong_tries(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Spread over as many accounts, exist they or not; the /64 of IPv6 counts as one, and an hour forgets."""
    for number in range(50):
        _refused(deps, "wrong", Browser(f"2001:db8:1:2::{number:x}"), f"{number}@example.org")
    _refused(deps, PASSWORD, Browser("2001:db8:1:2:ffff::1"))
    assert sign_in(deps, person.email, PASSWORD, Browser("2001:db8:1:3::1"))
    clock.advance(timedelta(hours=1))
    _refused(deps, "wrong", Browser("2001:db8:1:2::1"))
    assert sign_in(deps, person.email, PASSWORD, Browser("2001:db8:1:2::1"))


def test_what_is_counted_says_nothing_of_people_or_addresses(deps: Deps, person: Someone) -> None:
    """The rows are keyed, for accounts that exist and others alike."""
    for email in (person.email, "nobody@example.org"):
        _refused(deps, "wrong", STRANGER, email)
    assert [1, 1, 2] == sorted(row.failures for row in rows(deps, Throttle))
    assert {32} == {len(row.key) for row in rows(deps, Throttle)}
    assert ["session.refused"] * 2 == actions(deps)


def test_a_device_is_known_for_one_account_until_its_password_is_another(deps: Deps, person: Someone) -> None:
    """Bound to both and signed; another's, a changed or an endless cookie is worth nothing, and four fit into one."""
    [row] = rows(deps, Person)
    cookie = with_device(deps.secret, row, "")
    device, _, proof = cookie.partition("-")
    assert device == device_of(deps.secret, row, cookie)
    assert str(row.id) not in cookie
    wrong = (
        "",
        ".",
        "-",
        f"{device}-",
        f"{device[:-1]}0-{proof}",
        f"{device}-{proof[:-1]}\udcff",
        "ü-ü",
        "." * 9 + cookie,
    )
    assert [None] * len(wrong) == [device_of(deps.secret, row, each) for each in wrong if each != cookie]
    assert device_of(b"another secret" * 3, row, cookie) is None
    assert device_of(deps.secret, None, cookie) is None
    other = Person(id=person.id, password_hash="another")
    assert device_of(deps.secret, other, cookie) is None
    full = cookie
    for number in range(MOST):
        assert (device if number < MOST else None) == device_of(deps.secret, row, full)
        full = with_device(deps.secret, other, full)
    assert device_of(deps.secret, row, full) is None
    assert MOST == len(full.split("."))


def test_somebody_with_the_password_cannot_keep_the_owner_from_her_second_step(
    deps: Deps, person: Someone, clock: FakeClock
) -> None:
    """Their wrong codes end their sessions and make unknown browsers wait; her own device goes on."""
    enrolling = who_is(deps, session_for(deps, person.id, Stage.enrolling, None))
    assert enrolling is not None
    begin_app(deps, enrolling.session)
    app = pyotp.TOTP(look_at_app(deps, enrolling.session).secret)
    assert confirm_app(deps, enrolling.session, app.at(clock.now())).token
    known = _full(deps, person, Browser("192.0.2.1"), first=True)
    clock.advance(timedelta(minutes=1))

    def challenged() -> Any:
        found = who_is(deps, session_for(deps, person.id, Stage.challenged, None))
        assert found is not None
        return found.session

    theirs = challenged()
    for number in range(5):
        with pytest.raises(SignInEnded if number == 4 else Refused):
            give_code(deps, theirs, "000000x", STRANGER)
    with pytest.raises(Refused, match=WAIT):
        give_code(deps, challenged(), app.at(clock.now()), STRANGER)
    assert give_code(deps, challenged(), app.at(clock.now()), known)
    assert "codes-refused" in _mails(deps)


def test_v6_3_5_a_new_device_and_tries_before_are_told(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Not the first device, which its owner knows of; nor a known one; and each occasion once."""
    first = _full(deps, person, Browser(), first=True)
    _full(deps, person, first)
    assert [] == _mails(deps)
    second = _full(deps, person, STRANGER)
    assert ["new-device"] == _mails(deps)
    for _ in range(5):
        _refused(deps, "wrong", STRANGER)
    for _ in range(2):
        _full(deps, person, second)
    assert ["new-device", "tries-before"] == _mails(deps)
    clock.advance(timedelta(hours=24))
    _full(deps, person, second)
    assert ["new-device", "tries-before"] == _mails(deps)
    assert ["device.added"] * 2 == [each for each in actions(deps) if each == "device.added"]


def test_a_password_that_was_changed_while_it_was_checked_lets_nobody_in(
    deps: Deps, person: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashing takes a tenth of a second; what was right at its beginning may be wrong at its end."""

    def fits(_stored: str, _given: str) -> bool:
        with writing(deps.engine) as session:
            session.execute(update(Person).where(Person.id == person.id).values(password_hash="another"))
        return True

    monkeypatch.setattr("portal.services.sign_in.password_fits", fits)
    _refused(deps, PASSWORD, Browser())
    assert [] == rows(deps, WebSession)
