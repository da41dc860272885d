"""The schemas at the edges: what forms may hold, and that what the portal states has the shape it is said to have."""

from dataclasses import asdict
from typing import Any

import pytest

from portal.db.chain import entries
from portal.db.engine import reading
from portal.domain.actors import WORKER
from portal.domain.times import iso
from portal.services.declare import declare, read_receipt
from portal.services.dispose import dispose
from portal.services.explain import explain_gap
from schemas.answers import ContactList, ExplainGap, MeetingList
from schemas.requests import AcceptInvitation, Declare, Form, Nothing, SignIn, UploadFields
from schemas.statements import AuditEntry, faults_of
from tests.services.ends import wait_until_due
from tests.world import World, complete, upload

FILLED: list[tuple[type[Form], dict[str, str]]] = [
    (SignIn, {"email": "a@example.com", "password": "secret"}),
    (AcceptInvitation, {"code": "K7Q-2XB", "password": "secret", "confirm": "secret"}),
    (ExplainGap, {"kind": "not_held", "words": "None."}),
    (ContactList, {"upload_id": "u", "name-1": "Ann", "email-12": "a@b.example"}),
    (MeetingList, {"action": "add", "day-1": "16", "observe-1": "yes"}),
    (Declare, {"kind_link-staff": "not_held", "gap_link-staff": "None."}),
    (UploadFields, {"upload_id": "12345678", "slot": "file"}),
    (Nothing, {}),
]


@pytest.mark.parametrize(("schema", "filled"), FILLED)
def test_a_form_as_the_page_sends_it_is_read(schema: type[Form], filled: dict[str, str]) -> None:
    """What our own pages send has no errors."""
    assert schema().validate(filled) == {}


@pytest.mark.parametrize(("schema", "filled"), FILLED)
def test_a_field_that_no_page_has_is_refused(schema: type[Form], filled: dict[str, str]) -> None:
    """One field more is an error of that field."""
    assert ["surprise"] == list(schema().validate(filled | {"surprise": "!"}))


@pytest.mark.parametrize(
    ("schema", "given", "errors"),
    [
        (SignIn, {}, {"email": ["Enter your email address"], "password": ["Enter your password"]}),
        (SignIn, {"email": "  ", "password": "x"}, {"email": ["Enter your email address"]}),
        (SignIn, {"email": "x" * 255, "password": "x"}, {"email": ["Must be 254 characters or fewer"]}),
        (
            AcceptInvitation,
            {"code": "K7Q-2XB", "password": "a", "confirm": "b"},
            {"confirm": ["The two passwords are not the same"]},
        ),
        (ExplainGap, {"words": "None."}, {"kind": ["Select why the item is not complete"]}),
    ],
)
def test_what_is_missing_is_said_in_the_page_s_words(
    schema: type[Form], given: dict[str, str], errors: dict[str, list[str]]
) -> None:
    """Each field has a sentence that says what to do."""
    assert errors == schema().validate(given)


def test_words_on_gaps_are_gathered_by_item() -> None:
    """Two fields an item become one entry; what is not filled in is empty."""
    assert {"gaps": {"a": {"kind": "not_held", "words": ""}, "b": {"kind": "", "words": "x"}}} == Declare().load(
        {"kind_a": "not_held", "gap_b": "x"}
    )


def test_statements_have_the_shape_they_are_said_to_have(world: World) -> None:
    """Receipts, the certificate and every entry of the trail of one inspection's life fit their schemas."""
    inspection = world.a.inspection
    received = complete(world.deps, world.leader.actor, inspection)
    upload(world.deps, world.leader.actor, inspection, "childrens-guide", "file")
    explain_gap(world.deps, world.leader.actor, inspection, "annual-report", "to_follow", "Soon.")
    declare(world.deps, world.leader.actor, inspection, {})
    statements: list[dict[str, Any]] = [each.receipt for each in received.values()]
    statements.append(read_receipt(world.deps, world.leader.actor, inspection))
    wait_until_due(world)
    statements.append(dispose(world.deps, WORKER, inspection))
    for statement in statements:
        assert {} == faults_of(statement)
    with reading(world.deps.engine) as session:
        for entry in entries(session):
            assert {} == AuditEntry().validate(asdict(entry) | {"at": iso(entry.at), "details": dict(entry.details)})


@pytest.mark.parametrize("signed", [None, [], {}, {"body": {"kind": "surprise"}}, {"body": "?"}])
def test_what_is_no_statement_has_faults(signed: object) -> None:
    """Anything else is told apart, whatever it is."""
    assert faults_of(signed)
