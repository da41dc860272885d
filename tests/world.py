"""A small world to test in: a programme, two agencies whose inspections are announced, and people in every role."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from secrets import token_urlsafe
from uuid import UUID, uuid4

from sqlalchemy import Engine, insert

from portal.adapters.calendar import england_holidays
from portal.db.credentials import StepUp
from portal.db.engine import writing
from portal.db.tables import Assignment, Person, WebSession
from portal.domain.actors import OPERATOR, Actor, person_actor
from portal.domain.deadline import DeadlinePolicy, Holidays
from portal.domain.policy import KIB, MIB, Policy
from portal.domain.roles import Role
from portal.domain.step_up import Purpose
from portal.ports import Deps
from portal.services.announce import Announced, Announcement, Invitee, announce
from portal.services.programmes import add_programme
from portal.services.receive import Received, Upload, receive
from portal.vault.invitations import token_hash
from schemas.definitions import load_checklist
from tests.fake_checker import FakeChecker, FakeScanner
from tests.fake_directory import FakeDirectory
from tests.fakes import FakeAnchor, FakeClock, FakeCustodian, FakeMailer, FakeSigner, FakeStore

START = datetime(2023, 10, 9, 8, 30, tzinfo=UTC)
"""Monday 9 October 2023, 9:30am in London."""
DUE = datetime(2023, 10, 10, 15, tzinfo=UTC)
"""The deadline that follows: 4pm on Tuesday in London."""
PART = 64 * KIB
PROGRAMME = "RAA-2023"
CHECKLIST = load_checklist("2023")
_HOLIDAYS: Holidays = england_holidays()
OWNER = {
    "PORTAL_OWNER": "The Inspectorate",
    "PORTAL_SUPPORT": "support@inspectorate.example",
    "PORTAL_DATA_PROTECTION": "protection@inspectorate.example",
    "PORTAL_LAWFUL_BASIS": "Public task",
    "PORTAL_CHARTER_URL": "https://inspectorate.example/charter",
    "PORTAL_CONDUCT_URL": "https://inspectorate.example/conduct",
    "PORTAL_CLAMD": "unix:///run/clamav/clamd.ctl",
    "PORTAL_A1_DEFINITION": "illustrative-2023",
}
"""The settings that say who runs the service and how it checks files, which production needs."""
_numbers = count(1)

_STARTS = {
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt"), b"PK\x03\x04"),
    **dict.fromkeys(("doc", "xls"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    **dict.fromkeys(("jpg", "jpeg"), b"\xff\xd8\xff\xe0"),
    "pdf": b"%PDF-1.7\n",
    "rtf": b"{\\rtf1",
    "png": b"\x89PNG\r\n\x1a\n",
}


SMALLEST_PDF = 420
_PDF_OBJECTS = (
    b"/Type/Catalog/Pages 2 0 R",
    b"/Type/Pages/Kids[3 0 R]/Count 1",
    b"/Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]",
)


def sample(extension: str = "pdf", size: int = 1_000, seed: int = 0) -> bytes:
    """Return `size` bytes that begin as a file of this type does and differ by `seed`; a PDF is whole, if it fits."""
    if extension == "pdf" and size >= SMALLEST_PDF:
        return _pdf(size, seed)
    head = _STARTS.get(extension, b"") + b"%d," % seed
    return (head + bytes(range(33, 127)) * (size // 94 + 1))[:size]


def _pdf(size: int, seed: int) -> bytes:
    """Return a PDF of one blank page; what it is too short by stands in a comment."""
    head, pages = b"%%PDF-1.7\n%%%d," % seed, b""
    places, start = [], size - SMALLEST_PDF + len(head) + 1
    for number, value in enumerate(_PDF_OBJECTS, 1):
        places.append(start + len(pages))
        pages += b"%d 0 obj<<%s>>endobj\n" % (number, value)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 4\n0000000000 65535 f \n%btrailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        start + len(pages),
    )
    filling = bytes(range(33, 127)) * (size // 94 + 1)
    return head + filling[: start - len(head) - 1] + b"\n" + (pages + end).ljust(size - start, b"\n")


@dataclass(frozen=True)
class Someone:
    """A person with an account."""

    id: UUID
    email: str
    name: str

    @property
    def actor(self) -> Actor:
        """Who they are to a service."""
        return person_actor(self.id)


@dataclass
class Fakes:
    """The stand-ins that `Deps` is made of."""

    clock: FakeClock
    store: FakeStore = field(default_factory=FakeStore)
    custodian: FakeCustodian = field(default_factory=FakeCustodian)
    signer: FakeSigner = field(default_factory=FakeSigner)
    anchor: FakeAnchor = field(default_factory=FakeAnchor)
    other_anchor: FakeAnchor = field(default_factory=FakeAnchor)
    checker: FakeChecker = field(default_factory=FakeChecker)
    scanner: FakeScanner = field(default_factory=FakeScanner)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    directory: FakeDirectory = field(default_factory=FakeDirectory)


def make_fakes(clock: FakeClock) -> Fakes:
    """Return fresh stand-ins around a clock."""
    return Fakes(clock)


def make_deps(engine: Engine, fakes: Fakes) -> Deps:
    """Return what services need; parts and files are small, so that several parts cost little."""
    return Deps(
        engine=engine,
        store=fakes.store,
        custodian=fakes.custodian,
        signer=fakes.signer,
        anchors={"folder": fakes.anchor, "other": fakes.other_anchor},
        mailer=fakes.mailer,
        checker=fakes.checker,
        clock=fakes.clock,
        holidays=_HOLIDAYS,
        policy=Policy(max_file_bytes=2 * MIB, part_bytes=PART),
        public_url="https://evidence.example",
        secret=b"a secret for tests that is long enough",
        scanner=fakes.scanner,
        directory=fakes.directory,
    )


@dataclass
class World:
    """What `build_world` made. Inspection `a` is agency A's, `b` is agency B's."""

    deps: Deps
    fakes: Fakes
    a: Announced
    b: Announced
    leader: Someone
    contributor: Someone
    leader_b: Someone
    lead_inspector: Someone
    inspector: Someone
    qa_officer: Someone
    lead_inspector_b: Someone
    administrator: Someone
    dpo: Someone

    @property
    def everyone(self) -> tuple[Someone, ...]:
        """All the people of this world."""
        return tuple(each for each in vars(self).values() if isinstance(each, Someone))


_PEOPLE = {
    "leader": "Lena Leader",
    "contributor": "Conrad Contributor",
    "leader_b": "Bella Leader",
    "lead_inspector": "Ines Inspector",
    "inspector": "Ivo Inspector",
    "qa_officer": "Quinn Quality",
    "lead_inspector_b": "Ida Inspector",
    "administrator": "Ada Administrator",
    "dpo": "Dora Protection",
}


def build_world(deps: Deps, fakes: Fakes) -> World:
    """Announce two inspections of the programme RAA-2023 at this moment; nothing is sent yet."""
    people = {word: add_person(deps, f"{word.replace('_', '.')}@example.org", name) for word, name in _PEOPLE.items()}
    give_role(deps, people["administrator"].id, Role.administrator)
    give_role(deps, people["dpo"].id, Role.data_protection_officer)
    add_programme(deps, OPERATOR, PROGRAMME, "Regional adoption agencies", DeadlinePolicy.next_day, "2023")
    actor = people["administrator"].actor
    team = {
        "lead_inspector": Role.lead_inspector,
        "inspector": Role.inspector,
        "qa_officer": Role.quality_assurance_officer,
    }
    a = announce(deps, actor, _announcement("A", people, {"leader": Role.leader} | team))
    b = announce(
        deps, actor, _announcement("B", people, {"leader_b": Role.leader, "lead_inspector_b": Role.lead_inspector})
    )
    give_role(deps, people["contributor"].id, Role.contributor, a.inspection)
    return World(deps=deps, fakes=fakes, a=a, b=b, **people)


def _announcement(letter: str, people: dict[str, Someone], roles: dict[str, Role]) -> Announcement:
    invitees = [Invitee(people[word].email, people[word].name, role) for word, role in roles.items()]
    return Announcement(PROGRAMME, f"agency-{letter.lower()}", f"Adoption {letter}", invitees)


def add_person(deps: Deps, email: str, name: str = "Some One") -> Someone:
    """Add an account by its row. Its password fits nothing: sign in by `session_for`."""
    person = Someone(uuid4(), email, name)
    with writing(deps.engine) as session:
        session.add(
            Person(id=person.id, email=email, name=name, password_hash="fits nothing", created_at=deps.clock.now())
        )
    return person


def give_role(deps: Deps, person: UUID, role: Role, inspection: UUID | None = None) -> None:
    """Give a role by its row; stewards have no inspection."""
    with writing(deps.engine) as session:
        session.add(Assignment(person_id=person, inspection_id=inspection, role=str(role), created_at=deps.clock.now()))


def session_for(
    deps: Deps,
    person: UUID,
    stage: str = "full",
    factor: str | None = "totp",
    confirmed: Iterable[str] = tuple(Purpose),
) -> str:
    """Sign a person in by the row of a session, without a password or second factor; return the token.

    Unless asked otherwise, they have just confirmed that it is they, for every purpose.
    """
    token, row = token_urlsafe(32), uuid4()
    now = deps.clock.now()
    with writing(deps.engine) as session:
        session.execute(
            insert(WebSession).values(
                id=row,
                token_hash=token_hash(token),
                person_id=person,
                stage=stage,
                factor=factor,
                created_at=now,
                last_seen_at=now,
            )
        )
        granted = confirmed if stage == "full" else ()
        session.add_all(StepUp(session_id=row, purpose=each, granted_at=now) for each in granted)
    return token


def an_upload(
    deps: Deps,
    inspection: UUID,
    item: str = "statement-of-purpose",
    slot: str = "file",
    *,
    name: str = "",
    upload_id: str = "",
    replaces: UUID | str = "",
    length: int | None = None,
    sha256: bytes | None = None,
    began_at: datetime | None = None,
) -> Upload:
    """Return what a sender says before a body; what is not given is right for the slot."""
    wanted = CHECKLIST.item(item).slot(slot)
    accepts = wanted.accepts or CHECKLIST.item(item).accepts
    return Upload(
        inspection=inspection,
        item=item,
        slot=slot,
        upload_id=upload_id or f"upload-{next(_numbers):08d}",
        name=name or f"{item}-{slot}.{accepts[0]}",
        began_at=began_at or deps.clock.now(),
        meeting_date="2023-09-01" if wanted.dated else "",
        replaces=str(replaces),
        length=length,
        sha256=sha256,
    )


def chunked(data: bytes, size: int = 10_000) -> Iterator[bytes]:
    """Yield the data in chunks, as a body comes."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def upload(
    deps: Deps,
    actor: Actor,
    inspection: UUID,
    item: str = "statement-of-purpose",
    slot: str = "file",
    data: bytes | Iterable[bytes] | None = None,
    *,
    name: str = "",
    upload_id: str = "",
    replaces: UUID | str = "",
) -> Received:
    """Send one file through the service; without `data` one that fits the slot."""
    said = an_upload(deps, inspection, item, slot, name=name, upload_id=upload_id, replaces=replaces)
    if data is None:
        data = sample(said.name.rpartition(".")[2], seed=next(_numbers))
    return receive(deps, actor, said, chunked(data) if isinstance(data, bytes) else data)


def complete(deps: Deps, actor: Actor, inspection: UUID) -> dict[tuple[str, str], Received]:
    """Send a file for every slot that the checklist asks for: 15 files, the A1 form as a workbook."""
    return {
        (item.code, slot): upload(deps, actor, inspection, item.code, slot)
        for item in CHECKLIST.items
        for slot in item.complete[0]
    }
