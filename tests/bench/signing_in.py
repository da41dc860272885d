"""Signing in: what a password costs, that time does not tell accounts apart, and what a session costs each page."""

from collections.abc import Callable, Sequence
from itertools import count
from math import erfc, sqrt
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from urllib.parse import urlencode
from uuid import uuid4

from portal.db.engine import writing
from portal.db.tables import Person, WebSession
from portal.ports import Deps
from portal.services.sign_in import who_is
from portal.vault.invitations import token_hash
from portal.vault.passwords import hash_password, password_fits
from tests.bench.clients import load, processes
from tests.bench.figures import Figure, ratios
from tests.bench.scale import Scale, case, place
from tests.e2e.browser import Browser
from tests.e2e.installation import Installation
from tests.e2e.scene import Scene
from tests.world import session_for

PAGE = "/help"
"""The same page for anybody, so that the difference is what it costs to know who asks."""
PASSWORD = "gravel teapot nineteen"
_addresses = count(1)


def sign_in(root: Path, scale: Scale) -> list[Figure]:
    """Measure all of it over one portal."""
    with place(root, scale) as portal, case(portal) as made, processes(1) as clients:
        portal.serve()
        browser = made.browser(made.leader)
        browser.get(PAGE)  # the first page of all gives a browser what it keeps
        rates: dict[str, list[float]] = {"nobody": [], "somebody": []}
        for _ in range(scale.rounds):
            for name, who in (("nobody", Browser(portal.port, {})), ("somebody", browser)):
                run = clients.submit(load, who, PAGE, max(scale.connections // 10, 1), scale.seconds)
                rates[name].append(len(run.result()) / scale.seconds)
        return [
            *_passwords(scale),
            Figure(
                "chance that known and unknown accounts answer equally fast", "", _answers(portal, made.deps, scale),
                at_least=0.01, judged=scale.judged,
            ),
            Figure(f"{PAGE}, signed in", "a second", tuple(rates["somebody"])),
            Figure(
                f"{PAGE}, signed in over anonymous", "", ratios(rates["somebody"], rates["nobody"]),
                at_least=0.6, judged=scale.judged,
            ),
            _sessions(made, scale),
        ]  # fmt: skip


def _passwords(scale: Scale) -> list[Figure]:
    hashed = hash_password(PASSWORD)
    took = tuple(1000 * _seconds(lambda: password_fits(hashed, PASSWORD)) for _ in range(scale.rounds))
    return [Figure("checking a password (Argon2id)", "ms", took, at_least=100, at_most=250, judged=scale.judged)]


def _answers(portal: Installation, deps: Deps, scale: Scale) -> tuple[float]:
    """Try a wrong password once at each of many accounts, every second of which exists, each from its own address."""
    each, hashed = (250 if scale.judged else 3), hash_password(PASSWORD)
    known = [f"known-{number:04d}@example.org" for number in range(each)]
    with writing(deps.engine) as session:
        session.add_all(
            Person(id=uuid4(), email=email, name="Some One", password_hash=hashed, created_at=deps.clock.now())
            for email in known
        )
    browser = Browser(portal.port, {})
    token = browser.token("/sign-in")
    took: dict[bool, list[float]] = {True: [], False: []}
    tries = [(exists, email if exists else email.replace("known", "other")) for email in known for exists in took]
    Random(1).shuffle(tries)
    for exists, email in tries:
        took[exists].append(_seconds(lambda email=email: _try(browser, token, email)))  # type: ignore[misc]
    return (mann_whitney(took[True], took[False]),)


def _try(browser: Browser, token: str, email: str) -> None:
    number = next(_addresses)
    headers = {
        "X-Forwarded-For": f"198.18.{number // 250}.{number % 250 + 1}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    form = urlencode({"csrf_token": token, "email": email, "password": "wrong"})
    answer = browser.request("POST", "/sign-in", form.encode(), headers)
    if answer.status != 422:
        raise AssertionError(f"A wrong password was answered with {answer.status}.")


def _sessions(made: Scene, scale: Scale) -> Figure:
    """Look one session up among few and among many."""
    deps, leader = made.deps, made.leader.person
    if leader is None:
        raise AssertionError("A leader is a person.")
    many = 10_000 if scale.judged else 50
    token = session_for(deps, leader)
    few = _look_up(deps, token, scale)
    now = deps.clock.now()
    with writing(deps.engine) as session:
        session.add_all(
            WebSession(
                token_hash=token_hash(f"made up {number}"), person_id=leader, stage="full", factor="totp",
                created_at=now, last_seen_at=now,
            )
            for number in range(many)
        )  # fmt: skip
    among = _look_up(deps, token, scale)
    return Figure(
        f"finding a session among {many:,} over among few", "", ratios(among, few), at_most=1.25, judged=scale.judged
    )


def _look_up(deps: Deps, token: str, scale: Scale) -> list[float]:
    return [median(_seconds(lambda: who_is(deps, token)) for _ in range(200)) for _ in range(scale.rounds)]


def _seconds(act: Callable[[], object]) -> float:
    began = perf_counter()
    act()
    return perf_counter() - began


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the two-sided p of the Mann-Whitney test, by its normal approximation: small means they differ.

    Times have no ties worth a correction.
    """
    ranked = sorted([(value, True) for value in first] + [(value, False) for value in second])
    ranks = sum(rank for rank, (_value, mine) in enumerate(ranked, 1) if mine)
    n, m = len(first), len(second)
    u = ranks - n * (n + 1) / 2
    return erfc(abs(u - n * m / 2) / sqrt(n * m * (n + m + 1) / 12) / sqrt(2))
