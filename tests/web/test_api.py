"""`/api/v1` over the app: what each kind of token opens, what is answered, and that nothing else opens it."""

import json
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4
from zipfile import ZipFile

import pytest
from werkzeug.test import TestResponse

from portal.domain.policy import MIB
from portal.services.ask_more import ask_more
from portal.services.cancel import cancel
from portal.services.check import check_document
from portal.services.desk import task_list
from portal.services.tokens import make_token
from portal.web.bearer import JSON_BYTES
from portal.web.openapi import OPERATIONS
from schemas.api import Items, Status, WholeItem
from schemas.checking import Answer, Found
from schemas.statements import AuditEntry, faults_of
from tests.web.clients import words
from tests.web.routes import CHANGES, PATHS, Place, make_place
from tests.web.scripts import API, ScriptClient, clients, token_for
from tests.world import World, sample, upload

GUIDE = "/items/childrens-guide"
# In the order of CALLERS.
OPENS = {
    "openapi": (200, 200, 200, 200),
    "status": (200, 200, 403, 401),
    "items": (200, 200, 403, 401),
    "item": (200, 200, 403, 401),
    "send": (201, 403, 403, 401),
    "answer": (201, 403, 403, 401),
    "receipt": (200, 200, 403, 401),
    "receipt_numbered": (200, 200, 403, 401),
    "bundle": (403, 200, 403, 401),
    "audit": (403, 403, 200, 401),
}
CALLERS = ("send", "read", "audit", "")
DOCS = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared."""
    return make_place(world)


@pytest.fixture
def callers(place: Place) -> dict[str, ScriptClient]:
    """A script for every purpose, and one without a token."""
    return clients(place.world, place.app)


def call(client: ScriptClient, name: str) -> TestResponse:
    """Make a request that is right for the route."""
    if name == "send":
        return client.put(f"{GUIDE}/slots/file/uploads/{uuid4().hex}", sample())
    if name == "answer":
        return client.answer("childrens-guide", kind="not_held", words="None.")
    return client.ask(PATHS[f"api.{name}"].removeprefix(API))


def told(answer: TestResponse) -> tuple[int, str, bytes, str | None]:
    """Return all of an answer that may differ."""
    return answer.status_code, answer.headers["Content-Type"], answer.data, answer.headers.get("WWW-Authenticate")


def test_each_purpose_opens_its_own_routes(place: Place, callers: dict[str, ScriptClient]) -> None:
    """What a token is not for is refused, and without one nothing opens but the description."""
    names = {each.removeprefix("api.") for each in {**PATHS, **CHANGES} if each.startswith("api.")}
    assert names == OPENS.keys() == OPERATIONS.keys()
    tried = {}
    for name in OPENS:
        answers = [call(callers[caller], name) for caller in CALLERS]
        tried[name] = tuple(each.status_code for each in answers)
        for each in answers:
            assert each.status_code < 400 or "application/problem+json" == each.mimetype
            assert ("Bearer" if each.status_code == 401 else None) == each.headers.get("WWW-Authenticate")
            each.close()
    assert OPENS == tried


def test_no_cookie_is_read_or_set(place: Place, callers: dict[str, ScriptClient]) -> None:
    """A session opens nothing below /api, a token nothing elsewhere, and neither leaves a trace in the other."""
    visit = place.visit("leader")
    assert 401 == visit.get(f"{API}/status").status_code
    alone, both = (
        callers["send"].ask("/status"),
        visit.get(f"{API}/status", headers={"Authorization": f"Bearer {callers['send'].token}"}),
    )
    assert told(alone) == told(both)
    for answer in (alone, both, callers[""].ask("/status"), callers[""].ask("/nowhere")):
        assert [] == answer.headers.getlist("Set-Cookie")
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert [] == [name for name, _value in answer.headers if name.startswith("Access-Control")]
        assert "no-store" == answer.headers["Cache-Control"]
    page = place.app.test_client().get(place.path("{i}/"), headers={"Authorization": f"Bearer {callers['send'].token}"})
    assert (303, True) == (page.status_code, page.headers["Location"].startswith("/sign-in"))


def test_a_cancelled_inspection_says_so(place: Place, callers: dict[str, ScriptClient]) -> None:
    """A script is told that it does not take place, and not only that it takes nothing any more."""
    cancel(place.world.deps, place.world.lead_inspector.actor, place.world.a.inspection)
    status = callers["read"].ask("/status").get_json()
    assert ({}, "cancelled", {False}) == (
        Status().validate(status), status["state"], {each["open"] for each in status["items"]},
    )  # fmt: skip


def test_wrong_tokens_answer_alike(place: Place, callers: dict[str, ScriptClient]) -> None:
    """Malformed, unknown, ended, revoked and another scheme: the same status, words and headers."""
    world = place.world
    ended, revoked = token_for(world, "send", "1"), token_for(world, "send")
    leader = place.visit("leader")
    assert 303 == leader.post(place.path("{i}/tokens/") + f"{revoked.id}/revoke").status_code
    world.fakes.clock.advance(timedelta(days=1))
    shown = [f"Bearer {each}" for each in ("", "x", "evp_" + "A" * 43, ended.token, revoked.token, "\u00e9")]
    shown += [f"Basic {callers['send'].token}", callers["send"].token, "Bearer"]
    answers = [place.app.test_client().get(f"{API}/status", headers={"Authorization": each}) for each in shown] + [
        callers[""].ask("/status")
    ]
    assert 1 == len({told(each) for each in answers})
    assert (401, "Bearer") == (answers[0].status_code, answers[0].headers["WWW-Authenticate"])
    assert 200 == callers["send"].ask("/status").status_code


def test_too_many_wrong_tokens_have_to_wait(place: Place, callers: dict[str, ScriptClient]) -> None:
    """From the fifty-first on the answer is 429, and a token that works is let in from the same address."""
    wrong = ScriptClient(place.app, "evp_" + "A" * 43)
    assert [401] * 50 == [wrong.ask("/status").status_code for _ in range(50)]
    late = wrong.ask("/status")
    assert (429, "60", "application/problem+json") == (late.status_code, late.headers["Retry-After"], late.mimetype)
    assert 200 == callers["send"].ask("/status").status_code


def test_status_and_items_say_what_the_pages_say(place: Place, callers: dict[str, ScriptClient]) -> None:
    """They have the shapes that are described, and hold no name of a file or person."""
    world = place.world
    status, items = (callers["send"].ask(path).get_json() for path in ("/status", "/items"))
    assert ({}, {}) == (Status().validate(status), Items().validate(items))
    assert status["items"] == items["items"]
    view = task_list(world.deps, world.leader.actor, world.a.inspection)
    assert (view["reference"], view["summary"], "announced") == (
        status["reference"],
        status["summary"],
        status["state"],
    )
    assert ("2023-10-10T15:00:00.000Z", False) == (status["deadline_at"], status["passed"])
    counts = {"items": 11, "settled": 11, "unsettled": 0, "documents": 15, "late": 0}
    assert counts | {"problems": 0, "waiting": 15, "withheld": 0} == status["counts"]
    wholes = [callers["read"].ask(f"/items/{each['code']}").get_json() for each in items["items"]]
    assert [{}] * 11 == [WholeItem().validate(each) for each in wholes]
    assert items["items"] == [{name: each[name] for name in items["items"][0]} for each in wholes]
    assert 15 == sum(len(each["documents"]) for each in wholes)
    said = json.dumps([status, wholes])
    assert [] == [each for each in (*world.everyone,) if each.name in said or each.email in said]
    assert "annual-report-file" not in said


def test_status_and_items_say_how_documents_were_found(place: Place, callers: dict[str, ScriptClient]) -> None:
    """By codes; a PUT does not wait for the check, and what is withheld is said to be, and in no bundle."""
    world, send, read = place.world, callers["send"], callers["read"]
    [old] = send.ask("/items/annual-report").get_json()["documents"]
    assert {"state": "waiting", "scan": "unscanned", "codes": [], "withheld": False, "released": False} == old["check"]
    there = f"/items/annual-report/slots/file/uploads/{uuid4().hex}"
    assert 201 == send.put(there, sample(seed=8), **{"X-Replaces": old["id"]}).status_code
    [new] = send.ask("/items/annual-report").get_json()["documents"]
    assert "waiting" == new["check"]["state"]
    world.fakes.checker.answer = Answer("pdf", (Found("polyglot"), Found("macros")))
    check_document(world.deps, UUID(new["id"]))
    item = read.ask("/items/annual-report").get_json()
    assert ({}, 1) == (WholeItem().validate(item), item["problems"])
    said = {"state": "quarantined", "scan": "clean", "codes": ["macros", "polyglot"]}
    assert said | {"withheld": True, "released": False} == item["documents"][0]["check"]
    counts = read.ask("/status").get_json()["counts"]
    assert (1, 14, 1) == (counts["problems"], counts["waiting"], counts["withheld"])
    assert b"annual-report-file" in read.ask("/bundle").data  # listed in the index
    assert 14 == sum("/data/" in each for each in ZipFile(BytesIO(read.ask("/bundle").data)).namelist())


def test_a_file_is_sent_again_and_replaced(place: Place, callers: dict[str, ScriptClient]) -> None:
    """The same id and bytes get the same receipt; a place that is full is, until the document is named to replace."""
    send, data = callers["send"], sample(seed=7)
    there, again = (f"/items/annual-report/slots/file/uploads/{uuid4().hex}" for _ in range(2))
    full = send.put(there, data)
    assert (409, "application/problem+json") == (full.status_code, full.mimetype)
    [old] = send.ask("/items/annual-report").get_json()["documents"]
    first = send.put(there, data, **{"X-Replaces": old["id"]})
    second = send.put(there, data, **{"X-Replaces": old["id"]})
    assert (201, 200, first.data) == (first.status_code, second.status_code, second.data)
    assert {} == faults_of(first.get_json())
    body = first.get_json()["body"]
    assert (sha256(data).hexdigest(), 2, old["id"]) == (body["sha256"], body["version"], body["replaces"])
    [new] = send.ask("/items/annual-report").get_json()["documents"]
    assert (body["document"], body["sha256"]) == (new["id"], new["sha256"])
    assert 409 == send.put(there, sample(seed=8)).status_code
    assert 409 == send.put(again, data, **{"X-Replaces": old["id"]}).status_code
    assert {} == faults_of(send.ask("/receipt").get_json())
    assert ["document declared", "document replaced"][1] == send.ask("/receipt").get_json()["body"]["cause"]
    assert send.ask("/receipts/1").get_json() == callers["read"].ask("/receipts/1").get_json()


def test_an_answer_is_given(place: Place, callers: dict[str, ScriptClient]) -> None:
    """The item as it stands comes back; what is wrong is said by its field."""
    given = callers["send"].answer("childrens-guide", kind="equivalent", words="It is in the annual report.")
    assert (201, "equivalent") == (given.status_code, given.get_json()["answer"])
    assert "annual report" not in given.text
    wrong: tuple[tuple[int, dict[str, object]], ...] = (
        (422, {}),
        (422, {"kind": "made-up", "words": "x"}),
        (422, {"kind": "none", "words": "x"}),
        (422, {"kind": "not_held", "words": ""}),
        (422, {"kind": "not_held", "words": "x" * 2_001}),
        (422, {"kind": "not_held", "words": 7}),
        (422, {"kind": ["not_held"], "words": "x"}),
        (422, {"kind": "not_held", "words": "a\0b"}),
        (422, {"kind": "not_held", "words": "\ud800"}),
        (422, {"kind": "not_held", "words": "x", "more": 1}),
    )
    for status, said in wrong:
        answer = callers["send"].answer("childrens-guide", **said)
        assert (status, status) == (answer.status_code, answer.get_json()["status"]), said
    assert "“kind” must be" in callers["send"].answer("childrens-guide").get_json()["detail"]


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (400, "application/json", b"{"),
        (400, "application/json", b"[]"),
        (400, "application/json", b"\xff"),
        (400, "application/json", b"[" * 100_000),
        (413, "application/json", b" " * (JSON_BYTES + 1)),
        (415, "application/x-www-form-urlencoded", b"kind=none"),
        (415, "", b"{}"),
    ],
)
def test_a_body_that_is_none(
    place: Place, callers: dict[str, ScriptClient], status: int, kind: str, body: bytes
) -> None:
    """Whatever comes in place of a JSON object is refused as what it is."""
    answer = callers["send"].ask(f"{GUIDE}/answers", "POST", data=body, content_type=kind)
    assert (status, "application/problem+json") == (answer.status_code, answer.mimetype)


def test_problems_are_always_problem_details(place: Place, callers: dict[str, ScriptClient]) -> None:
    """Unknown addresses, wrong methods, lengths and bodies: JSON, whatever the sender likes better."""
    send, html = callers["send"], {"Accept": "text/html"}
    put = f"{GUIDE}/slots/file/uploads/{uuid4().hex}"
    answers = {
        404: [send.ask(path, headers=html) for path in ("", "/", "/nowhere", "/items/", "//status", "/a%00b")],
        405: [send.ask("/status", method, headers=html) for method in ("POST", "DELETE", "OPTIONS", "PATCH")],
        400: [send.ask("/status", data=b"x", headers=html)],
        411: [send.ask(put, "PUT", headers=html | {"Transfer-Encoding": "chunked"})],
        413: [send.put(put, sample(size=3 * MIB))],
        422: [send.ask(put, "PUT", data=b"x"), callers["audit"].ask("/audit?after=-1"), send.put(put, b"MZ")],
    }
    for status, given in answers.items():
        assert [(status, "application/problem+json")] * len(given) == [
            (each.status_code, each.mimetype) for each in given
        ]
        assert [status] * len(given) == [each.get_json()["status"] for each in given]
    assert "GET, HEAD" == answers[405][0].headers["Allow"]


def test_the_bundle_is_the_pages(place: Place, callers: dict[str, ScriptClient]) -> None:
    """The same bytes, name and ETag, and in the trail under the token's own label."""
    with callers["read"].ask("/bundle") as got, place.visit("lead_inspector").get(place.path("{t}/bundle")) as page:
        same = ("ETag", "Content-Length", "Content-Disposition", "Content-Type")
        assert [page.headers[name] for name in same] == [got.headers[name] for name in same]
        assert page.data == got.data


