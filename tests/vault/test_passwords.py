"""Passwords: which are refused, and that the one that was chosen is compared exactly, at the price that was set."""

import hashlib
import unicodedata

import argon2
import pytest

from portal.domain.errors import Refused
from portal.vault import passwords
from portal.vault.common_passwords import common_passwords
from portal.vault.passwords import KNOWN, MAX_LENGTH, WEAK, check_new_password, hash_password, password_fits

CONTEXT = ("Lena Leader", "lena.leader@shoreline-adoption.example", "Adopt Shoreline", "The Example Inspectorate")


def _check(password: str) -> None:
    check_new_password(password, CONTEXT, lambda _sha1: False)


def _refused(password: str) -> str:
    with pytest.raises(Refused) as refused:
        _check(password)
    assert "password" == refused.value.field
    return str(refused.value)


def test_common_passwords_are_refused_however_they_are_stretched() -> None:
    """Each of the most common seven thousand: twice, with figures and signs at the ends, with letters as figures."""
    words = common_passwords()
    assert len(words) > 7_000
    assert {"123456", "password", "qwertyuiop", "letmein", "passwordstandard"} <= words
    long = [word for word in words if len(word) >= 15]
    padded = [f"{word:!<15}2023" for word in sorted(words)[::8]]
    stretched = [*long, *(word * (1 + 15 // len(word)) for word in words), *padded]
    let_pass = []
    for password in stretched:
        try:
            _check(password)
        except Refused:
            continue
        let_pass.append(password)
    assert [] == let_pass


@pytest.mark.parametrize(
    "password",
    [
        *("passwordpassword", "Password123456789", "P4$$w0rd-P4$$w0rd", "letmein letmein!!", "dragon.monkey.2023"),
        *("qwertyuiopasdfgh", "123456789012345", "1q2w3e4r5t6y7u8i", "poiuytrewqlkjhgf", "abcdefghijklmnop"),
        *("aaaaaaaaaaaaaaa", "abababababababab", "xkqzxkqzxkqzxkqz", "!!!!!!!!!!!!!!!!", "111222333444555"),
    ],
)
def test_patterns_are_refused(password: str) -> None:
    """Repetition, neighbours on the keyboard, the alphabet, figures in order, one letter many times."""
    assert WEAK == _refused(password)


@pytest.mark.parametrize(
    "password",
    [
        *("OfstedAdoption2024!", "adoption-inspection", "evidence.portal.1", "Adopt Shoreline 2023"),
        *("lena.leader@shoreline", "Lena Leader Lena Leader", "The Example Inspectorate", "shorelineadoption99"),
    ],
)
def test_words_of_the_context_are_refused_where_they_are_most_of_it(password: str) -> None:
    """Agency, "ofsted", the service, name and address of the person: what somebody who knows them would try."""
    assert WEAK == _refused(password)


@pytest.mark.parametrize(
    "password",
    [
        *("correct horse battery staple", "four words that differ", "mxlqpvhdkzrwtbn", "the quick brown fox!"),
        *("shoreline-plum-tractor-91", "482915730264817", "Ofsted? never heard of them", "ждущий дождя у моря"),
        *("😀😁😂🤣😃😄😅😆😉😊😋😎😍😘🥰", "k7#Qp!v2zR$9mW&x", "x" + "kd8" * 5 + "Qjw7yPz2", "Zoë’s crème brûlée"),
        "".join(chr(0x4E00 + 37 * number) for number in range(200)),
    ],
)
def test_anything_else_is_taken_whatever_it_is_made_of(password: str) -> None:
    """Small letters alone, signs alone, any script, 200 characters: nothing is asked of its composition."""
    _check(password)


def test_length_is_fifteen_to_256_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted as people count them; what is too long is refused before anybody looks through it."""
    letters = "".join(chr(0x4E00 + 37 * number) for number in range(MAX_LENGTH + 1))
    assert "15 characters or more" in _refused("kdQ8jw7yPz2vXt")
    _check("kdQ8jw7yPz2vXtm")
    _check(letters[:MAX_LENGTH])
    assert "256 characters or fewer" in _refused(letters)
    assert "15 characters or more" in _refused("e\u0301" * 14)
    monkeypatch.delattr(passwords, "is_weak")
    assert "256 characters or fewer" in _refused("kdQ8jw7yPz2vXtm" * 700)


def test_a_stolen_password_is_refused() -> None:
    """It is looked up by its SHA-1, in capitals, as it was typed."""
    asked: list[str] = []

    def breached(sha1: str) -> bool:
        asked.append(sha1)
        return True

    with pytest.raises(Refused, match=KNOWN):
        check_new_password("mxlqpvhdkzrwtbn", (), breached)
    assert [hashlib.sha1(b"mxlqpvhdkzrwtbn").hexdigest().upper()] == asked


def test_a_password_fits_exactly() -> None:
    """Case, spaces and the last of many characters count; an accented letter is the same however it is typed."""
    password = "Zoë’s crème brûlée, " * 5
    stored = hash_password(password)
    assert password_fits(stored, password)
    assert password_fits(stored, unicodedata.normalize("NFD", password))
    for other in (password[:-1], password + " ", password.lower(), password + "x" * 2000, password[:72]):
        assert not password_fits(stored, other)


def test_hashes_are_made_as_rfc_9106_recommends() -> None:
    """Argon2id with 64 MiB, 3 passes, 4 lanes, a salt of 16 bytes and 32 bytes of hash; older ones are made anew."""
    real = argon2.extract_parameters(hash_password("a long enough password"))
    assert (argon2.Type.ID, 65536, 3, 4) == (real.type, real.memory_cost, real.time_cost, real.parallelism)
    assert (16, 32) == (real.salt_len, real.hash_len)
    weaker = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("a long enough password")
    assert password_fits(weaker, "a long enough password")
    assert passwords.is_outdated(weaker)
    assert not passwords.is_outdated(hash_password("a long enough password"))
    assert not passwords.is_outdated("fits nothing")


def test_an_account_that_does_not_exist_costs_the_same_work() -> None:
    """The hash that stands for no account asks for exactly the work of a real one, and no password fits it."""
    real = argon2.extract_parameters(hash_password("a long enough password"))
    assert real == argon2.extract_parameters(passwords._UNKNOWN)
    assert password_fits(None, "a long enough password") is False
