"""Journeys of the declaration, its receipts and what was sent in error."""

import json
import re
from uuid import UUID

from portal.services.conduct import close
from portal.services.declare import declare
from portal.services.explain import explain_gap
from portal.services.hand_over import download_document
from portal.services.recall import recall
from portal.vault.signatures import fingerprint
from schemas.statements import faults_of
from tests.web.clients import Visit, make_app, sign_in, words
from tests.world import CHECKLIST, Someone, World, complete, sample, upload


def visit(world: World, person: Someone | None) -> Visit:
    """Return a browser in which the person is signed in."""
    app = make_app(world.deps)
    return Visit(app, sign_in(app, world.deps, person.id if person else None))


def _home(world: World) -> str:
    return f"/inspections/{world.a.inspection}"


def test_answers_are_checked_before_they_are_declared(world: World) -> None:
    """Every item is listed in its group with what was sent, what was said, or that nothing was; each can be changed."""
    upload(world.deps, world.leader.actor, world.a.inspection, name="Our <purpose>.pdf")
    upload(world.deps, world.leader.actor, world.a.inspection, "panel-minutes", "latest")
    explain_gap(world.deps, world.leader.actor, world.a.inspection, "annual-report", "not_held", "None <was> made.")
    page = visit(world, world.leader).get(f"{_home(world)}/declaration")
    said = words(page)
    assert "Check what you have sent before you declare" in said
    for each in (
        "Our <purpose>.pdf On time, 9 October 2023 at 9:30am",
        "We do not hold it: None <was> made.",
        "Recruitment strategy Not provided Change Recruitment strategy",
        "1 provided, 1 not held, 9 still to send",
        "9 items are not complete and not explained",
    ):
        assert each in said
    for item in CHECKLIST.items:
        assert f'href="{_home(world)}/items/{item.code}"' in page.text
    assert {item.group for item in CHECKLIST.items} <= set(re.findall(r"<h2[^>]*>([^<]+)</h2>", page.text))


def test_many_gaps_have_a_question_each(world: World) -> None:
    """Each has its own, in the group of its item, and the summary leads to each; what was typed is still there."""
    browser = visit(world, world.leader)
    answer = browser.post(f"{_home(world)}/declaration", **{"kind_a1-form": "not_held", "gap_a1-form": "Lost <it>"})
    assert 422 == answer.status_code
    assert re.search(r"<title>\s*Error: ", answer.text)
    for item in CHECKLIST.items:
        assert f'name="kind_{item.code}"' in answer.text
    linked = set(re.findall(r'href="#(kind_[\w-]+)"', answer.text))
    assert {f"kind_{item.code}" for item in CHECKLIST.items} - {"kind_a1-form"} == linked
    assert linked <= set(re.findall(r'id="([^"]+)"', answer.text))
    assert "Lost &lt;it&gt;" in answer.text


def test_too_many_words_point_at_the_words(world: World) -> None:
    """The reason was chosen, so that it is not what has to be mended."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    browser = visit(world, world.leader)
    report = browser.get(f"{_home(world)}/items/annual-report").text.split("/documents/")[1].split("/")[0]
    browser.post(f"{_home(world)}/documents/{report}/withdraw")
    said = {"kind_annual-report": "not_held", "gap_annual-report": "x" * 2_001}
    answer = browser.post(f"{_home(world)}/declaration", **said)
    assert 422 == answer.status_code
    assert 'href="#gap_annual-report"' in answer.text
    assert "x" * 2_001 in answer.text


def test_a_closed_inspection_has_nothing_to_declare(world: World) -> None:
    """The page says whom to ask, instead of asking for what it would refuse."""
    close(world.deps, world.lead_inspector.actor, world.a.inspection)
    answer = visit(world, world.leader).get(f"{_home(world)}/declaration")
    assert 409 == answer.status_code
    assert "Ask the lead inspector" in words(answer)


def test_the_confirmation_stays(world: World) -> None:
    """It says the reference, what happens next, whom to ask, and how to see the receipt; it can be opened again."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    browser = visit(world, world.leader)
    there = browser.post(f"{_home(world)}/declaration").location
    for _ in range(2):
        said = words(browser.get(there))
        for each in (
            "Declaration sent RAA-2023-01 Receipt 1",
            "What happens next",
            "Ines Inspector, lead.inspector@example.org",
            "download the signed receipt (JSON)",
            "11 provided.",
            fingerprint(next(iter(world.deps.signer.public_keys().values()))),
        ):
            assert each in said
    assert there == browser.get(f"{_home(world)}/declaration").location.replace("receipt", "receipts/1", 1)


