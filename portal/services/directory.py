"""Coming in by the staff directory: a browser is sent there and comes back, once, within ten minutes.

Nobody is known by an email address: issuer and subject are an account's from when its owner accepted an invitation
with them, or connected them while signed in. Whoever is unknown gets no account.
"""

import hmac
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import delete

from portal.db.chain import append
from portal.db.credentials import DirectoryVisit
from portal.db.engine import writing
from portal.db.tables import WebSession
from portal.domain.actors import STRANGER, Actor, person_actor
from portal.domain.directory import VISIT_LIFE, Errand, TurnedAway, Why
from portal.domain.errors import NotFound, SealBroken
from portal.domain.sessions import Factor, Stage
from portal.domain.step_up import Purpose
from portal.ports import Admitted, Deps, Directory, DirectoryRefused, DirectoryUnreachable, Flow
from portal.vault.directory import begin_by_directory, identity_at, keep
from portal.vault.invitations import token_hash
from portal.vault.own import open_own, seal_own
from portal.vault.sessions import lock_person
from portal.vault.step_up import deny, grant
from schemas.texts import say

log = structlog.get_logger()

LONGEST: Final = 4096
"""Characters of a code or a state."""
_FLOW: Final = "directory flow"


@dataclass(frozen=True)
class Sent:
    """A browser to send to the directory; it keeps the state in its own cookie."""

    address: str
    state: str


@dataclass(frozen=True)
class Visit:
    """What somebody went to the directory for."""

    errand: Errand
    about: str
    """The invitation's id, or the purpose that they confirm for."""
    wanted: str
    """The path that they go on to."""
    session: UUID | None
    flow: Flow


@dataclass(frozen=True)
class Answer:
    """What a browser brought back from the directory."""

    state: str
    code: str = ""
    error: str = ""
    issuer: str | None = None


def set_out(deps: Deps, errand: Errand, wanted: str = "", *, about: str = "", session_id: UUID | None = None) -> Sent:
    """Note that a browser goes to the directory. Raises NotFound (there is none), TurnedAway (it is away)."""
    state = token_urlsafe(32)
    try:
        address, flow = directory_of(deps).begin(state, again=errand is Errand.confirm)
    except DirectoryUnreachable as error:
        raise _away(error) from None
    now = deps.clock.now()
    with writing(deps.engine) as session:
        session.execute(delete(DirectoryVisit).where(DirectoryVisit.made_at < now - VISIT_LIFE))
    with writing(deps.engine) as session:
        key = token_hash(state)
        session.add(
            DirectoryVisit(
                state_hash=key,
                sealed_flow=seal_own(deps.secret, _FLOW, key, json.dumps(asdict(flow)).encode()),
                session_id=session_id,
                purpose=f"{errand}:{about}",
                next_path=wanted,
                made_at=now,
            )
        )
    return Sent(address, state)


def come_back(deps: Deps, answer: Answer, kept_state: str) -> tuple[Visit, Admitted]:
    """Return why somebody went, and who the directory says they are. An answer works once, in the browser that left.

    `kept_state` is what this browser's cookie holds (V10.1.2, V10.2.1). Raises NotFound, TurnedAway.
    """
    directory = directory_of(deps)
    if not answer.state or not hmac.compare_digest(answer.state.encode(), kept_state.encode()):
        log.warning("directory.stray-answer")
        raise TurnedAway(Why.stray)
    visit = _take(deps, answer.state)
    try:
        if answer.error or not answer.code or len(answer.code) > LONGEST:
            raise DirectoryRefused("access-denied" if answer.error == "access_denied" else "error")
        admitted = directory.finish(answer.code, visit.flow, answer.issuer)
        if not admitted.roles:
            raise DirectoryRefused(Why.no_role)
    except DirectoryUnreachable as error:
        _note_refusal(deps, visit, "unreachable")
        raise _away(error) from None
    except DirectoryRefused as error:
        # A code of ours, never the directory's words.
        log.warning("directory.refused", reason=str(error))
        _note_refusal(deps, visit, str(error))
        raise TurnedAway(Why.no_role if str(error) == Why.no_role else Why.refused) from None
    return visit, admitted


def enter(deps: Deps, admitted: Admitted, browser: str) -> str:
    """Begin a full session for whose identity this is; return its token. Raises TurnedAway (no account to use)."""
    with writing(deps.engine) as session:
        now = deps.clock.now()
        identity = identity_at(session, admitted)
        person = lock_person(session, identity.person_id if identity else None)
        # Once more: whoever's access was restored until just now is not let in by what they had before.
        if person is not None and person.disabled_at is None and identity_at(session, admitted) is not None:
            return begin_by_directory(session, deps, person.id, admitted, browser)
        who = person_actor(person.id) if person else STRANGER
        append(session, who, "session.refused", now, factor=Factor.directory, reason=Why.unknown)
    raise TurnedAway(Why.unknown)


def confirm(deps: Deps, visit: Visit, admitted: Admitted, session_id: UUID | None) -> str:
    """Let a session do what its owner confirmed at the directory; return its new token. Raises TurnedAway.

    It must be the session that they left from, and the same person's identity.
    """
    purpose = Purpose(visit.about)
    with writing(deps.engine) as session:
        row = session.get(WebSession, visit.session, with_for_update=True) if visit.session else None
        if row is None or row.id != session_id or row.stage != Stage.full:
            raise TurnedAway(Why.stray)
        now, identity = deps.clock.now(), identity_at(session, admitted)
        if identity is not None and identity.person_id == row.person_id:
            if row.factor == Factor.directory:
                keep(deps.secret, row, admitted, now)
            return grant(session, row, purpose, Factor.directory, now)
        deny(session, row, purpose, Factor.directory, now)
    raise TurnedAway(Why.other)


def way_out(deps: Deps) -> str | None:
    """Return where to sign out of the directory too, if there is such a place."""
    return deps.directory.way_out(f"{deps.public_url}/sign-in?left=1") if deps.directory else None


def directory_of(deps: Deps) -> Directory:
    """Return the directory. Raises NotFound (there is none)."""
    if deps.directory is None:
        raise NotFound(say("There is no single sign-on here. Sign in with your password."))
    return deps.directory


def _away(error: DirectoryUnreachable) -> TurnedAway:
    log.warning("directory.unreachable", reason=str(error))
    return TurnedAway(Why.away)


def _take(deps: Deps, state: str) -> Visit:
    """Use a visit up, before anything else can go wrong with it (V10.2.1)."""
    key = token_hash(state)
    with writing(deps.engine) as session:
        row = session.get(DirectoryVisit, key, with_for_update=True)
        if row is not None:
            session.delete(row)
    errand, _, about = row.purpose.partition(":") if row else ("", "", "")
    if row is None or errand not in set(Errand) - {Errand.check} or _late(row.made_at, deps.clock.now()):
        raise TurnedAway(Why.stray)
    try:
        flow = Flow(**json.loads(open_own(deps.secret, _FLOW, key, row.sealed_flow)))
    except SealBroken:  # the portal's secret is another by now
        raise TurnedAway(Why.stray) from None
    return Visit(Errand(errand), about, row.next_path, row.session_id, flow)


def _late(made_at: datetime, now: datetime) -> bool:
    return not now - made_at < VISIT_LIFE


def _note_refusal(deps: Deps, visit: Visit, reason: str) -> None:
    with writing(deps.engine) as session:
        row = session.get(WebSession, visit.session) if visit.session else None
        who: Actor = person_actor(row.person_id) if row else STRANGER
        append(session, who, "session.refused", deps.clock.now(), factor=Factor.directory, reason=reason)
