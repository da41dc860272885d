"""Passwords: only what their other users' tests do not show."""

import argon2

from portal.vault import passwords


def test_an_account_that_does_not_exist_costs_the_same_work() -> None:
    """The hash that stands for no account asks for exactly the work of a real one, and no password fits it."""
    real = argon2.extract_parameters(passwords.hash_password("a long enough password"))
    assert real == argon2.extract_parameters(passwords._UNKNOWN)
    assert passwords.password_fits(None, "a long enough password") is False
