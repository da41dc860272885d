"""The data protection officer's desk: what is due when, incidents, downloads, the trail, accounts, the calendar."""

import json
import re
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import update
from structlog.testing import capture_logs

from portal.db.credentials import DirectoryIdentity, Passkey, RecoveryCode, Totp
from portal.db.endings import Alarm, CalendarFeed, CopyNotice
from portal.db.engine import writing
from portal.db.tables import AuditEntry, Base, Inspection, Person, Programme
from portal.domain.roles import Role
from portal.services.a1_document import checked_form
from portal.services.a1_glance import glance_file, glance_page
from portal.services.account_held import COUNTED
from portal.services.accounts import disable, enable
from portal.services.check import check_document
from portal.services.dispose import dispose
from portal.services.hand_over import download_document, make_bundle
from portal.services.publish import publish
from portal.services.stewards import add_steward, end_steward
from portal.vault.alarms import raise_alarm
from schemas.a1_glance import Glance
from schemas.a1_result import A1Result
from schemas.checking import Answer
from tests.formats.test_icalendar import parse
from tests.services.ends import DUE_AT, hold, hold_programme, wait_until_due
from tests.services.looks import actions, rows, trail_text
from tests.web.clients import Visit, make_app, make_settings, sign_in, words
from tests.web.scripts import token_for
from tests.web.steward_browser import Steward
from tests.world import PROGRAMME, World, add_person, give_role, sample, upload

FORM = Answer("xlsx", a1=A1Result("illustrative-2023", True, {}), glance=Glance("x", {"Children": {"301": 9}}, {}, ()))
DESK = "/stewards/desk"


