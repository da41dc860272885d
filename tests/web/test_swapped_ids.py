"""Every id swapped for another agency's, wherever a request holds one, answers as an unknown id does (rule 5)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from portal.db.credentials import ApiToken, Passkey
from portal.db.engine import writing
from portal.domain.roles import Role
from portal.domain.tokens import Purpose
from portal.services.ask_more import ask_more
from portal.services.break_glass import ask_to_read
from portal.services.declare import declare
from portal.services.registers import add_member
from portal.services.thread import write
from tests.web.clients import Visit
from tests.web.routes import CHANGES, GUIDE, PATHS, Change, Place, make_place
from tests.web.swaps import Recorder, Sent, another, random_ids, said, tables_of
from tests.world import World, add_person, complete, give_role, sample, session_for

ROLES = ("leader", "contributor", "lead_inspector", "inspector")
PAGES = frozenset({"leader", "lead_inspector"})
"""Who gets pages; the others are told as problem details, which cost less to make and to compare."""
JSON = {"Accept": "application/json"}
IDS = frozenset({"inspection", "document", "message", "person", "member", "proposal", "place", "passkey", "token"})
"""Parts of addresses that are ids of rows."""
LINKS = frozenset({"account.invitation", "account.accept", "account.accept_by_directory", "feeds.feed"})
"""Whose `token` is the secret of a link, and no id: who has another's link is let in by it and by the code alone."""
SAMPLE = sample()
MORE: dict[str, tuple[Change, ...]] = {
    "provider.item": (lambda place, visit: visit.get(place.path(GUIDE + f"?replace={place.document}")),),
    "team.inspections": (lambda place, visit: visit.get(f"/team/?programme={place.inspection}"),),
    "account.enter": (lambda place, visit: visit.get(f"/sign-in?next=/inspections/{place.inspection}/"),),
    "conduct.accept_late": (
        lambda place, visit: visit.post(
            place.path("{t}/conduct/late"), **{f"document-{place.document}": str(place.document)}
        ),
    ),
    "uploads.send_form": (
        lambda place, visit: visit.send(place.path(GUIDE + "/documents"), SAMPLE, replaces=str(place.document)),
    ),
    "uploads.send_raw": (
        lambda place, visit: visit.put(
            place.path(GUIDE + "/slots/file/uploads/upload-1"), SAMPLE, X_Replaces=str(place.document)
        ),
    ),
    "lists.send": (
        lambda place, visit: visit.post(
            place.path("{i}/items/link-staff/list"), action="send", replaces=str(place.document)
        ),
    ),
    "own.end": (lambda place, visit: visit.post(f"/account/sessions/{ours(place, 'web_session')}/end"),),
    "own.passkey_removal": (lambda place, visit: visit.get(f"/account/passkeys/{ours(place, 'passkey')}/remove"),),
    "own.remove_passkey_now": (lambda place, visit: visit.post(f"/account/passkeys/{ours(place, 'passkey')}/remove"),),
    "tokens.revoke": (
        lambda place, visit: visit.post(place.path("{i}/tokens/") + f"{ours(place, 'api_token')}/revoke"),
    ),
}
"""Endpoint -> more requests: ids in the query, in a header, in a field of a form."""


def ours(place: Place, table: str) -> str:
    """Return the id of a row that is the leader's or her inspection's."""
    found = another(
        place.world.deps, table, {"person_id": place.world.leader.id, "inspection_id": place.world.a.inspection}
    )
    assert found is not None, table
    return found


def add_rows(world: World, person: UUID, inspection: UUID) -> None:
    """Let somebody be signed in, have a passkey, and have made a token for an inspection."""
    session_for(world.deps, person)
    with writing(world.deps.engine) as session:
        now = world.deps.clock.now()
        session.add(
            Passkey(person_id=person, credential_id=person.bytes, public_key=b"", counter=0, label="A", created_at=now)
        )
        session.add(
            ApiToken(
                inspection_id=inspection,
                purpose=Purpose.send,
                token_hash=person.bytes,
                made_by=person,
                made_at=now,
                expires_at=now + timedelta(days=1),
            )
        )


@dataclass(frozen=True)
class Theirs:
    """What agency B has, by the columns that say whose a row is."""

    owners: dict[str, UUID]
    inspection: UUID
    person: UUID

    def instead_of(self, place: Place, ids: tuple[str, ...]) -> dict[str, str]:
        """Return for each id of a row of ours the id of theirs in the same table."""
        tables = tables_of(place.world.deps)
        known = {"inspection": str(self.inspection), "person": str(self.person)}
        found = {}
        for each in ids:
            if each in tables:
                table = tables[each]
                other = known.get(table) or another(place.world.deps, table, self.owners)
                assert other is not None, f"Agency B has nothing in {table}: give it something in this module."
                found[each] = other
        return found


