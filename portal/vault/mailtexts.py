"""The text of a mail, made when it is sent: a mail that is no longer true or of use by then gets none."""

import json
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.mail_queries import holds_a_role, open_invitation
from portal.db.queries import current_answers, current_documents
from portal.db.tables import Inspection, Invitation, OutboxMail, Person
from portal.db.ways_in import has_way_in
from portal.domain.checklist import Gap, GapKind, Held, progress
from portal.domain.errors import SealBroken
from portal.domain.invitations import is_usable
from portal.domain.lifecycle import InspectionState, collects
from portal.domain.mails import REMINDER_GRACE
from portal.domain.times import iso, parse_iso, say_deadline
from portal.ports import Deps, Mail, MailRefused
from portal.vault.checkpoint_mails import say_fixed
from portal.vault.invitations import invitation_token
from portal.vault.mails import address_of
from portal.vault.plans import say_disposals
from schemas.definitions import load_checklist
from schemas.mails import MailText, load_mails
from schemas.texts import say, together

Facts = dict[str, str]


def write_mail(session: Session, deps: Deps, row: OutboxMail) -> Mail | None:
    """Return the mail, or None where it was overtaken: role or link gone, inspection closed, reminder too late.

    Raises MailRefused where this release has no such mail.
    """
    text = load_mails().get(row.template)
    if text is None:
        raise MailRefused("no such mail")
    person = session.get_one(Person, row.person_id)
    inspection = session.get(Inspection, row.inspection_id) if row.inspection_id else None
    facts: Facts = json.loads(row.facts)
    if _overtaken(session, text, row, inspection) or (
        row.template == "reminder" and inspection is not None and not _still_wanted(session, deps, inspection, facts)
    ):
        return None
    way_in = _way_in(session, deps, person, row, facts)
    if way_in is None:
        return None
    disposals = say_disposals(session, facts)
    if row.template == "disposals-due" and not disposals:
        return None
    item = _item(inspection, facts)
    subject, body = text.fill(
        {
            "reference": inspection.reference if inspection else facts.get("reference", ""),
            "deadline": say_deadline(inspection.deadline_at) if inspection else "",
            "about": say(" about {item}", item=item) if item else "",
            "for_item": say(" for {item}", item=item) if item else "",
            "by_due": _by_due(facts),
            "disposals": disposals,
            "way_in": way_in,
            "trail": say_fixed(session, facts),
            "public_url": deps.public_url,
        }
    )
    return Mail(row.id, _address(deps, person, facts), deps.catalogue.of(subject), deps.catalogue.of(body))


def _address(deps: Deps, person: Person, facts: Facts) -> str:
    """Return where the mail goes. Raises MailRefused (an old address that was sealed under another secret)."""
    try:
        return address_of(deps.secret, person.id, facts) or person.email
    except SealBroken:
        raise MailRefused("its address does not open") from None


def _overtaken(session: Session, text: MailText, row: OutboxMail, inspection: Inspection | None) -> bool:
    if text.while_collecting and inspection is not None and not collects(InspectionState(inspection.state)):
        return True
    return not text.also_without_role and not holds_a_role(session, row.person_id, row.inspection_id)


def _still_wanted(session: Session, deps: Deps, inspection: Inspection, facts: Facts) -> bool:
    """Say whether a reminder is still true: the same deadline, not passed, not much too late, something missing."""
    now = deps.clock.now()
    return (
        facts.get("deadline") == iso(inspection.deadline_at)
        and now < inspection.deadline_at
        and now < parse_iso(facts["moment"]) + REMINDER_GRACE
        and something_missing(session, inspection)
    )


def something_missing(session: Session, inspection: Inspection) -> bool:
    """Say whether an item of the checklist is neither provided nor explained; what was asked beyond it is due apart."""
    checklist = load_checklist(inspection.checklist_version)
    codes = {item.code for item in checklist.items}
    documents = [each for each in current_documents(session, inspection.id) if each.item in codes]
    answers = [each for each in current_answers(session, inspection.id) if each.item in codes]
    held = [Held(each.item, each.slot, bool(each.on_time)) for each in documents]
    return bool(progress(checklist, held, [Gap(each.item, GapKind(each.kind)) for each in answers]).unexplained)


def _way_in(session: Session, deps: Deps, person: Person, row: OutboxMail, facts: Facts) -> str | None:
    """Say how to get in; None where the mail brings an invitation that nobody can accept any more."""
    sign_in = say("Sign in at {address}", address=f"{deps.public_url}/sign-in")
    if has_way_in(session, person):
        return sign_in
    now = deps.clock.now()
    if "invitation" in facts:
        invitation = session.get(Invitation, UUID(facts["invitation"]))
        if invitation is None or not is_usable(invitation.used_at, invitation.expires_at, invitation.wrong_codes, now):
            return None
    else:
        invitation = open_invitation(session, person.id, row.inspection_id, now)
        if invitation is None:
            otherwise = say("If you have no password yet, ask the inspection team for a new invitation.")
            return together((sign_in, otherwise), "\n")
    address = f"{deps.public_url}/invitations/{invitation_token(deps.secret, invitation.id)}"
    accept = say("To accept the invitation and set your password, open\n{address}", address=address)
    code = say("It asks for a code of 6 letters and figures, which you are told by telephone or in person.")
    until = say("The link works once, until {deadline}.", deadline=say_deadline(invitation.expires_at))
    return together((accept, code, until), "\n")


def _by_due(facts: Facts) -> str:
    """Say when something is due that was asked for beyond the checklist, for the end of a clause."""
    if "deadline" not in facts:
        return ""
    return say(" by {deadline}", deadline=say_deadline(parse_iso(facts["deadline"])))


def _item(inspection: Inspection | None, facts: Facts) -> str:
    """Name the item in the checklist's own words; what was asked for beyond it has a sealed name, so none here."""
    if inspection is None or "item" not in facts:
        return ""
    try:
        label = load_checklist(inspection.checklist_version).item(facts["item"]).label
    except KeyError:
        return ""
    return say("“{label}”", label=label)