def test_the_signed_receipt_is_a_file(world: World) -> None:
    """It is offered under a name of reference and number alone, with the key beside it."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    answer = visit(world, world.inspector).get(f"{_home(world)}/receipts/1.json")
    name = "RAA-2023-01-receipt-1.json"
    assert f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}" == answer.headers["Content-Disposition"]
    signed = json.loads(answer.text)
    assert {} == faults_of(signed)
    assert bytes.fromhex(signed["public_key"]) == world.deps.signer.public_keys()[signed["key_id"]]


def test_the_keys_are_for_everyone(world: World) -> None:
    """Before sign-in, with fingerprints to read and raw keys to check with."""
    browser = visit(world, None)
    [(key_id, raw)] = world.deps.signer.public_keys().items()
    said = words(browser.get("/signing-keys"))
    assert key_id in said
    assert fingerprint(raw) in said
    [key] = json.loads(browser.get("/signing-keys.json").text)["keys"]
    assert {"key_id": key_id, "fingerprint": fingerprint(raw), "public_key": raw.hex()} == key


def test_what_was_sent_in_error_is_recalled(world: World) -> None:
    """From the receipt of the document: asked first, then told what remains and who had it; nobody opens it again."""
    browser, document = visit(world, world.leader), _wrong(world)
    download_document(world.deps, world.inspector.actor, world.a.inspection, document)
    received = browser.get(f"{_home(world)}/documents/{document}").text
    there = f"{_home(world)}/documents/{document}/recall"
    assert f'href="{there}"' in received
    asked = browser.get(there)
    assert "Canary.pdf" in words(asked)
    assert "You cannot undo this." in words(asked)
    done = browser.post(there)
    assert (303, f"{there}?recalled=1") == (done.status_code, done.location)
    page = browser.get(done.location)
    for each in (
        "The document is recalled.",
        "Recalled by Lena Leader on 9 October 2023 at 9:30am",
        "Deleted, and seen to be gone",
        "Ivo Inspector , 9 October 2023 at 9:30am",
    ):
        assert each in words(page)
    assert "Canary" not in page.text
    for path in ("", "/download", "/receipt", "/withdraw"):
        assert 410 == browser.get(f"{_home(world)}/documents/{document}{path}").status_code
    assert 409 == browser.post(there).status_code
    assert 404 == visit(world, world.inspector).get(f"/team{_home(world)}/documents/{document}").status_code


def _wrong(world: World) -> UUID:
    return upload(world.deps, world.leader.actor, world.a.inspection, data=sample(), name="Canary.pdf").document


def test_all_that_was_sent_can_be_found_to_recall(world: World) -> None:
    """What counts, what was replaced or withdrawn; what was recalled stands below, and its item is open again."""
    browser, first = visit(world, world.leader), _wrong(world)
    second = upload(world.deps, world.leader.actor, world.a.inspection, replaces=first).document
    third = upload(world.deps, world.leader.actor, world.a.inspection, "annual-report").document
    browser.post(f"{_home(world)}/documents/{third}/withdraw")
    said = words(browser.get(f"{_home(world)}/sent-in-error"))
    for each in ("Replaced Recall Canary.pdf", "In what you have sent Recall", "Withdrawn Recall"):
        assert each in said
    recall(world.deps, world.leader.actor, world.a.inspection, second)
    said = words(browser.get(f"{_home(world)}/sent-in-error"))
    assert "In what you have sent" not in said
    assert "Statement of purpose, version 2 Status Recalled by Lena Leader" in said
    close(world.deps, world.lead_inspector.actor, world.a.inspection)
    said = words(browser.get(f"{_home(world)}/sent-in-error"))
    assert "nothing can be recalled any more" in said
    assert "Recalled by Lena Leader" in said
    assert 409 == browser.get(f"{_home(world)}/documents/{first}/recall").status_code


def test_a_long_list_comes_a_page_at_a_time(world: World) -> None:
    """Fifty documents on the first page, and the rest behind a link; a page that is not there is empty."""
    for number in range(51):
        upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide", data=sample(seed=number))
    browser = visit(world, world.contributor)
    pages = [browser.get(f"{_home(world)}/sent-in-error{query}") for query in ("", "?page=2", "?page=3", "?page=no")]
    assert [50, 1, 0, 50] == [page.text.count('/recall"') for page in pages]
    assert "page=2" in pages[0].text


def test_a_recalled_document_stays_on_the_receipt_that_lists_it(world: World) -> None:
    """Without its name; its item is said to be missing on the newest receipt's page, and the old one leads there."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    browser = visit(world, world.leader)
    report = browser.get(f"{_home(world)}/items/annual-report").text.split("/documents/")[1].split("/")[0]
    browser.post(f"{_home(world)}/documents/{report}/recall")
    first, newest = (browser.get(f"{_home(world)}/{page}") for page in ("receipts/1", "receipt"))
    assert "Sent in error, and recalled since, version 1" in words(first)
    assert ">annual-report-file.pdf" not in first.text
    assert f'href="{_home(world)}/receipts/2"' in first.text
    assert "10 provided, 1 still to send. This receipt was made after a change: document recalled." in words(newest)
    assert f'href="{_home(world)}/receipts/1"' in newest.text
