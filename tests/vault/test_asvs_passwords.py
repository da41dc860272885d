"""Passwords as ASVS V6.2 and V11.4 ask for them."""

import hashlib

import pytest
from argon2 import PasswordHasher, extract_parameters

from portal.domain.errors import Refused
from portal.domain.passwords import SERVICE_WORDS
from portal.vault.passwords import check_new_password, hash_password, is_outdated, password_fits

OWN = ("violet umbrella kestrel", "ʻōlelo ΩμέγαПривет 🦉🌿", "kqzvrwtjhgpxnbd", "A" + "zQ7&" * 50)
"""Words, any letters and pictures, small letters alone, 201 characters: nothing is asked of what it is made of."""
COMMON = ("passwordpassword", "123456789012345", "qwertyuiopasdfghjkl", "letmeinletmeinletmein", "P4$$w0rd P4$$w0rd")
CONTEXT = ("Lena Leader", "lena.leader@north.example", "Adoption Northmoor")


def refused(password: str, *, stolen: str = "") -> bool:
    """Say whether this person may not have the password; `stolen` is in the list of stolen ones."""
    digest = hashlib.sha1(stolen.encode(), usedforsecurity=False).hexdigest().upper()
    try:
        check_new_password(password, CONTEXT, lambda sha1: sha1 == digest)
    except Refused as error:
        return error.field == "password"
    return False


def test_length_counts_and_composition_does_not() -> None:
    """14 characters are too few and 257 too many; within, any characters will do (V6.2.1, V6.2.5, V6.2.9)."""
    assert [False] * len(OWN) == [refused(each) for each in OWN]
    assert (True, False) == (refused("kqzvrwtjhgpxnb"), refused("kqzvrwtjhgpxnbd"))
    long = "".join(chr(97 + n * n % 26) + str(n) for n in range(200))
    assert (False, True, True) == (refused(long[:256]), refused(long[:257]), refused(long * 100))


@pytest.mark.parametrize("password", COMMON)
def test_common_passwords_are_refused(password: str) -> None:
    """What everybody guesses first is refused, also doubled, run along the keyboard, or spelt in figures (V6.2.4)."""
    assert refused(password)


def test_words_of_the_context_are_refused() -> None:
    """Words of the service, one's own name and address, and the agency's add nothing (V6.2.11)."""
    made = [
        "lenaleader lena.leader",
        "northmoor-adoption-2023",
        "Ofsted inspection portal",
        *map(_thrice, SERVICE_WORDS),
    ]
    assert [] == [each for each in made if not refused(each)]


def _thrice(word: str) -> str:
    return f"{word} {word} {word} 123"


def test_stolen_passwords_are_refused_without_asking_anybody() -> None:
    """A password of the operator's own list is refused, and its neighbour is not (V6.2.12)."""
    assert refused("violet umbrella kestrel", stolen="violet umbrella kestrel")
    assert not refused("violet umbrella kestrel", stolen="violet umbrella kestrels")


def test_a_password_is_compared_whole() -> None:
    """Twins that differ in the last of 200 characters, in case or in a space are two (V6.2.8)."""
    password = "Zq7 " * 49 + "end!"
    stored = hash_password(password)
    others = (password[:-1], password[:-1] + "?", password + " ", password.lower(), password[:72])
    assert [True, *[False] * len(others)] == [password_fits(stored, each) for each in (password, *others)]


def test_hashes_are_argon2id_and_made_anew_when_the_parameters_are_raised() -> None:
    """64 MiB and 3 passes, a salt each, and an older hash is known as one (V11.2.2, V11.4.2)."""
    stored = [hash_password(OWN[0]) for _ in range(2)]
    parameters = extract_parameters(stored[0])
    assert ("ID", 64 * 1024, 3) == (parameters.type.name, parameters.memory_cost, parameters.time_cost)
    assert stored[0] != stored[1]
    older = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(OWN[0])
    assert (False, True) == (is_outdated(stored[0]), is_outdated(older))
