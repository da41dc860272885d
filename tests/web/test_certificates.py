"""Certificates on pages and as files: provisional and final, older ones too, and what anybody checks them with."""

import json
from datetime import timedelta
from typing import Any

import jsonschema_rs
from flask import Flask

from portal.db.endings import Certificate
from portal.db.engine import writing
from portal.domain.actors import WORKER
from portal.formats.canonical import canonical_json
from portal.services.dispose import dispose
from portal.services.finalise import finalise_due
from portal.vault.certificate_proofs import prove_certificate
from portal.vault.records import sign_body
from tests.services.certificates import SCRIPT, check_outside
from tests.services.ends import DUE_AT, wait_until_due
from tests.web.clients import Visit, words
from tests.web.steward_browser import Steward
from tests.world import World


def test_both_certificates_of_a_disposal_can_be_read_and_taken_away(
    officer: Steward, pages: Flask, world: World
) -> None:
    """Each by its number, the newest without; what they are checked with is given to whoever asks."""
    wait_until_due(world)
    dispose(world.deps, WORKER, world.a.inspection)
    newest = f"/stewards/certificates/{world.a.inspection}"
    page = words(officer.get(newest))
    assert (
        "provisional: backups of the key may still be there. The final certificate is expected on Saturday 26 April"
        in page
    )
    for said in (
        "1. Inaccessible 27 March 2025",
        "2. Objects deleted 27",
        "3. Keys irrecoverable Not yet: provisional",
    ):
        assert said in page
    world.fakes.clock.set(DUE_AT + timedelta(days=30))
    assert 1 == len(list(finalise_due(world.deps, WORKER)))
    page = words(officer.get(newest))
    assert "This certificate is final" in page
    assert "3. Keys irrecoverable 26 April 2025 at 1am" in page
    assert "A later certificate has taken its place." in words(officer.get(f"{newest}/1"))
    listed = officer.get("/stewards/certificates/")
    assert [True] * 4 == [each in listed.text for each in ("Provisional", "Final", f"{newest}/1", f"{newest}/2")]
    files = [officer.get(f"{newest}{end}") for end in ("/1.json", "/2.json", ".json")]
    stranger = Visit(pages, pages.test_client())
    schema = json.loads(stranger.get("/schemas/disposal-certificate-2.json").data)
    assert "https://evidence.example/schemas/disposal-certificate-2.json" == schema["$id"]
    for each in files:
        signed = json.loads(each.data)
        assert (canonical_json(signed), True) == (each.data, jsonschema_rs.is_valid(schema, signed))
        assert check_outside(each.data, world.fakes.signer.public_keys())
    assert (files[1].data, 404) == (files[2].data, officer.get(f"{newest}/3").status_code)
    with stranger.get("/static/verify_certificate.py") as script:
        assert (200, SCRIPT.read_bytes()) == (script.status_code, script.data)


def test_a_certificate_of_the_first_format_is_shown_and_checked_as_before(officer: Steward, world: World) -> None:
    """One that an earlier release made: its own words, no third time, and the same signature."""
    wait_until_due(world)
    made = dispose(world.deps, WORKER, world.a.inspection)["body"]
    signed = sign_body(world.deps.signer, _first_format(made))
    with writing(world.deps.engine) as session:
        row = session.query(Certificate).one()
        row.body = canonical_json(signed).decode()
    path = f"/stewards/certificates/{world.a.inspection}"
    page = words(officer.get(path))
    for said in ("before there were final ones", "No longer readable since", "Copies that were downloaded from"):
        assert said in page
    taken = json.loads(officer.get(f"{path}.json").data)
    assert prove_certificate(taken, world.fakes.signer.public_keys()).good
    world.fakes.clock.set(DUE_AT + timedelta(days=30))
    [final] = finalise_due(world.deps, WORKER)
    assert ("final", made["published_on"]) == (final["body"]["status"], final["body"]["published_on"])


def _first_format(made: dict[str, Any]) -> dict[str, Any]:
    """Return the body of format 1 that states the same disposal."""
    same = ("kind", "certificate", "inspection", "reference", "programme", "rule", "published_on", "due_at", "began_at",
            "inaccessible_at", "key", "objects_deleted_at", "objects_deleted", "columns_blanked_at", "documents",
            "certified_at", "began_by", "certified_by")  # fmt: skip
    older = {"format": 1, "not_certified": "copies that were downloaded from the portal"}
    older["remains_elsewhere"] = made["remains_elsewhere"][:1]
    return {name: made[name] for name in same} | older
