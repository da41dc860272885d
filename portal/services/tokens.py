"""Tokens for scripts, made and revoked by whoever may themselves do what a token of the purpose does."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.credentials import ApiToken
from portal.db.engine import reading, writing
from portal.db.queries import admit, roles_in
from portal.db.tables import Inspection, Person
from portal.db.token_queries import count_live, roles_held_since, token_in, tokens_in
from portal.domain.actors import Actor
from portal.domain.errors import Conflict, Refused
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.roles import Permission
from portal.domain.times import say_deadline, say_moment
from portal.domain.tokens import (
    PURPOSE_WORDS,
    Purpose,
    check_days,
    check_room,
    longest_life,
    may_make,
    new_token,
    purposes_of,
    works,
)
from portal.ports import Deps
from portal.vault.invitations import token_hash
from schemas.texts import say

View = dict[str, Any]
LISTED = 50
"""Those that work are always among them."""
OVER = say("This inspection is over, so there is nothing to send or read by a script.")
CHOOSE = say("Select what the token is for")


@dataclass(frozen=True)
class Made:
    """A new token, to be shown this once."""

    id: UUID
    token: str = field(repr=False)
    expires_at: datetime


def short_id(token: UUID) -> str:
    """Return what a token is called: the beginning of its id, which the audit trail has whole."""
    return str(token)[:8]


def tokens_page(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return what tokens.html shows; no token is in it. Raises NotFound, NotAllowed."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.manage_tokens)
        purposes = _purposes(session, actor, inspection)
        now = deps.clock.now()
        rows = [
            _row(session, inspection, token, maker, now)
            for token, maker in tokens_in(session, inspection.id, purposes, LISTED)
        ]
        return {
            "reference": inspection.reference,
            "agency": inspection.agency.name,
            "purposes": [{"value": str(each), "text": PURPOSE_WORDS[each]} for each in purposes],
            "open": Purpose.audit in purposes or readable(InspectionState(inspection.state)),
            "most_days": _longest(deps, actor).days,
            "tokens": rows,
        }


def make_token(deps: Deps, actor: Actor, inspection_id: UUID, purpose: str, days: str) -> Made:
    """Make a token for this inspection and purpose that works for so many days; it is kept nowhere.

    Raises NotFound, NotAllowed, Conflict (the inspection is over; too many work already), Refused (purpose, days).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.manage_tokens, lock=True)
        wanted = next((each for each in _purposes(session, actor, inspection) if each == purpose), None)
        if wanted is None or actor.person is None:
            raise Refused(CHOOSE, "purpose")
        life = check_days(days, _longest(deps, actor))
        if wanted is not Purpose.audit and not readable(InspectionState(inspection.state)):
            raise Conflict(OVER)
        now = deps.clock.now()
        check_room(count_live(session, inspection.id, wanted, now))
        made = Made(uuid4(), new_token(), now + life)
        session.add(
            ApiToken(
                id=made.id,
                inspection_id=inspection.id,
                purpose=wanted,
                token_hash=token_hash(made.token),
                made_by=actor.person,
                made_at=now,
                expires_at=made.expires_at,
            )
        )
        append(
            session,
            actor,
            "token.made",
            now,
            inspection=inspection.id,
            subject=made.id,
            purpose=wanted,
            days=life.days,
        )
        return made


def revoke_token(deps: Deps, actor: Actor, inspection_id: UUID, token_id: UUID) -> None:
    """Revoke a token, one's own or another's of a purpose that one may give; a second time changes nothing.

    Raises NotFound, NotAllowed.
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.manage_tokens, lock=True)
        token = token_in(session, inspection.id, token_id, _purposes(session, actor, inspection))
        if token.revoked_at is None:
            now = deps.clock.now()
            token.revoked_at = now
            append(session, actor, "token.revoked", now, inspection=inspection.id, subject=token.id)


def _longest(deps: Deps, actor: Actor) -> timedelta:
    return longest_life(deps.policy.token_life, by_directory=actor.only is not None)


def _purposes(session: Session, actor: Actor, inspection: Inspection) -> tuple[Purpose, ...]:
    return purposes_of(roles_in(session, actor, inspection.id, None))


def _row(session: Session, inspection: Inspection, token: ApiToken, maker: Person, now: datetime) -> View:
    live = works(token.expires_at, token.revoked_at, now)
    held = roles_held_since(session, maker.id, inspection.id, token.made_at) if live else frozenset()
    dead = live and (maker.disabled_at is not None or not may_make(held, Purpose(token.purpose)))
    return {
        "id": token.id,
        "name": short_id(token.id),
        "purpose_words": PURPOSE_WORDS[Purpose(token.purpose)],
        "made_words": say("Made by {name} on {moment}", name=maker.name, moment=say_moment(token.made_at)),
        "used_words": say("Last used {moment}", moment=say_moment(token.last_used_at))
        if token.last_used_at
        else say("Never used"),
        "state_words": _state_words(token, dead=dead, live=live),
        "can_revoke": live,
    }


def _state_words(token: ApiToken, *, dead: bool, live: bool) -> str:
    if token.revoked_at is not None:
        return say("Revoked {moment}", moment=say_moment(token.revoked_at))
    if dead:
        return say("Does not work: whoever made it no longer has the role")
    if live:
        return say("Works until {deadline}", deadline=say_deadline(token.expires_at))
    return say("Ended {moment}", moment=say_moment(token.expires_at))