def test_the_trail_comes_in_lines(place: Place, callers: dict[str, ScriptClient]) -> None:
    """Each line is an entry as it is hashed; Link leads on until the last page."""
    audit = callers["audit"]
    whole = audit.ask("/audit")
    assert ("application/jsonl", None) == (whole.mimetype, whole.headers.get("Link"))
    entries = [json.loads(line) for line in whole.text.splitlines()]
    assert [{}] * len(entries) == [AuditEntry().validate(each) for each in entries]
    assert {str(place.inspection)} == {each["inspection"] for each in entries}
    paged, there = [], "/audit?limit=20"
    while there:
        page = audit.ask(there)
        paged += [json.loads(line) for line in page.text.splitlines()]
        there = page.headers.get("Link", "").partition(">")[0].removeprefix(f"<{API}")
    assert entries == paged
    for wrong in ("limit=0", "limit=1001", "limit=x", "after=-1", f"after={2**53}", "after=", "after=\u0661"):
        assert 422 == audit.ask(f"/audit?{wrong}").status_code


def test_another_agencys_ids_answer_as_unknown_ones(place: Place, callers: dict[str, ScriptClient]) -> None:
    """B's extra items, documents to replace, receipts and uploads' ids tell a script of A nothing."""
    world, send = place.world, callers["send"]
    due = world.deps.clock.now() + timedelta(days=2)
    extra = ask_more(world.deps, world.lead_inspector_b.actor, world.b.inspection, "A rota", "", due)
    theirs = upload(world.deps, world.leader_b.actor, world.b.inspection, "annual-report", upload_id="their-upload-1")
    unknown = extra[:-2] + "49"
    for code in ("{}", "{}/slots/file/uploads/upload-0001", "{}/answers"):
        both = []
        for each in (extra, unknown):
            path = f"/items/{code.format(each)}"
            if "uploads" in path:
                both.append(send.put(path, sample()))
            elif "answers" in path:
                both.append(send.ask(path, "POST", json={"kind": "not_held", "words": "x"}))
            else:
                both.append(send.ask(path))
        assert (404, told(both[1])) == (both[0].status_code, told(both[0]))
    place_of = "/items/annual-report/slots/file/uploads/{}"
    both = [
        send.put(place_of.format("upload-0002"), sample(), **{"X-Replaces": str(each)})
        for each in (theirs.document, uuid4())
    ]
    assert (409, told(both[1])) == (both[0].status_code, told(both[0]))
    both = [send.put(place_of.format(each), sample()) for each in ("their-upload-1", "no-ones-upload")]
    assert (409, told(both[1])) == (both[0].status_code, told(both[0]))
    both = [send.ask(f"/receipts/{number}") for number in (999, 998)]
    assert (404, told(both[1])) == (both[0].status_code, told(both[0]))
    foreign = make_token(world.deps, world.leader_b.actor, world.b.inspection, "send", "7")
    assert 409 == ScriptClient(place.app, foreign.token).ask("/receipt").status_code
    leader = place.visit("leader")
    ids = (foreign.id, uuid4())
    pages = [leader.post(place.path("{i}/tokens/") + f"{each}/revoke") for each in ids]
    assert [404, 404] == [each.status_code for each in pages]
    assert words(pages[0]) == words(pages[1])
