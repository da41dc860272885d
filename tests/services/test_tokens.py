"""Tokens of scripts: made, worth what their maker may now, refused alike whatever is wrong, and told in the trail."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from portal.db.credentials import ApiToken, Throttle
from portal.db.engine import reading, writing
from portal.db.queries import admit, inspections_of, require_steward, roles_in
from portal.db.tables import Assignment, AuditEntry, Document, Person, WebSession
from portal.domain.actors import person_actor
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.domain.roles import MATRIX, Permission, Role
from portal.domain.tokens import MOST_LIVE, PERMISSIONS, Purpose, has_shape, may_make
from portal.services.accounts import disable, enable
from portal.services.directory_checks import still_in
from portal.services.leaders import replace_leader
from portal.services.script_access import Script, refuse_token, whose_token
from portal.services.tokens import Made, make_token, revoke_token, tokens_page
from portal.vault.tokens import revoke_tokens_of
from tests.services.looks import rows
from tests.world import Someone, World, give_role, session_for, upload

NETWORK = "192.0.2.7"


def make(world: World, person: Someone, purpose: str, days: str = "7") -> Made:
    """Make a token for inspection A."""
    return make_token(world.deps, person.actor, world.a.inspection, purpose, days)


def script(world: World, person: Someone, purpose: str) -> Script:
    """Make a token for inspection A, and use it."""
    found = whose_token(world.deps, make(world, person, purpose).token)
    assert found is not None
    return found


def told(world: World, action: str) -> list[tuple[str, str, str]]:
    """Return actor, inspection and subject of each entry of this kind."""
    found = rows(world.deps, AuditEntry, AuditEntry.action == action)
    return [(each.actor, each.inspection, each.subject) for each in found]


def works(world: World, made: Made) -> bool:
    """Say whether a token opens anything."""
    return whose_token(world.deps, made.token) is not None


def test_a_token_is_kept_as_a_hash_alone_and_told_in_the_trail(world: World) -> None:
    """It has 256 random bits behind its prefix, and is nowhere but in the answer; the trail says by whom, not what."""
    made = make(world, world.leader, "send")
    assert has_shape(made.token)
    assert made.token != make(world, world.leader, "send").token
    assert world.deps.clock.now() + timedelta(days=7) == made.expires_at
    secret = made.token.removeprefix("evp_")
    kept = repr([vars(each) for table in (ApiToken, AuditEntry) for each in rows(world.deps, table)])
    assert secret not in kept
    assert secret not in repr(made)
    assert (world.leader.actor.label, str(world.a.inspection), str(made.id)) in told(world, "token.made")
    page = tokens_page(world.deps, world.leader.actor, world.a.inspection)
    assert 2 == len(page["tokens"])
    assert secret not in repr(page)


def test_who_makes_which(world: World) -> None:
    """A leader for sending, heads of the team for reading, the data protection officer for the trail; nobody else."""
    makers = [
        (world.leader, "send"),
        (world.lead_inspector, "read"),
        (world.qa_officer, "read"),
        (world.dpo, "audit"),
    ]
    for person, purpose in makers:
        for wanted in (*Purpose, "everything", ""):
            if wanted == purpose:
                assert wanted == script(world, person, wanted).purpose
            else:
                with pytest.raises(Refused):
                    make(world, person, wanted)
    for person in (world.contributor, world.inspector, world.administrator):
        with pytest.raises(NotAllowed):
            make(world, person, "send")
    for person in (world.leader_b, world.lead_inspector_b):
        with pytest.raises(NotFound):
            make(world, person, "send")
        with pytest.raises(NotFound):
            tokens_page(world.deps, person.actor, world.a.inspection)


def test_no_purpose_goes_beyond_a_tokens_role_or_its_makers() -> None:
    """Whatever a purpose needs is in the matrix of tokens, and in that of every role that may make one."""
    for purpose, needed in PERMISSIONS.items():
        assert needed <= MATRIX[Role.api_token]
        makers = [role for role in Role if may_make([role], purpose)]
        assert makers
        assert all(needed | {Permission.manage_tokens} <= MATRIX[role] for role in makers)


@pytest.mark.parametrize("days", ["0", "8", "-1", "1.5", "", "x", "\u0661", "9" * 30])
def test_how_long_is_a_whole_number_of_days(world: World, days: str) -> None:
    """No more than the service allows, and at least one."""
    with pytest.raises(Refused) as refused:
        make(world, world.leader, "send", days)
    assert "days" == refused.value.field


def test_who_came_by_the_directory_makes_it_for_a_day(world: World) -> None:
    """It cannot be asked about them once they have signed out, and lets a token do no more than it vouches for."""
    came = person_actor(world.lead_inspector.id, frozenset({Role.lead_inspector}))
    assert 1 == tokens_page(world.deps, came, world.a.inspection)["most_days"]
    with pytest.raises(Refused):
        make_token(world.deps, came, world.a.inspection, "read", "2")
    assert works(world, make_token(world.deps, came, world.a.inspection, "read", "1"))
    less = person_actor(world.lead_inspector.id, frozenset({Role.inspector}))
    with pytest.raises(NotFound):
        make_token(world.deps, less, world.a.inspection, "read", "1")


def test_whom_the_directory_turns_away_leaves_no_token(world: World) -> None:
    """With the session goes every token that its owner made, and nobody else's."""
    came = person_actor(world.lead_inspector.id, frozenset({Role.lead_inspector}))
    mine = make_token(world.deps, came, world.a.inspection, "read", "1")
    others = make(world, world.qa_officer, "read")
    session_for(world.deps, world.lead_inspector.id, factor="directory")
    [row] = rows(world.deps, WebSession)
    assert not still_in(world.deps, row.id)
    assert [False, True] == [works(world, each) for each in (mine, others)]