def make_theirs(world: World) -> Theirs:
    """Give agency B as much as agency A has: documents, declaration, question, request, colleagues, a proposal."""
    deps, inspection = world.deps, world.b.inspection
    complete(deps, world.leader_b.actor, inspection)
    declare(deps, world.leader_b.actor, inspection, {})
    write(deps, world.lead_inspector_b.actor, inspection, "Which one?", asks=True)
    ask_more(deps, world.lead_inspector_b.actor, inspection, "A rota", "", deps.clock.now() + timedelta(days=2))
    member = add_member(deps, world.administrator.actor, "agency-b", "Southdale", date(2018, 4, 1))
    ask_to_read(deps, world.dpo.actor, inspection, "A complaint.")
    colleague = add_person(deps, f"{uuid4().hex}@example.org")
    give_role(deps, colleague.id, Role.contributor, inspection)
    add_rows(world, world.leader.id, world.a.inspection)
    add_rows(world, world.leader_b.id, inspection)
    return Theirs({"inspection_id": inspection, "person_id": world.leader_b.id, "id": member}, inspection, colleague.id)


def recorded(place: Place) -> Iterator[tuple[str, Sent]]:
    """Yield every request that the tables of routes know, without sending it, and HEAD where there is GET."""
    for endpoint in PATHS.keys() | CHANGES.keys():
        recorder = Recorder(place.app)
        if endpoint in PATHS:
            recorder.get(place.path(PATHS[endpoint]))
            recorder.open(place.path(PATHS[endpoint]), method="HEAD")
        else:
            CHANGES[endpoint](place, recorder.visit())
        for change in MORE.get(endpoint, ()):
            change(place, recorder.visit())
        yield from ((endpoint, sent) for sent in recorder.sent)


def swaps(theirs: dict[str, str]) -> list[dict[str, str]]:
    """Return which ids to swap at once: each alone, and all of them."""
    single = [{old: new} for old, new in theirs.items()]
    return single + ([theirs] if len(single) > 1 else [])


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared."""
    return make_place(world)


def roles_for(place: Place, endpoint: str, sent: Sent) -> tuple[str, ...]:
    """Return who tries: one is enough where a page is the stewards' alone, and where HEAD repeats GET."""
    rule = getattr(place.app.view_functions[endpoint], "access_rule", None)
    return ROLES[:1] if sent.method == "HEAD" or (rule and rule.steward) else ROLES


def test_every_id_swapped(place: Place) -> None:
    """Status, headers and body are those of an unknown id: address, query, header and form, alone and together."""
    theirs = make_theirs(place.world)
    visits: dict[str, Visit] = {role: place.visit(role) for role in ROLES}
    tried: set[str] = set()
    differ = []
    for endpoint, sent in recorded(place):
        for ids in swaps(theirs.instead_of(place, sent.ids())):
            unknown = random_ids(ids)
            tried.add(endpoint)
            for role in roles_for(place, endpoint, sent):
                asked = sent if role in PAGES else replace(sent, headers={**sent.headers, **JSON})
                known = said(asked.swapped(ids).by(visits[role]), ids)
                if known != said(asked.swapped(unknown).by(visits[role]), unknown):
                    differ.append((role, sent.method, endpoint, known[0]))
    assert [] == differ
    named = {rule.endpoint for rule in place.app.url_map.iter_rules() if rule.arguments & IDS}
    assert set() == named - tried - LINKS


def test_an_upload_may_have_the_number_of_another_agencys(place: Place) -> None:
    """The number of an upload is its sender's own: another agency's is as good as one that nobody used."""
    leader, other = place.visit("leader"), place.visit("leader_b")
    raw = GUIDE + "/slots/file/uploads/"
    path = f"/inspections/{place.world.b.inspection}/items/childrens-guide/slots/file/uploads/theirs-1"
    assert 201 == other.put(path, SAMPLE).status_code
    answer = leader.put(place.path(raw) + "theirs-1", SAMPLE, X_Replaces=_current(place))
    assert 201 == answer.status_code


def _current(place: Place) -> str:
    page = place.visit("leader").get(place.path(GUIDE)).text
    return page.split("?replace=")[1].split("#")[0].split('"')[0]