def events(officer: Steward, path: str = "/") -> list[str]:
    """Return the months and events of the timeline as words, in order."""
    main = officer.get(DESK + path).text.partition("<main")[2].partition("</main")[0]
    found = re.findall(r'<h2 [^>]*id="month[^>]*>(.*?)</h2>|<li>(.*?)</li>', main.partition("</nav>")[2], re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", " ", "".join(each)).split()) for each in found]


def test_what_is_due_when(officer: Steward, admin: Steward, world: World) -> None:
    """From before publication to the provisional certificate everything has its day, and nothing is left out."""
    assert [
        "April 2025",
        "Saturday 19 April 2025 RAA-2023 Long-stop: a decision is due, because no report is published",
        "No date yet",
        "RAA-2023-01 Kept: the report is not published yet",
        "RAA-2023-02 Kept: the report is not published yet",
    ] == events(officer)
    world.fakes.clock.set(datetime(2024, 3, 26, 12, tzinfo=UTC))
    publish(world.deps, world.dpo.actor, PROGRAMME, date(2024, 3, 26))
    hold(world)
    hold_programme(world)
    held, due = "Held Disposal is due Kept until disposal is due", "Thursday 27 March 2025"
    notice = "The notice after a change of the publication date ends Kept until disposal is due"
    assert [
        "April 2024",
        f"9 April 2024 at 1pm RAA-2023-01 Held {notice}",
        f"9 April 2024 at 1pm RAA-2023-02 Held {notice}",
        "June 2024",
        "Monday 24 June 2024 RAA-2023 A hold is to be looked at again",
        "Monday 24 June 2024 RAA-2023-01 A hold is to be looked at again",
        "March 2025",
        f"{due} RAA-2023-01 {held}",
        f"{due} RAA-2023-02 {held}",
    ] == events(officer)
    world.fakes.clock.set(datetime(2024, 6, 25, tzinfo=UTC))
    assert "Before today" == events(officer)[0]
    assert f'href="{DESK}/"' in officer.get("/stewards/").text
    assert DESK not in admin.get("/stewards/").text
    with writing(world.deps.engine) as session:
        session.execute(update(Inspection).values(held=False))
        session.execute(update(Programme).values(held=False))
        session.execute(update(Base.metadata.tables["hold"]).values(lifted_at=world.fakes.clock.now()))
    world.fakes.clock.set(DUE_AT)
    dispose(world.deps, world.dpo.actor, world.a.inspection)
    assert [
        "March 2025",
        f"{due} RAA-2023-02 Disposal is due Disposal is due now",
        "April 2025",
        "Saturday 26 April 2025 RAA-2023-01 The last backup of the key ends, and the certificate can be final",
    ] == events(officer)
    page = officer.get(f"{DESK}/").text
    assert f'href="/stewards/certificates/{world.a.inspection}"' in page
    assert f'href="/stewards/inspections/{world.b.inspection}/plan"' in page
    assert page == page.replace("canary", "")


def test_a_long_timeline_is_read_by_pages(officer: Steward, world: World) -> None:
    """However many inspections there are, a page has fifty events, and every event is on one page."""
    with writing(world.deps.engine) as session:
        like = session.get_one(Inspection, world.b.inspection)
        columns = {each.name: getattr(like, each.name) for each in Inspection.__table__.columns}
        session.add_all(Inspection(**columns | {"id": uuid4(), "reference": f"RAA-2023-{n:02}"}) for n in range(3, 60))
    first, second = events(officer, "/?page=1"), events(officer, "/?page=2")
    listed = [each.split()[0] for each in (*first, *second) if each.startswith("RAA-")]
    assert [f"RAA-2023-{n:02}" for n in range(1, 60)] == listed
    assert (51 + 1, 10 + 1) == (len(first), len(second))


def test_incidents_are_told_apart_and_settled_by_hand_where_that_helps(
    officer: Steward, admin: Steward, world: World
) -> None:
    """Each says what it is, about what, since when, and what to do; who closed it is kept after that."""
    held, [programme] = hold(world), [each.id for each in rows(world.deps, Programme)]
    with writing(world.deps.engine) as session:
        raise_alarm(session, world.deps, "key-back", "It was there again.", subject=str(world.a.inspection))
        raise_alarm(session, world.deps, "late-disposal", "It is late.", subject=str(world.b.inspection))
        for kind in ("clock", "hold-review", "no-publication", "approval-due"):
            about = {"hold-review": held, "no-publication": programme, "approval-due": world.b.inspection}.get(kind, "")
            raise_alarm(session, world.deps, kind, "It is so.", subject=str(about))
        raise_alarm(session, world.deps, "of another version", "Something else.", subject="folder")
    page = officer.get(f"{DESK}/incidents")
    said = words(page)
    for each in (
        "A key that was removed was there again RAA-2023-01 It was there again. It stands since 9 October 2023",
        "A disposal is more than 24 hours late RAA-2023-02 It is late.",
        "Something needs a steward folder Something else.",
        "It goes by itself once its cause is gone.",
    ):
        assert each in said
    for href in ("clock", f"holds/{held}/", "programmes/RAA-2023/", "retention/"):
        assert f'href="/stewards/{href}">Go to where' in page.text
    for inspection, end in ((world.b.inspection, "plan"), (world.a.inspection, "")):
        assert re.search(rf'href="/stewards/[a-z]+/{inspection}/?{end}">Go to where', page.text)
    [settle] = re.findall(r'action="(/stewards/desk/incidents/[^"]+)"', page.text)
    ids = {each.kind: each.id for each in rows(world.deps, Alarm)}
    assert f"{DESK}/incidents/{ids['key-back']}/settled" == settle
    assert 404 == admin.post(settle).status_code
    assert {409} == {
        officer.post(f"{DESK}/incidents/{ids[kind]}/settled").status_code for kind in ids if kind != "key-back"
    }
    done = officer.post(settle)
    assert "The incident is closed." in words(officer.get(done.location))
    assert 303 == officer.post(settle).status_code
    after = words(officer.get(f"{DESK}/incidents"))
    assert "What is over" in after
    assert "A key that was removed was there again RAA-2023-01 9 October 2023 at 9:30am" in after
    assert "9 October 2023 at 9:30am Dora Protection" in after
    assert 1 == actions(world.deps).count("alarm.cleared")
    assert [404, 400] == [
        officer.post(f"{DESK}/incidents/{uuid4()}/settled").status_code,
        officer.post(settle, force="yes").status_code,
    ]


def _download(world: World) -> None:
    """Let each kind of download be begun: a bundle, an item, what changed, a document; and one elsewhere."""
    document = upload(world.deps, world.leader.actor, world.a.inspection, "annual-report").document
    one = world.inspector.actor
    for scope, item in (("all", ""), ("item", "annual-report"), ("changes", "")):
        _bag, body = make_bundle(world.deps, one, world.a.inspection, scope, item)  # type: ignore[arg-type]
        for _ in body:
            pass
    b"".join(download_document(world.deps, world.leader.actor, world.a.inspection, document).chunks)
    world.fakes.checker.answer = FORM
    form = upload(world.deps, world.leader.actor, world.a.inspection, "a1-form", "workbook", sample("xlsx")).document
    check_document(world.deps, form)
    glance_page(world.deps, one, world.a.inspection)
    glance_file(world.deps, one, world.a.inspection)
    for taken in (False, True):
        checked_form(world.deps, one, world.a.inspection, form, taken=taken)
    theirs = upload(world.deps, world.leader_b.actor, world.b.inspection).document
    download_document(world.deps, world.lead_inspector_b.actor, world.b.inspection, theirs)


def test_who_downloaded_what(officer: Steward, admin: Steward, world: World) -> None:
    """All kinds, the newest first, of all inspections or one, with names for as long as the account is there."""
    assert "Nothing was downloaded." in words(officer.get(f"{DESK}/downloads"))
    _download(world)
    with writing(world.deps.engine) as session:
        session.execute(update(Person).where(Person.id == world.leader.id).values(removed_at=world.fakes.clock.now()))
    at = "9 October 2023 at 9:30am"
    mine = (
        f"{at} Ivo Inspector RAA-2023-01 What was found in the A1 form, as a file ( a1-form )",
        f"{at} Ivo Inspector RAA-2023-01 The A1 form at a glance, without small numbers, as a file ( a1-form )",
        f"{at} A removed account RAA-2023-01 One document ( annual-report )",
        f"{at} Ivo Inspector RAA-2023-01 What had changed, as a bundle",
        f"{at} Ivo Inspector RAA-2023-01 One item, as a bundle ( annual-report )",
        f"{at} Ivo Inspector RAA-2023-01 Everything, as one bundle",
    )
    everything = words(officer.get(f"{DESK}/downloads"))
    assert " ".join((f"{at} Ida Inspector RAA-2023-02 One document ( statement-of-purpose )", *mine)) in everything
    one = words(officer.get(f"{DESK}/downloads?reference=RAA-2023-01"))
    assert " ".join(mine) in one
    assert "Ida Inspector" not in one
    wrong = officer.get(f"{DESK}/downloads?reference=RAA-1999-01")
    assert (422, True) == (wrong.status_code, 'href="#reference"' in wrong.text)
    assert "canary" not in everything
    for _ in range(26):
        make_bundle(world.deps, world.inspector.actor, world.a.inspection)
    page, seen = officer.get(f"{DESK}/downloads"), 0
    for _ in range(2):
        seen += page.text.count('data-label="Who"')
        older = re.search(r'href="([^"]+)">Older downloads', page.text)
        page = officer.get(older[1].replace("&amp;", "&")) if older else page
    assert (33, True) == (seen, "Newest downloads" in page.text)
    assert {200} == {officer.get(f"{DESK}/downloads?before={odd}").status_code for odd in ("x", "-1", "9" * 18, "٣")}


def test_the_trail_is_searched_without_a_trace_of_what_was_typed(officer: Steward, world: World) -> None:
    """By inspection, action, person and London days, a page at a time; each search leaves one entry."""
    token = token_for(world, "send")
    _download(world)

    def found(**typed: str) -> list[str]:
        page = officer.post(f"{DESK}/trail", **typed)
        assert 200 == page.status_code
        return re.findall(r"<code[^>]*>([a-z.-]+)</code>", page.text)

    assert {"bundle.opened"} == set(found(action="bundle.opened"))
    assert ["document.opened", "document.received", "document.began", "inspection.announced"] == found(
        reference="RAA-2023-02"
    )
    for name in (" INSPECTOR@example.org ", "Ivo"):
        assert {"bundle.opened", "bundle.completed"} == set(found(person=name))
    assert ["token.made"] == found(person="Lena", action="token.made", reference=" RAA-2023-01 ")
    assert token.id is not None
    assert [] == found(action="no.such")
    assert "A download of a bundle began" in words(officer.post(f"{DESK}/trail", person="Ivo"))
    # An hour after midnight in London it is still the day before in UTC.
    world.fakes.clock.set(datetime(2024, 6, 9, 23, 30, tzinfo=UTC))
    upload(world.deps, world.contributor.actor, world.a.inspection, "childrens-guide")
    days = {"first_day": "10", "first_month": "6", "first_year": "2024"}
    until = {"last_day": "9", "last_month": "6", "last_year": "2024"}
    assert ["document.received", "document.began"] == found(**days, reference="RAA-2023-01")
    assert "document.received" in found(**until, reference="RAA-2023-01", action="document.received")
    assert [] == found(**until, person="Conrad")
    assert ["document.received", "document.began"] == found(
        **days, last_day="31", last_month="12", last_year="9999", person="contributor@example.org"
    )
    for field, typed, said in (
        ("reference", {"reference": "nowhere"}, "There is no inspection"),
        ("person", {"person": "Somebody Unknown"}, "No account has this"),
        ("person", {"person": "Inspector"}, "Several accounts"),
        ("first_day", {"first_day": "31", "first_month": "2", "first_year": "2024"}, "must be a real date"),
        ("last_day", days | until, "must be the first day or later"),
    ):
        wrong = officer.post(f"{DESK}/trail", **typed)
        assert (422, True, True) == (wrong.status_code, f'href="#{field}"' in wrong.text, said in words(wrong))
        assert all(f'value="{each}"' in wrong.text for each in typed.values())
    assert [400, 400] == [officer.post(f"{DESK}/trail", **odd).status_code for odd in ({"before": "x"}, {"odd": "1"})]
    trail = trail_text(world.deps)
    assert not [each for each in ("Somebody Unknown", "Conrad", "INSPECTOR", "contributor@") if each in trail]
    assert "'by': ['action', 'person', 'reference']" in trail
    _pages_of_the_trail(officer, world)


def _pages_of_the_trail(officer: Steward, world: World) -> None:
    """Every entry is on one page, and going on to older ones is not another search."""
    before, seen, page = actions(world.deps), [], officer.get(f"{DESK}/trail")
    while True:
        seen += [int(each) for each in re.findall(r'data-label="Entry">(\d+)<', page.text)]
        older = re.search(r'name="before" value="(\d+)"', page.text)
        if older is None:
            break
        page = officer.post(f"{DESK}/trail", before=older[1])
    assert list(range(len(before), 0, -1)) == seen
    assert before == actions(world.deps)


SECRET = b"canary of a secret"


def _give_everything(world: World) -> set[str]:
    """Let the leader have a row in every table that names people as theirs; return what may never be shown."""
    now, person = world.fakes.clock.now(), world.leader.id
    token = token_for(world, "send")
    with writing(world.deps.engine) as session:
        session.add_all(
            [
                Totp(person_id=person, sealed_secret=SECRET, last_counter=1, created_at=now, confirmed_at=now),
                Passkey(
                    person_id=person, credential_id=SECRET, public_key=SECRET, counter=0, label="My key", created_at=now
                ),
                RecoveryCode(person_id=person, code_hash=SECRET, made_at=now),
                DirectoryIdentity(person_id=person, issuer="https://id.example", subject="sub-1", created_at=now),
                CopyNotice(inspection_id=world.a.inspection, person_id=person, downloads=2, asked_at=now),
                CalendarFeed(person_id=person, token_hash=SECRET, made_at=now),
            ]
        )
    upload(world.deps, world.leader.actor, world.a.inspection, "annual-report")
    return {"canary-of-a-file", SECRET.hex(), token.token, "fits nothing", "annual-report-file.pdf"}


def test_all_that_is_held_on_an_account_is_found_and_no_secret(officer: Steward, admin: Steward, world: World) -> None:
    """A part of the name or address finds it; page and file say the same; both leave an entry without the name."""
    never = _give_everything(world)
    assert 404 == admin.post(f"{DESK}/requests/accounts", account="Lena").status_code
    blank = officer.post(f"{DESK}/requests/accounts", account=" ")
    assert (422, True) == (blank.status_code, 'href="#account"' in blank.text)
    assert "No account has this" in words(officer.post(f"{DESK}/requests/accounts", account="Nobody <b>"))
    found = officer.post(f"{DESK}/requests/accounts", account="LENA")
    assert [f"{DESK}/requests/accounts/{world.leader.id}"] == re.findall(
        r'portal-name"><a[^>]* href="([^"]+)"', found.text
    )
    page, file = (officer.get(f"{DESK}/requests/accounts/{world.leader.id}{end}") for end in ("", ".json"))
    assert ("no-store", True) == (
        file.headers["Cache-Control"],
        'filename="account.json"' in file.headers["Content-Disposition"],
    )
    held: dict[str, list[dict[str, Any]]] = json.loads(file.data)
    assert {"name": "Lena Leader", "email": "leader@example.org", "made": "2023-10-09T08:30:00.000Z"}.items() <= (
        held["account"][0].items()
    )
    assert [("Leader", "RAA-2023-01", None)] == [
        (each["role"], each["inspection"], each["ended"]) for each in held["roles"]
    ]
    assert ["Authenticator app", "Passkey", "Work account", "Recovery codes that are left"] == [
        each["kind"] for each in held["factors"]
    ]
    assert ["My key", "https://id.example sub-1"] == [each["name"] for each in held["factors"][1:3]]
    assert [("send", "RAA-2023-01")] == [(each["purpose"], each["inspection"]) for each in held["tokens"]]
    assert [("RAA-2023-01", 2, None)] == [
        (each["inspection"], each["downloads"], each["confirmed"]) for each in held["copy_notices"]
    ]
    assert 1 == len(held["calendars"])
    counts = {each["code"]: each["number"] for each in held["counts"]}
    # The file does not count the entry that it leaves itself.
    of_hers = [each for each in rows(world.deps, AuditEntry) if str(world.leader.id) in each.actor + each.subject]
    assert (2, len(of_hers) - 1) == (counts["documents_sent"], counts["trail"])
    for text in (page.text, file.text):
        assert [] == [each for each in never if each in text]
    for said in ("Lena Leader", "My key", "Documents that they sent 2"):
        assert said in words(page)
    trail = trail_text(world.deps)
    assert not [each for each in ("LENA", "Lena", "Nobody <b>") if each in trail]
    assert [2, 2] == [actions(world.deps).count(f"account.{each}") for each in ("searched", "shown")]
    with writing(world.deps.engine) as session:
        session.execute(update(Person).where(Person.id == world.leader.id).values(removed_at=world.fakes.clock.now()))
    assert 404 == officer.get(f"{DESK}/requests/accounts/{world.leader.id}").status_code
    assert "No account has this" in words(officer.post(f"{DESK}/requests/accounts", account="Lena"))


def test_nothing_that_names_a_person_is_left_out() -> None:
    """Every column that refers to an account is a section of what is held on it, or counted there."""
    sections = {
        "assignment.person_id", "invitation.person_id", "web_session.person_id", "totp.person_id", "passkey.person_id",
        "recovery_code.person_id", "directory_identity.person_id", "api_token.made_by", "calendar_feed.person_id",
        "outbox_mail.person_id", "copy_notice.person_id", "hold.owner_id",
    }  # fmt: skip
    counted = {f"{column.class_.__tablename__}.{column.key}" for _code, column, _title in COUNTED}
    named = {
        f"{table.name}.{key.parent.name}"
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "person"
    }
    assert named == sections | counted


def test_the_calendar_opens_by_its_address_alone_and_for_as_long_as_its_owner_may(
    officer: Steward, admin: Steward, world: World
) -> None:
    """It is shown once, renewed and ended; wrong, ended or of a former officer it is the same nothing."""
    wait_until_due(world)
    hold(world)
    page = f"{DESK}/calendar"
    assert "You have no address yet." in words(officer.get(page))
    assert 404 == admin.post(page).status_code

    def make() -> str:
        made = officer.post(page)
        assert ("no-store", 200) == (made.headers["Cache-Control"], made.status_code)
        return str(re.findall(r'id="address">https://evidence\.example(/calendar/[\w-]{43}\.ics)<', made.text)[0])

    stranger = Visit(officer.pages, sign_in(officer.pages, world.deps, None))
    first = make()
    feed = stranger.get(first)
    assert ("text/calendar; charset=utf-8", "no-store") == (feed.content_type, feed.headers["Cache-Control"])
    assert [
        ("20250327", "RAA-2023-01: Disposal is due"),
        ("20250327", "RAA-2023-02: Disposal is due"),
        ("20250625", "RAA-2023-01: A hold is to be looked at again"),
    ] == [(each["DTSTART;VALUE=DATE"], each["SUMMARY"]) for each in parse(feed.data)]
    assert first not in officer.get(page).text
    assert "You have an address since 27 March 2025" in words(officer.get(page))
    second = make()
    nothing = _nothing(stranger, "/calendar/unknown.ics")
    assert nothing == _nothing(stranger, first)
    assert 200 == stranger.get(second).status_code
    with ExitStack() as busy:  # strangers who come by an address alone leave threads for others
        for _ in range(make_settings().threads // 4):
            busy.enter_context(officer.pages.extensions["portal.strangers"].take(None))
        assert 503 == stranger.get(second).status_code
    officer.post(f"{page}/end")
    assert nothing == _nothing(stranger, second)
    officer.post(f"{page}/end")
    third = make()
    give_role(world.deps, add_person(world.deps, "other@example.org").id, Role.data_protection_officer)
    disable(world.deps, world.administrator.actor, world.dpo.id)
    assert nothing == _nothing(stranger, third)
    enable(world.deps, world.administrator.actor, world.dpo.id)
    assert nothing == _nothing(stranger, third)
    fourth = make()
    with capture_logs() as logged:
        end_steward(world.deps, world.administrator.actor, world.dpo.id, Role.data_protection_officer)
        assert nothing == _nothing(stranger, fourth)
        world.fakes.clock.advance(timedelta(minutes=1))
        add_steward(
            world.deps, world.administrator.actor, world.dpo.email, world.dpo.name, Role.data_protection_officer
        )
        assert nothing == _nothing(stranger, fourth)
        assert nothing == _nothing(stranger, fourth)
    told = trail_text(world.deps)
    tokens = [each.removeprefix("/calendar/").removesuffix(".ics") for each in (first, second, third, fourth)]
    assert not [each for each in tokens if each in told or each in repr(logged)]
    assert {32} == {len(each.token_hash) for each in rows(world.deps, CalendarFeed)}
    done = actions(world.deps)
    assert (4, 3) == (done.count("feed.made"), done.count("feed.ended"))
    assert 4 <= done.count("feed.refused")


def _nothing(visit: Visit, path: str) -> tuple[int, str]:
    answer = visit.get(path)
    return answer.status_code, re.sub(r'nonce="[^"]+"', "", answer.text)


def test_the_public_page_says_where_to_ask(officer: Steward, world: World) -> None:
    """Anybody reads whom to ask first and at which address, and what the service cannot do for them."""
    app = make_app(world.deps)
    page = Visit(app, sign_in(app, world.deps, None)).get("/data-requests")
    said = words(page)
    for each in ("Ask the agency first.", "cannot search them for your name", "one year after the final report"):
        assert each in said
    assert f'href="mailto:{world.deps.policy.owner.data_protection}"' in page.text
    assert 'href="/data-requests"' in officer.get("/privacy").text
    desk = words(officer.get(f"{DESK}/requests"))
    for each in (
        "there is no list of who is named in it",
        "as a controller in its own right",
        "Ask its lead inspector",
    ):
        assert each in desk