def test_what_ends_a_token(world: World) -> None:
    """Time, revoking, a disabled account, and the role that could make it: also when it is given back."""
    one, other, third = (make(world, world.leader, "send", days) for days in ("1", "7", "7"))
    assert all(works(world, each) for each in (one, other, third))
    revoke_token(world.deps, world.leader.actor, world.a.inspection, third.id)
    revoke_token(world.deps, world.leader.actor, world.a.inspection, third.id)
    assert not works(world, third)
    assert 1 == len(told(world, "token.revoked"))
    with writing(world.deps.engine) as session:
        session.execute(update(Person).where(Person.id == world.leader.id).values(disabled_at=world.deps.clock.now()))
    assert not works(world, one)
    with writing(world.deps.engine) as session:
        session.execute(update(Person).where(Person.id == world.leader.id).values(disabled_at=None))
    world.fakes.clock.advance(timedelta(days=1) - timedelta(milliseconds=1))
    assert works(world, one)
    world.fakes.clock.advance(timedelta(milliseconds=1))
    assert not works(world, one)
    assert works(world, other)
    replace_leader(world.deps, world.lead_inspector.actor, world.a.inspection, "new@example.org", "New", keep_old=True)
    assert not works(world, other)  # a contributor may send, but makes no tokens
    world.fakes.clock.advance(timedelta(minutes=1))
    with writing(world.deps.engine) as session:
        mine = Assignment.person_id == world.leader.id
        session.execute(update(Assignment).where(mine).values(ended_at=world.deps.clock.now()))
    give_role(world.deps, world.leader.id, Role.leader, world.a.inspection)
    assert not works(world, other)


def test_what_was_never_a_token(world: World) -> None:
    """Nothing, other shapes and unknown tokens open nothing, and nothing is read of them."""
    made = make(world, world.leader, "send").token
    for wrong in ("", "evp_", made[:-1], made + "A", made.upper(), made.swapcase(), "x" * 10_000, "evp_" + "\0" * 43):
        assert whose_token(world.deps, wrong) is None
    assert whose_token(world.deps, made) is not None


def test_when_it_was_last_used(world: World) -> None:
    """It is kept once a minute, and the trail says once a sitting that it is used."""
    made = make(world, world.leader, "send")
    times = []
    for step in (0, 59, 1, 3_599, 3_600):
        world.fakes.clock.advance(timedelta(seconds=step))
        assert works(world, made)
        [row] = rows(world.deps, ApiToken)
        times.append((world.deps.clock.now() - row.made_at, row.last_used_at == world.deps.clock.now()))
    assert [True, False, True, True, True] == [fresh for _age, fresh in times]
    assert 2 == len(told(world, "token.used"))
    assert (f"token:{made.id}", str(world.a.inspection), str(made.id)) == told(world, "token.used")[0]


def test_a_token_reaches_one_inspection_for_one_purpose(world: World) -> None:
    """Another inspection is as unknown to it, another purpose is refused, and it is never a steward."""
    give_role(world.deps, world.lead_inspector.id, Role.lead_inspector, world.b.inspection)
    for person, purpose in ((world.leader, "send"), (world.lead_inspector, "read"), (world.dpo, "audit")):
        who = script(world, person, purpose).actor
        with reading(world.deps.engine) as session:
            for permission in Permission:
                for elsewhere in (world.b.inspection, uuid4()):
                    with pytest.raises(NotFound):
                        admit(session, who, elsewhere, permission)
                with pytest.raises(NotFound):
                    require_steward(session, who, permission)
                if permission in PERMISSIONS[Purpose(purpose)]:
                    assert world.a.reference == admit(session, who, world.a.inspection, permission).reference
                else:
                    with pytest.raises(NotAllowed):
                        admit(session, who, world.a.inspection, permission)
            assert frozenset() == roles_in(session, who, world.b.inspection, None)
            assert {world.a.inspection} >= {each.id for each in inspections_of(session, who)}


