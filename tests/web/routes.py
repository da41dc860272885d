"""Every route with an address and a request that is right for it, over a world in which all was sent and declared."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from portal.db.engine import reading, writing
from portal.db.proposals import Proposal
from portal.db.tables import Invitation, Person
from portal.domain.roles import Role
from portal.services.ask_more import ask_more
from portal.services.break_glass import ask_to_read
from portal.services.declare import declare
from portal.services.registers import add_member
from portal.services.thread import write
from portal.vault.invitations import invitation_token, token_hash
from tests.web.a1_routes import A1_CHANGES, A1_PATHS, checked_form
from tests.web.clients import Visit, make_app, sign_in
from tests.web.directory_routes import DIRECTORY_CHANGES, DIRECTORY_PATHS
from tests.web.dpo_routes import DPO_CHANGES, DPO_PATHS
from tests.web.entry_routes import ENTRY_CHANGES, ENTRY_PATHS, waiting_person
from tests.web.hold_routes import HOLD_CHANGES, HOLD_PATHS, standing_hold
from tests.web.own_routes import OWN_CHANGES, OWN_PATHS
from tests.web.trail_routes import TRAIL_CHANGES, TRAIL_PATHS
from tests.world import World, add_person, complete, give_role, sample, upload

ROLES = (
    "anonymous",
    "leader",
    "contributor",
    "leader_b",
    "lead_inspector",
    "inspector",
    "qa_officer",
    "administrator",
    "dpo",
)


@dataclass(frozen=True)
class Place:
    """The ids that addresses are made of, and the app that they belong to."""

    world: World
    app: Flask
    inspection: UUID
    document: UUID
    spare: UUID
    """A document to withdraw: the team cannot open it from then on."""
    invitation: str
    member: UUID
    """The one membership of agency A."""
    waiting_colleague: UUID
    """A contributor of the inspection, an inspector of its team and a steward, each invited and not come yet."""
    waiting_inspector: UUID
    waiting_steward: UUID

    def visit(self, role: str) -> Visit:
        """Return a browser in which somebody of this role is signed in."""
        person = None if role == "anonymous" else getattr(self.world, role).id
        return Visit(self.app, sign_in(self.app, self.world.deps, person))

    def question(self) -> UUID:
        """Let the lead inspector ask something, and return the question."""
        world = self.world
        return write(world.deps, world.lead_inspector.actor, self.inspection, "Which one?", asks=True)

    def extra(self) -> str:
        """Let the lead inspector ask for something more, and return its code."""
        world = self.world
        due = world.deps.clock.now() + timedelta(days=2)
        return ask_more(world.deps, world.lead_inspector.actor, self.inspection, "A rota", "", due)

    @property
    def asked(self) -> UUID:
        """A proposal that waits: the data protection officer asks to read the inspection, anew if need be."""
        with reading(self.world.deps.engine) as session:
            waiting = select(Proposal.id).where(Proposal.outcome.is_(None))
            waits = session.scalar(waiting.where(Proposal.inspection_id == self.inspection))
        return waits or ask_to_read(self.world.deps, self.world.dpo.actor, self.inspection, "A complaint.")

    @property
    def hold(self) -> UUID:
        """A hold on the other inspection that stands, so that nothing here waits for its lifting."""
        return standing_hold(self.world)

    @property
    def form(self) -> UUID:
        """The A1 form, checked and counted, with an error to explain."""
        return checked_form(self.world)

    @property
    def counted(self) -> UUID:
        """The inspection, once its A1 form is counted."""
        self.form  # noqa: B018 -- looks, and checks it if need be
        return self.inspection

    def wrong(self) -> UUID:
        """Send something in error, and return its id."""
        return upload(self.world.deps, self.world.leader.actor, self.inspection, "childrens-guide").document

    def path(self, template: str) -> str:
        """Fill the ids into an address."""
        return template.format(i=f"/inspections/{self.inspection}", t=f"/team/inspections/{self.inspection}", p=self)

    def colleague(self) -> UUID:
        """Return a new contributor of the inspection."""
        person = add_person(self.world.deps, f"{uuid4().hex}@example.org")
        give_role(self.world.deps, person.id, Role.contributor, self.inspection)
        return person.id


def make_place(world: World) -> Place:
    """Send everything, declare, and invite somebody."""
    received = complete(world.deps, world.leader.actor, world.a.inspection)
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    invitation = uuid4()
    now = world.deps.clock.now()
    link = invitation_token(world.deps.secret, invitation)
    invited = add_person(world.deps, "invited@example.org")
    give_role(world.deps, invited.id, Role.contributor, world.a.inspection)
    with writing(world.deps.engine) as session:
        session.execute(update(Person).where(Person.id == invited.id).values(password_hash=None))
        session.add(
            Invitation(
                id=invitation,
                person_id=invited.id,
                inspection_id=world.a.inspection,
                token_hash=token_hash(link),
                created_at=now,
                expires_at=now + timedelta(days=3),
            )
        )
    document, spare = (received[item, "file"].document for item in ("annual-report", "recruitment-strategy"))
    member = add_member(world.deps, world.administrator.actor, "agency-a", "Northmoor", date(2018, 4, 1))
    ask_to_read(world.deps, world.dpo.actor, world.a.inspection, "A complaint.")
    standing_hold(world)
    waiting = (
        waiting_person(world.deps, Role.contributor, world.a.inspection),
        waiting_person(world.deps, Role.inspector, world.a.inspection),
        waiting_person(world.deps, Role.data_protection_officer),
    )
    return Place(world, make_app(world.deps), world.a.inspection, document, spare, link, member, *waiting)


PATHS = {
    "static": "/static/portal.css",
    "pages.home": "/",
    "pages.health": "/health",
    "pages.security_contact": "/.well-known/security.txt",
    "pages.help": "/help",
    "pages.genuine": "/help/genuine",
    "pages.accessibility": "/accessibility",
    "pages.privacy": "/privacy",
    "pages.cookies": "/cookies",
    "letters.overview": "{i}/letters/",
    "letters.letter": "{i}/letters/notice",
    "letters.file": "{i}/letters/children.pdf",
    "account.enter": "/sign-in",
    "account.invitation": "/invitations/{p.invitation}",
    "step_up.ask": "/confirm?purpose=hold",
    "second.challenge": "/sign-in/code",
    "second.recovery": "/sign-in/recovery-code",
    "second.choose": "/set-up",
    "second.app": "/set-up/app",
    "provider.task_list": "{i}/",
    "provider.item": "{i}/items/annual-report",
    "lists.show": "{i}/items/link-staff/list",
    "provider.document": "{i}/documents/{p.document}",
    "statements.document_receipt": "{i}/documents/{p.document}/receipt",
    "provider.withdrawal": "{i}/documents/{p.document}/withdraw",
    "provider.download": "{i}/documents/{p.document}/download",
    "statements.declaration": "{i}/declaration",
    "statements.receipt": "{i}/receipt",
    "statements.receipt_numbered": "{i}/receipts/1",
    "statements.receipt_json": "{i}/receipts/1.json",
    "recalls.sent": "{i}/sent-in-error",
    "recalls.ask": "{i}/documents/{p.document}/recall",
    "signing.keys": "/signing-keys",
    "signing.keys_json": "/signing-keys.json",
    "signing.certificate_schema": "/schemas/disposal-certificate-2.json",
    "team.inspections": "/team/",
    "team.inspection": "{t}/",
    "team.bundle": "{t}/bundle",
    "team.changes": "{t}/changes",
    "team.item_bundle": "{t}/items/annual-report/bundle",
    "team.document": "{t}/documents/{p.document}",
    "checks.look": "{t}/documents/{p.document}/check",
    "thread.read": "{i}/messages/",
    "extras.requests": "{t}/requests/",
    "announcing.begin": "/announce",
    "announcing.told": "/announce/{p.inspection}",
    "conduct.overview": "{t}/conduct/",
    "conduct.deadline": "{t}/conduct/deadline",
    "conduct.deferral": "{t}/conduct/deferral",
    "conduct.again": "{t}/conduct/announcement",
    "conduct.late": "{t}/conduct/late",
    "conduct.closing": "{t}/conduct/closing",
    "cancelling.ask": "{t}/conduct/cancellation",
    "long_stop.ask": "/stewards/programmes/RAA-2023/long-stop",
    "steward.overview": "/stewards/",
    "steward.certificates": "/stewards/certificates/",
    "steward.certificate": "/stewards/certificates/{p.inspection}",
    "steward.certificate_json": "/stewards/certificates/{p.inspection}.json",
    "certificates.numbered": "/stewards/certificates/{p.inspection}/1",
    "certificates.numbered_json": "/stewards/certificates/{p.inspection}/1.json",
    "registers.programmes": "/stewards/programmes/",
    "registers.new_programme": "/stewards/new-programme",
    "registers.programme": "/stewards/programmes/RAA-2023/",
    "registers.programme_form": "/stewards/programmes/RAA-2023/edit",
    "registers.holidays": "/stewards/holidays/",
    "registers.holiday": "/stewards/holidays/2024-05-08/",
    "agencies.agencies_list": "/stewards/agencies/",
    "agencies.new_agency": "/stewards/new-agency",
    "agencies.agency": "/stewards/agencies/agency-a/",
    "agencies.member": "/stewards/agencies/agency-a/members/{p.member}",
    "retention.due": "/stewards/retention/",
    "retention.publication": "/stewards/programmes/RAA-2023/publication",
    "retention.disposal": "/stewards/inspections/{p.inspection}/disposal",
    "retention.clock": "/stewards/clock",
    "plans.plan": "/stewards/inspections/{p.inspection}/plan",
    "plans.policy": "/stewards/programmes/RAA-2023/approval",
    "copies.mine": "/copies/",
    "proposals.waiting": "/stewards/proposals/",
    "proposals.proposal": "/stewards/proposals/{p.asked}",
    "proposals.early": "/stewards/inspections/{p.inspection}/early-disposal",
    "readings.asking": "/stewards/inspections/{p.inspection}/reading",
    "readings.read": "/stewards/readings/{p.inspection}/",
    "readings.document": "/stewards/readings/{p.inspection}/documents/{p.document}",
    "readings.asked": "{t}/readings/",
}
"""Endpoint -> address of every page that is opened with GET."""

Change = Callable[[Place, Visit], TestResponse]
GUIDE = "{i}/items/childrens-guide"
CHANGES: dict[str, Change] = {
    "account.enter_now": lambda _place, visit: visit.post("/sign-in", email="nobody@example.org"),
    "account.leave": lambda _place, visit: visit.post("/sign-out"),
    "step_up.ask_for_form": lambda _place, visit: visit.post("/confirm/form?purpose=hold", reason="A complaint."),
    "step_up.answer": lambda _place, visit: visit.post("/confirm", purpose="hold", code="123456"),
    "second.answer": lambda _place, visit: visit.post("/sign-in/code", code="123456"),
    "second.recover": lambda _place, visit: visit.post("/sign-in/recovery-code", code="K7QM"),
    "passkeys.ask": lambda _place, visit: visit.post("/sign-in/passkey/options"),
    "passkeys.answer": lambda _place, visit: visit.post("/sign-in/passkey", passkey="{}"),
    "passkeys.ask_new": lambda _place, visit: visit.post("/set-up/passkey/options"),
    "passkeys.ask_again": lambda _place, visit: visit.post("/confirm/passkey/options/hold"),
    "passkeys.confirm": lambda _place, visit: visit.post("/confirm/passkey", purpose="hold", passkey="{}"),
    "passkeys.add": lambda _place, visit: visit.post("/set-up/passkey", passkey="{}"),
    "second.begin": lambda _place, visit: visit.post("/set-up/app"),
    # A secret that waits is shown to no session but the one that began with it.
    "second.confirm": lambda _place, visit: (visit.post("/set-up/app"), visit.post("/set-up/app/code", code="x"))[1],
    "account.accept": lambda place, visit: visit.post(place.path("/invitations/{p.invitation}"), password="x"),
    "provider.gap": lambda place, visit: visit.post(place.path(GUIDE + "/gap"), kind="not_held", words="None."),
    "lists.send": lambda place, visit: visit.post(place.path("{i}/items/link-staff/list"), action="add"),
    "provider.take_back": lambda place, visit: visit.post(place.path(GUIDE + "/gap/taken-back")),
    "provider.withdraw_now": lambda place, visit: visit.post(place.path("{i}/documents/{p.spare}/withdraw")),
    "statements.declare_now": lambda place, visit: visit.post(place.path("{i}/declaration")),
    "recalls.recall_now": lambda place, visit: visit.post(place.path("{i}/documents/") + f"{place.wrong()}/recall"),
    "thread.send": lambda place, visit: visit.post(place.path("{i}/messages/"), words="Hello."),
    "thread.answer": lambda place, visit: visit.post(
        place.path("{i}/messages/answers"), question=str(place.question()), words="This one."
    ),
    "thread.close": lambda place, visit: visit.post(place.path("{i}/messages/") + f"{place.question()}/close"),
    "extras.ask": lambda place, visit: visit.post(
        place.path("{t}/requests/"), label="A rota", due_day="1", due_month="12", due_year="2023"
    ),
    "checks.release_it": lambda place, visit: visit.post(
        place.path("{t}/documents/{p.document}/check"), reason="It is a known form."
    ),
    "extras.end": lambda place, visit: visit.post(place.path("{t}/requests/") + f"{place.extra()}/end"),
    "announcing.go_on": lambda _place, visit: visit.post("/announce", step="check"),
    "conduct.move_deadline": lambda place, visit: visit.post(place.path("{t}/conduct/deadline"), reason=""),
    "conduct.defer": lambda place, visit: visit.post(place.path("{t}/conduct/deferral"), reason=""),
    "conduct.announce_again": lambda place, visit: visit.post(
        place.path("{t}/conduct/announcement"), step="check", days_on_site="4"
    ),
    "conduct.accept_late": lambda place, visit: visit.post(place.path("{t}/conduct/late")),
    "cancelling.cancel_now": lambda place, visit: visit.post(place.path("{t}/conduct/cancellation"), reference="x"),
    "long_stop.set_now": lambda _place, visit: visit.post("/stewards/programmes/RAA-2023/long-stop"),
    "conduct.close": lambda place, visit: visit.post(f"/team/inspections/{place.world.b.inspection}/conduct/closing"),
    "uploads.send_form": lambda place, visit: visit.send(place.path(GUIDE + "/documents"), sample()),
    "uploads.send_raw": lambda place, visit: visit.put(
        place.path(GUIDE + "/slots/file/uploads/") + uuid4().hex, sample()
    ),
}
FROM = {"from_day": "1", "from_month": "4", "from_year": "2018"}
CHANGES |= {
    "registers.add_programme_now": lambda _place, visit: visit.post(
        "/stewards/new-programme", code="NEXT", title="The next one", policy="next_day"
    ),
    "registers.change_programme": lambda _place, visit: visit.post(
        "/stewards/programmes/RAA-2023/edit", title="Renamed", policy="next_day"
    ),
    "registers.add_holiday_now": lambda _place, visit: visit.post(
        "/stewards/holidays/", title="A coronation", day_day="8", day_month="5", day_year="2024"
    ),
    "registers.remove_holiday_now": lambda _place, visit: visit.post("/stewards/holidays/2024-05-08/remove"),
    "agencies.add_agency_now": lambda _place, visit: visit.post("/stewards/new-agency", code="NEW", name="Adopt New"),
    "agencies.rename_now": lambda _place, visit: visit.post("/stewards/agencies/agency-a/name", name="Adopt A"),
    "agencies.words_now": lambda _place, visit: visit.post("/stewards/agencies/agency-a/words", words="LEEDS"),
    "agencies.mark_now": lambda _place, visit: visit.post("/stewards/agencies/agency-a/voluntary", voluntary="yes"),
    "agencies.add_member_now": lambda _place, visit: visit.post(
        "/stewards/agencies/agency-a/members", authority="Southdale", **FROM
    ),
    "agencies.correct_member_now": lambda place, visit: visit.post(
        place.path("/stewards/agencies/agency-a/members/{p.member}"), authority="Northmoor", **FROM
    ),
    "retention.publish_now": lambda _place, visit: visit.post("/stewards/programmes/RAA-2023/publication"),
    "plans.approve_now": lambda place, visit: visit.post(place.path("/stewards/inspections/{p.inspection}/plan")),
    "plans.set_policy_now": lambda _place, visit: visit.post(
        "/stewards/programmes/RAA-2023/approval", approval="standing"
    ),
    "copies.confirm": lambda _place, visit: visit.post(f"/copies/{uuid4()}"),
    "retention.dispose_now": lambda place, visit: visit.post(
        place.path("/stewards/inspections/{p.inspection}/disposal"), reference="RAA-2023-01"
    ),
    "retention.confirm_clock_now": lambda _place, visit: visit.post("/stewards/clock", checked="yes"),
    "proposals.decide": lambda place, visit: visit.post(
        place.path("/stewards/proposals/{p.asked}/decision"), decision="approve"
    ),
    "proposals.take_back": lambda place, visit: visit.post(place.path("/stewards/proposals/{p.asked}/withdrawal")),
    "proposals.propose_early": lambda place, visit: visit.post(
        place.path("/stewards/inspections/{p.inspection}/early-disposal"), reason="A court order."
    ),
    "readings.ask": lambda place, visit: visit.post(
        place.path("/stewards/inspections/{p.inspection}/reading"), reason=""
    ),
    "readings.decide": lambda place, visit: visit.post(
        place.path("{t}/readings/{p.asked}/decision"), decision="refuse"
    ),
    "readings.end": lambda place, visit: visit.post(place.path("{t}/readings/{p.asked}/end")),
}
PATHS |= ENTRY_PATHS | HOLD_PATHS
CHANGES |= ENTRY_CHANGES | HOLD_CHANGES
PATHS |= {
    "colleagues.people": "{i}/people",
    "colleagues.removal": "{i}/people/{p.world.contributor.id}/remove",
    "colleagues.leader": "{t}/leader",
    "people.people": "/stewards/people/",
    "people.adding": "/stewards/people/add-steward",
    "people.person": "/stewards/people/{p.world.leader.id}",
    "people.disabling": "/stewards/people/{p.world.leader.id}/disable",
    "people.correction": "/stewards/people/{p.world.leader.id}/correct",
    "people.ending": "/stewards/people/{p.world.dpo.id}/stewardships/data_protection_officer",
    "teams.teams": "/stewards/teams/",
    "teams.team": "/stewards/teams/{p.inspection}",
    "teams.leaving": "/stewards/teams/{p.inspection}/people/{p.world.inspector.id}/remove",
}
CHANGES |= {
    "colleagues.invite": lambda place, visit: visit.post(
        place.path("{i}/people"), email=f"{uuid4().hex}@example.org", name="New Colleague"
    ),
    "colleagues.resend": lambda place, visit: visit.post(place.path("{i}/people/") + f"{place.colleague()}/resend"),
    "colleagues.remove": lambda place, visit: visit.post(place.path("{i}/people/") + f"{place.colleague()}/remove"),
    "colleagues.replace": lambda place, visit: visit.post(place.path("{t}/leader"), email="nobody", name="Nobody"),
    "people.search": lambda _place, visit: visit.post("/stewards/people/search", search="leader"),
    "people.resend": lambda place, visit: visit.post(
        f"/stewards/people/{place.colleague()}/resend", inspection=str(place.inspection)
    ),
    "people.revoke": lambda place, visit: visit.post(
        f"/stewards/people/{place.colleague()}/revoke", inspection=str(place.inspection)
    ),
    "people.disable": lambda place, visit: visit.post(f"/stewards/people/{place.colleague()}/disable"),
    "people.enable": lambda place, visit: visit.post(f"/stewards/people/{place.colleague()}/enable"),
    "people.correct": lambda place, visit: visit.post(
        f"/stewards/people/{place.colleague()}/correct", email="right@example.org", name="Right"
    ),
    "people.add": lambda _place, visit: visit.post("/stewards/people/add-steward", email="x@example.org", name="X"),
    "people.end": lambda place, visit: visit.post(
        place.path("/stewards/people/{p.world.dpo.id}/stewardships/data_protection_officer")
    ),
    "teams.assign_now": lambda place, visit: visit.post(
        place.path("/stewards/teams/{p.inspection}"), email="x@example.org", name="X"
    ),
    "teams.unassign_now": lambda place, visit: visit.post(
        place.path("/stewards/teams/{p.inspection}/people/") + f"{place.colleague()}/remove"
    ),
}
PATHS |= A1_PATHS | OWN_PATHS | DIRECTORY_PATHS | DPO_PATHS | TRAIL_PATHS
CHANGES |= A1_CHANGES | OWN_CHANGES | DIRECTORY_CHANGES | DPO_CHANGES | TRAIL_CHANGES
"""Endpoint -> a request of every route that changes something."""
PATHS |= {
    "tokens.overview": "{i}/tokens",
    "api.openapi": "/api/v1/openapi.json",
    "api.status": "/api/v1/status",
    "api.items": "/api/v1/items",
    "api.item": "/api/v1/items/annual-report",
    "api.receipt": "/api/v1/receipt",
    "api.receipt_numbered": "/api/v1/receipts/1",
    "api.bundle": "/api/v1/bundle",
    "api.audit": "/api/v1/audit",
}
CHANGES |= {
    "tokens.make": lambda place, visit: visit.post(place.path("{i}/tokens"), purpose="send", days=""),
    "tokens.revoke": lambda place, visit: visit.post(place.path("{i}/tokens/") + f"{uuid4()}/revoke"),
    "api.send": lambda _place, visit: visit.put(
        f"/api/v1/items/childrens-guide/slots/file/uploads/{uuid4().hex}", sample()
    ),
    "api.answer": lambda _place, visit: visit.client.post(
        "/api/v1/items/childrens-guide/answers", json={"kind": "not_held", "words": "None."}
    ),
}
