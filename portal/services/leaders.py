"""Replace the agency's leader, within minutes and with her work kept (R1): there is a leader at every moment."""

from typing import Any
from uuid import UUID

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.people_queries import members_in, person_of
from portal.db.queries import admit, people_with
from portal.domain.actors import Actor
from portal.domain.errors import Conflict
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.people import MAX_CONTRIBUTORS
from portal.domain.roles import PROVIDER, TEAM, Permission, Role
from portal.domain.times import say_moment
from portal.ports import Deps
from portal.vault.appointments import account_for, appoint, check_free_for, check_not_over, dismiss, mail_of
from portal.vault.invitations import invite
from portal.vault.mails import queue_mail
from schemas.texts import say

LEADS_ALREADY = say("This person leads the inspection already.")
ACCEPTED = say(
    "The leader has a password already, or a disabled account. The quality assurance officer can restore their access."
)
NO_ROOM = say(
    "An inspection has up to {most} contributors, so the present leader cannot stay as one. Replace them without that.",
    most=MAX_CONTRIBUTORS,
)


def leader_page(deps: Deps, actor: Actor, inspection_id: UUID) -> dict[str, Any]:
    """Return who leads now, as people/leader.html takes it. Raises NotFound, NotAllowed."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.replace_leader)
        return {
            "reference": inspection.reference,
            "agency": inspection.agency.name,
            "open": readable(InspectionState(inspection.state)),
            "leaders": [
                {
                    "id": each.person.id,
                    "code_waits": each.person.password_hash is None,
                    "name": each.person.name,
                    "email": each.person.email,
                    "since_words": say_moment(each.assignment.created_at),
                }
                for each in members_in(session, inspection.id, {Role.leader})
            ],
        }


def resend_to_leader(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Mail a leader who has not accepted yet once more; link and code before are dead.

    Raises NotFound, NotAllowed, Conflict (over, has a password).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.replace_leader, lock=True)
        check_not_over(inspection)
        for each in members_in(session, inspection.id, {Role.leader}):
            person = person_of(session, each.person.id, lock=True)
            if person.password_hash is not None or person.disabled_at is not None:
                raise Conflict(ACCEPTED)
            invite(session, deps, person, inspection.id, mail_of(inspection, "leader"))
            append(session, actor, "invitation.sent", deps.clock.now(), inspection=inspection.id, subject=person.id)


def replace_leader(
    deps: Deps, actor: Actor, inspection_id: UUID, email: str, name: str, *, keep_old: bool = False
) -> None:
    """Let the person at an address lead from now on; with `keep_old` the one before stays as contributor.

    The new leader is invited at once; the one before and the team are told. All of it or nothing is committed, and of
    two replacements at once the second replaces the first's leader. Raises NotFound, NotAllowed, Refused (address,
    name, who cannot take part), Conflict (leads already, over, too many contributors).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.replace_leader, lock=True)
        check_not_over(inspection)
        now = deps.clock.now()
        person = account_for(session, email, name, now)
        present = members_in(session, inspection.id, PROVIDER)
        old = [each for each in present if each.role is Role.leader]
        if any(each.person.id == person.id for each in old):
            raise Conflict(LEADS_ALREADY)
        check_free_for(session, person, Role.leader, inspection.programme_id)
        contributors = {each.person.id for each in present if each.role is Role.contributor} - {person.id}
        stay = [each for each in old if keep_old and each.person.id not in contributors]
        if stay and len(contributors) + len(stay) > MAX_CONTRIBUTORS:
            raise Conflict(NO_ROOM)
        for each in present:
            if each in stay:
                each.assignment.ended_at = now  # but not the link that she may still need
            elif each in old or each.person.id == person.id:
                dismiss(session, each, now)
        appoint(session, person, Role.leader, inspection.id, now)
        for each in stay:
            appoint(session, each.person, Role.contributor, inspection.id, now)
        invite(session, deps, person, inspection.id, mail_of(inspection, "leader"))
        told = {each.id for each in people_with(session, TEAM, inspection.id)} | {each.person.id for each in old}
        for recipient in sorted(told):
            queue_mail(session, deps, recipient, inspection.id, "leader-replaced")
        append(
            session,
            actor,
            "leader.replaced",
            now,
            inspection=inspection.id,
            subject=person.id,
            before=[str(each.person.id) for each in old],
            stays=keep_old,
        )
