"""The letters of an inspection (§16, §17), made from what is known of it each time that somebody asks; none is kept."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.conduct_queries import programme_to_announce_in
from portal.db.engine import reading
from portal.db.queries import NOT_FOUND, admit, people_with, provides
from portal.db.tables import Inspection
from portal.domain.actors import Actor
from portal.domain.errors import Conflict, KeyRemoved, NotFound
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.roles import Permission, Role
from portal.domain.times import london_date, say_date, say_deadline
from portal.formats.letters import BRITISH, PAGES, Facts, Text, fill
from portal.ports import Deps
from portal.vault.records import GONE, verdict_of
from portal.vault.signatures import fingerprint
from schemas.definitions import load_checklist
from schemas.letters import Letter, load_letters
from schemas.texts import say, together

GENUINE_PATH = "/help/genuine"
PRIVACY_PATH = "/privacy"
"""Paths of the public pages that letters lead to."""
NOT_YET_KNOWN = say("(given when the inspection is announced)")


@dataclass(frozen=True)
class Contact:
    """Somebody to turn to."""

    name: str
    email: str


@dataclass(frozen=True)
class Letters:
    """What a page about an inspection's letters shows; `officer_named` where a quality assurance officer is (§56)."""

    reference: str
    agency: str
    letters: tuple[Letter, ...]
    officer_named: bool


@dataclass(frozen=True)
class Made:
    """A letter of an inspection, and the instant of the notice that it belongs to."""

    text: Text
    reference: str
    agency: str
    made_at: datetime

    @property
    def name(self) -> str:
        """Its file's name, without an extension."""
        return f"{self.reference}-{self.text.code}"


@dataclass(frozen=True)
class Plan:
    """What is known of an inspection before it is announced; without an officer the support address stands in."""

    agency: str
    deadline_at: datetime
    starts_on: date
    last_day_on: date
    lead_inspector: Contact
    quality_officer: Contact | None = None


@dataclass(frozen=True)
class Announced:
    """In which programme, on which checklist and when notice is given."""

    programme: str
    checklist_version: str
    at: datetime


def list_letters(deps: Deps, actor: Actor, inspection_id: UUID) -> Letters:
    """Return the letters that there are for an inspection. Raises as `make_letter` does."""
    with reading(deps.engine) as session:
        inspection = _admitted(session, deps, actor, inspection_id)
        named = _one(session, Role.quality_assurance_officer, inspection_id) is not None
        return Letters(inspection.reference, inspection.agency.name, load_letters(), named)


def make_letter(deps: Deps, actor: Actor, inspection_id: UUID, code: str) -> Made:
    """Fill in one letter, with the deadline as it stands now (R3).

    For the agency's own people, the team and the stewards. Raises NotFound (also an unknown letter), Conflict
    (put off: its dates no longer hold), KeyRemoved (disposal is due or done).
    """
    letter = _letter(code)
    with reading(deps.engine) as session:
        inspection = _admitted(session, deps, actor, inspection_id)
        plan = Plan(
            agency=inspection.agency.name,
            deadline_at=inspection.deadline_at,
            starts_on=inspection.starts_on,
            last_day_on=inspection.last_day_on,
            lead_inspector=_one(session, Role.lead_inspector, inspection_id) or _support(deps),
            quality_officer=_one(session, Role.quality_assurance_officer, inspection_id),
        )
        announced = Announced(inspection.programme.title, inspection.checklist_version, inspection.announced_at)
    facts = _facts(deps, plan, announced, inspection.reference)
    return Made(_filled(deps, letter, facts), inspection.reference, inspection.agency.name, inspection.announced_at)


def preview_notice(deps: Deps, actor: Actor, programme_code: str, plan: Plan) -> Text:
    """Return the notice as it would be if `plan` were announced now. Raises NotFound (programme; nobody's business).

    Nothing is kept, and there is no reference yet.
    """
    with reading(deps.engine) as session:
        programme = programme_to_announce_in(session, actor, programme_code)
        announced = Announced(programme.title, programme.checklist_version, deps.clock.now())
    return _filled(deps, _letter("notice"), _facts(deps, plan, announced, NOT_YET_KNOWN))


def current_fingerprint(deps: Deps) -> str:
    """Return the fingerprint of the key that signs now. Raises KeyUnavailable."""
    # Which of the keys is current only the signer knows; an empty message is no statement of any kind.
    return fingerprint(deps.signer.public_keys()[deps.signer.sign(b"").key_id])


def _letter(code: str) -> Letter:
    for letter in load_letters():
        if letter.code == code:
            return letter
    raise NotFound(NOT_FOUND)


def _admitted(session: Session, deps: Deps, actor: Actor, inspection_id: UUID) -> Inspection:
    own = provides(session, actor, inspection_id)
    inspection = admit(session, actor, inspection_id, Permission.view_task_list if own else Permission.list_inspections)
    state = InspectionState(inspection.state)
    if state is InspectionState.deferred:
        raise Conflict(say("This inspection is put off. There will be new letters when it is announced again."))
    if not readable(state) or verdict_of(inspection, deps.clock.now()).state == "due":
        raise KeyRemoved(GONE)
    return inspection


def _one(session: Session, role: Role, inspection_id: UUID) -> Contact | None:
    people = people_with(session, frozenset({role}), inspection_id)
    found = min(people, key=lambda person: (person.name, person.email), default=None)
    return Contact(found.name, found.email) if found else None


def _support(deps: Deps) -> Contact:
    owner = deps.policy.owner
    return Contact(owner.name, owner.support)


def _filled(deps: Deps, letter: Letter, facts: Facts) -> Text:
    """Put the facts into a letter, both in the words of the catalogue."""
    of, language = deps.catalogue.of, deps.catalogue.language
    said = {name: of(fact) if isinstance(fact, str) else tuple(map(of, fact)) for name, fact in facts.items()}
    # Without a catalogue it is our own English, which is Britain's.
    return fill(letter.said_by(deps.catalogue), said, BRITISH if language == "en" else language, of(PAGES))


def _facts(deps: Deps, plan: Plan, announced: Announced, reference: str) -> Facts:
    owner, lead, officer = deps.policy.owner, plan.lead_inspector, plan.quality_officer or _support(deps)
    return {
        "owner": owner.name,
        "date": say_date(london_date(announced.at)),
        "agency": plan.agency,
        "reference": reference,
        "programme": announced.programme,
        "deadline": say_deadline(plan.deadline_at),
        "start": say_date(plan.starts_on),
        "last_day": say_date(plan.last_day_on),
        "lead_inspector": lead.name,
        "lead_inspector_email": lead.email,
        "quality_officer": officer.name,
        "quality_officer_email": officer.email,
        "support": owner.support,
        "fingerprint": current_fingerprint(deps),
        "portal_link": deps.public_url,
        "genuine_link": deps.public_url + GENUINE_PATH,
        "privacy_link": deps.public_url + PRIVACY_PATH,
        "charter_link": owner.charter_url,
        "conduct_link": owner.conduct_url,
        "items": tuple(
            together((item.label, item.guidance), ". ") for item in load_checklist(announced.checklist_version).items
        ),
    }