def test_wrong_tokens_are_counted_on_their_network_and_keep_no_right_one_out(world: World) -> None:
    """From the fiftieth on the network waits; a token that works is let in from there all the same."""
    right, ended = make(world, world.leader, "send"), make(world, world.leader, "send", "1")
    world.fakes.clock.advance(timedelta(days=1))
    assert [False] * 2 == [refuse_token(world.deps, ended.token, NETWORK) for _ in range(2)]
    assert [False] * 48 == [refuse_token(world.deps, f"evp_{number}", NETWORK) for number in range(48)]
    assert refuse_token(world.deps, ended.token, NETWORK)
    assert not refuse_token(world.deps, ended.token, "192.0.2.8")
    assert works(world, right)
    assert [(f"token:{ended.id}", str(world.a.inspection), str(ended.id))] * 3 == told(world, "token.refused")
    assert NETWORK not in repr([vars(each) for each in rows(world.deps, Throttle)])


def test_the_list_says_how_each_stands(world: World) -> None:
    """Who made it, when it was used and whether it works; those that work come first."""
    ended, live = make(world, world.lead_inspector, "read", "1"), make(world, world.qa_officer, "read", "7")
    world.fakes.clock.advance(timedelta(days=1))
    assert works(world, live)
    revoked = make(world, world.lead_inspector, "read", "7")
    revoke_token(world.deps, world.qa_officer.actor, world.a.inspection, revoked.id)
    dead = make(world, world.lead_inspector, "read", "7")
    with writing(world.deps.engine) as session:
        mine = Assignment.person_id == world.lead_inspector.id
        session.execute(update(Assignment).where(mine).values(ended_at=world.deps.clock.now()))
    page = tokens_page(world.deps, world.qa_officer.actor, world.a.inspection)
    states = {each["name"]: (each["state_words"], each["used_words"], each["can_revoke"]) for each in page["tokens"]}
    assert [str(each.id)[:8] for each in (dead, live, ended, revoked)] == list(states)
    assert [
        ("Does not work: whoever made it no longer has the role", "Never used", True),
        ("Works until 9:30am on Monday 16 October 2023", "Last used 10 October 2023 at 9:30am", True),
        ("Ended 10 October 2023 at 9:30am", "Never used", False),
        ("Revoked 10 October 2023 at 9:30am", "Never used", False),
    ] == list(states.values())
    assert "Made by Quinn Quality on 9 October 2023 at 9:30am" == page["tokens"][1]["made_words"]


def test_nobody_revokes_what_they_could_not_make(world: World) -> None:
    """Another purpose's token, another inspection's and an unknown one are the same: not there."""
    read, send = make(world, world.lead_inspector, "read"), make(world, world.leader, "send")
    other = make_token(world.deps, world.leader_b.actor, world.b.inspection, "send", "7")
    for token in (read.id, other.id, uuid4()):
        with pytest.raises(NotFound):
            revoke_token(world.deps, world.leader.actor, world.a.inspection, token)
    with pytest.raises(NotFound):
        revoke_token(world.deps, world.leader.actor, world.b.inspection, other.id)
    assert all(works(world, each) for each in (read, send, other))


def test_there_is_a_bound(world: World) -> None:
    """So many work at once for a purpose in an inspection; one that is revoked makes room."""
    made = [make(world, world.leader, "send") for _ in range(MOST_LIVE)]
    with pytest.raises(Conflict):
        make(world, world.leader, "send")
    make(world, world.dpo, "audit")
    revoke_token(world.deps, world.leader.actor, world.a.inspection, made[0].id)
    assert works(world, make(world, world.leader, "send"))


def test_all_that_somebody_made_is_revoked_together(world: World) -> None:
    """Where somebody's ways in are ended, their tokens are too, and nobody else's."""
    mine, others = make(world, world.lead_inspector, "read"), make(world, world.qa_officer, "read")
    with writing(world.deps.engine) as session:
        now = world.deps.clock.now()
        assert 1 == revoke_tokens_of(session, world.qa_officer.actor, world.lead_inspector.id, now)
        assert 0 == revoke_tokens_of(session, world.qa_officer.actor, world.lead_inspector.id, now)
    theirs = make(world, world.leader, "send")
    disable(world.deps, world.administrator.actor, world.leader.id)
    enable(world.deps, world.administrator.actor, world.leader.id)
    assert not works(world, theirs)
    assert [False, True] == [works(world, each) for each in (mine, others)]
    assert [
        (who.actor.label, str(world.a.inspection), str(token.id))
        for who, token in ((world.qa_officer, mine), (world.administrator, theirs))
    ] == told(world, "token.revoked")


def test_what_a_script_sends_is_its_makers_and_under_its_own_label(world: World) -> None:
    """The document is the leader's, and the trail names the token."""
    sender = script(world, world.leader, "send")
    received = upload(world.deps, sender.actor, world.a.inspection)
    [document] = rows(world.deps, Document)
    assert (received.document, world.leader.id) == (document.id, document.sent_by)
    assert [(f"token:{sender.token}", str(world.a.inspection), str(document.id))] == told(world, "document.received")
