"""The text of a mail: every word of it comes through the catalogue, or is data."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from portal.db.engine import writing
from portal.db.tables import Inspection, Invitation, OutboxMail, Person
from portal.domain.certificates import RULE
from portal.domain.times import iso, say_deadline
from portal.ports import Deps, Mail
from portal.vault.invitations import invitation_token, invite
from portal.vault.mailtexts import write_mail
from portal.vault.plans import make_plan
from schemas.mails import load_mails
from tests.pseudo import outside, pseudo
from tests.services.ends import DUE_AT, wait_until_due
from tests.services.looks import rows
from tests.world import DUE, World

FACTS = {"item": "panel-minutes", "deadline": iso(DUE), "moment": iso(DUE - timedelta(hours=2))}


def _write(session: Session, world: World, template: str, **facts: str) -> Mail:
    """Write a mail to the contributor of inspection A, in the words of the catalogue that brackets."""
    deps: Deps = replace(world.deps, catalogue=pseudo())
    person, said = world.contributor.id, json.dumps(FACTS | facts)
    row = OutboxMail(
        id=uuid4(), person_id=person, inspection_id=world.a.inspection, template=template, facts=said
    )  # fmt: skip
    mail = write_mail(session, deps, row)
    assert mail is not None
    return mail


@pytest.mark.parametrize("template", sorted(set(load_mails()) - {"disposals-due"}))
def test_every_word_of_a_mail_comes_through_the_catalogue(world: World, template: str) -> None:
    """Subject, body, closing and the way in: whole, so that nothing is left outside of brackets."""
    with writing(world.deps.engine) as session:
        mail = _write(session, world, template)
    text = load_mails()[template]
    assert [] == outside(f"<p>{mail.subject}</p><p>{mail.body}</p>", ())
    assert ("⟦", "⟧") == (mail.subject[0], mail.subject[-1])
    assert "⟦The service is at https://evidence.example. It never asks for your password by mail" in mail.body
    assert ("{way_in}" in text.body) == ("⟦Sign in at https://evidence.example/sign-in⟧" in mail.body)


def test_what_is_due_is_told_by_the_catalogue(world: World) -> None:
    """A line for each inspection that has a plan, with its day; without any there is nothing to tell."""
    wait_until_due(world)
    with writing(world.deps.engine) as session:
        inspection = session.get_one(Inspection, world.a.inspection)
        make_plan(session, world.dpo.actor, inspection, RULE, DUE_AT, DUE_AT)
        mail = _write(session, world, "disposals-due", **{"inspection-1": str(inspection.id)})
    assert [] == outside(f"<p>{mail.subject}</p><p>{mail.body}</p>", ())
    assert "⟦RAA-2023-01: after ⟦⟦11:59pm⟧ on ⟦⟦Wednesday⟧ 26 ⟦March⟧ 2025⟧⟧⟧" in mail.body


def test_the_ways_in_are_said_by_the_catalogue(world: World) -> None:
    """Whoever has no password yet is led to the invitation, or told whom to ask for one."""
    with writing(world.deps.engine) as session:
        person = session.get_one(Person, world.contributor.id)
        person.password_hash = None
        session.flush()
        assert "⟦If you have no password yet, ask the inspection team" in _write(session, world, "receipt").body
        invite(session, world.deps, person, world.a.inspection, "invitation")
    [invitation] = rows(world.deps, Invitation)
    link = f"https://evidence.example/invitations/{invitation_token(world.deps.secret, invitation.id)}"
    until = pseudo().of(say_deadline(invitation.expires_at))
    with writing(world.deps.engine) as session:
        for facts in ({}, {"invitation": str(invitation.id)}):
            body = _write(session, world, "invitation", **facts).body
            assert f"⟦To accept the invitation and set your password, open\n{link}⟧" in body
            assert f"⟦The link works once, until {until}.⟧" in body


def test_an_item_is_named_by_the_catalogue(world: World) -> None:
    """In a sentence of the mail, and in its own words."""
    with writing(world.deps.engine) as session:
        body = _write(session, world, "question").body
        assert "⟦ about ⟦“" in body
        assert "⟦ for ⟦“" in _write(session, world, "late").body
        assert f"⟦ by {pseudo().of(say_deadline(DUE))}⟧" in _write(session, world, "asked-more").subject
