"""`portal check`: how checking stands, doing it now, and another try for what was given up."""

import resource
from collections.abc import Iterator
from threading import Event

import pytest
from sqlalchemy import select, update

from portal.cli import run
from portal.db.checks import DocumentCheck
from portal.db.engine import reading, writing
from portal.db.tables import Inspection, Person
from portal.domain.actors import person_actor
from portal.domain.errors import KeyUnavailable
from portal.ports import Deps
from tests.cli.conftest import Portal
from tests.world import sample, upload


def test_the_commands_say_how_checking_stands_and_check(portal: Portal) -> None:
    """A received file waits, is checked by a process of its own at once, and tried again once it was given up.

    This copy has no scanner, and says so.
    """
    portal.announced()
    assert {"counts": [], "waiting": [], "given_up": 0, "scanner": "none"} == portal.json("check", "status")
    assert "Given up: 0. Scanner: none." in portal.says("check", "status")
    with portal.deps() as deps:
        with reading(deps.engine) as session:
            leader = session.scalars(select(Person.id).where(Person.email == "lena@agency.example")).one()
            inspection = session.scalars(select(Inspection.id)).one()
        document = upload(deps, person_actor(leader), inspection, data=sample("pdf"), name="Canary.pdf").document
    [waits] = portal.json("check", "status")["waiting"]
    assert (str(document), "waiting", 0, "statement-of-purpose") == (
        waits["document"], waits["state"], waits["attempts"], waits["item"],
    )  # fmt: skip
    assert str(document) in portal.says("check", "status")
    assert "Tried: 1." == portal.says("check", "run")
    found = portal.json("check", "status")
    assert ([], 1) == (found["waiting"], found["counts"][0]["documents"])
    assert "waiting" != found["counts"][0]["state"]
    assert "To be tried again: 0." == portal.says("check", "retry")
    with portal.deps() as deps, writing(deps.engine) as session:
        session.execute(update(DocumentCheck).values(state="unchecked", attempts=5))
    assert 1 == portal.json("check", "status")["given_up"]
    assert "To be tried again: 1." == portal.says("check", "retry")
    assert "Tried: 1." == portal.says("check", "run")
    assert 0 == portal.json("check", "status")["given_up"]


@pytest.mark.parametrize("command", [("check", "run"), ("worker", "--once")])
def test_what_opens_files_leaves_no_core_dump(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """Killed with a plaintext in hand, neither writes it to a disk (rule 1)."""
    set_to: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: set_to.append((which, limits)))
    assert 0 == portal.run(*command).exit_code
    assert [(resource.RLIMIT_CORE, (0, 0))] == set_to


def test_what_was_kept_is_looked_at_again_where_that_failed(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key folder that does not answer when the worker starts puts it off, and not until the next start."""
    stop, seen = Event(), []

    def looking(_deps: Deps) -> Iterator[int]:
        seen.append("look")
        if seen == ["look"]:
            raise KeyUnavailable
        yield 0
        seen.append("looked")

    def checking(_deps: Deps) -> None:
        seen.append("check")
        if 3 == seen.count("check"):
            stop.set()

    monkeypatch.setattr(run, "look_at_kept", looking)
    monkeypatch.setattr(run, "check_due", checking)
    with portal.deps() as deps:
        run._check_on(deps, stop, 0)
    assert ["look", "check", "look", "check", "looked", "check"] == seen
