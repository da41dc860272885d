"""Every page of the portal in the states that people meet: who looks, where, and what they did just before."""

from collections.abc import Callable, Mapping
from tempfile import NamedTemporaryFile
from uuid import uuid4

from playwright.sync_api import Page

from tests.e2e.a1_views import A1
from tests.e2e.check_views import CHECKS
from tests.e2e.desk_views import DESK
from tests.e2e.gallery import Gallery
from tests.e2e.looking import View, follow, press
from tests.e2e.proposal_views import TWO
from tests.e2e.steward_views import REGISTERS
from tests.e2e.trail_views import TRAIL
from tests.world import sample


def send(page: Page, place: str, name: str = "Statement.pdf", data: bytes = b"", day: tuple[str, ...] = ()) -> None:
    """Fill in and send the form of one place on an item's page; `day` is day, month, year."""
    for part, value in zip(("day", "month", "year"), day, strict=False):
        page.fill(f"#meeting_{part}-{place}", value)
    if name:
        content = data or sample(name.rpartition(".")[2])
        page.set_input_files(f"#file-{place}", {"name": name, "mimeType": "", "buffer": content})
    follow(page, page.locator(f"form:has(#file-{place}) button"))


def _replace_first(page: Page) -> None:
    follow(page, page.get_by_role("link", name="Replace").first)


def _sign_in_wrongly(page: Page) -> None:
    page.fill("#email", "leader@half.example")
    page.fill("#password", "not the password")
    press("Sign in")(page)


def _choose_badly(page: Page) -> None:
    page.fill("#code", "AAA-AAA")
    page.fill("#password", "too short")
    page.fill("#confirm", "too short")
    press("Accept and continue")(page)


def _follow_without_date(page: Page) -> None:
    page.get_by_role("radio", name="It will follow").check()
    press("Save the answer")(page)


def _contact_without_name(page: Page) -> None:
    page.fill("#authority-1", "Leeds")
    press("Send the list")(page)


def _meeting_long_past(page: Page) -> None:
    for field, typed in (("day", "3"), ("month", "4"), ("year", "2001"), ("title", "Panel"), ("place", "Town hall")):
        page.fill(f"#{field}-1", typed)
    page.get_by_role("radio", name="Yes").check()
    press("Send the list")(page)


def _replace_badly(page: Page) -> None:
    _replace_first(page)
    send(page, "file", "Guide.exe", b"MZ")


def _send_too_much(page: Page) -> None:
    with NamedTemporaryFile(suffix=".pdf") as file:
        file.write(sample("pdf", 21 * 1024**2))
        page.set_input_files("#file-file", file.name)
        press("Send the file")(page)


def _own(page: str = "", *, of: str = "") -> Callable[[Gallery], str]:
    return lambda gallery: gallery.at(of, page)


def _desk(state: str, page: str = "", act: Callable[[Page], None] | None = None, status: int = 200) -> View:
    return View(state, _own(page, of=state), act, status)


def _document(state: str, end: str = "") -> View:
    return View(state, lambda gallery: gallery.at(state, f"documents/{gallery.documents[state]}{end}"))


def _team(state: str) -> View:
    return View("lead", lambda gallery: f"/team/inspections/{gallery.inspections[state]}/")


def _find_nobody(page: Page) -> None:
    page.fill("#search", "nobody of this name")
    press("Find")(page)


def _assign_another_lead(page: Page) -> None:
    page.fill("#email", "another@inspectorate.example")
    page.fill("#name", "Anna Another")
    page.check("input[value=lead_inspector]")
    press("Give the role")(page)


def _steward(page: str, act: Callable[[Page], None] | None = None) -> View:
    return View("administrator", lambda _: f"/stewards/{page}", act)


def _person(end: str = "", act: Callable[[Page], None] | None = None) -> View:
    return View("administrator", lambda gallery: f"/stewards/people/{gallery.leaders['half'].id}{end}", act)


def _members(act: Callable[[Page], None] | None = None) -> View:
    return View("administrator", lambda gallery: f"/stewards/teams/{gallery.inspections['half']}", act)


def _leader(act: Callable[[Page], None] | None = None) -> View:
    return View("lead", lambda gallery: f"/team/inspections/{gallery.inspections['half']}/leader", act)


def _restoring(act: Callable[[Page], None] | None = None, *, of: str = "unreachable") -> View:
    return View("quality", lambda gallery: f"/team/inspections/{gallery.inspections[of]}/people", act)


def _click_first(name: str) -> Callable[[Page], None]:
    return lambda page: follow(page, page.get_by_role("link", name=name).first)


def _restore_unspoken(page: Page) -> None:
    _click_first("Restore access of")(page)
    press("Restore access")(page)


PEOPLE: Mapping[str, View] = {
    "restore access": _restoring(),
    "restore access, closed": _restoring(of="closed"),
    "restore access, ask": _restoring(_click_first("Restore access of")),
    "restore access, not confirmed": _restoring(_restore_unspoken),
    "code to read out": _restoring(_click_first("Show the code")),
    "colleagues": _desk("half", "people"),
    "colleagues, nothing entered": _desk("half", "people", press("Send the invitation")),
    "colleagues, none yet": _desk("complete", "people"),
    "colleagues, remove": View("half", lambda gallery: gallery.at("half", f"people/{gallery.colleague.id}/remove")),
    "leader": _leader(),
    "leader, nothing entered": _leader(press("Replace the leader")),
    "people": _steward("people/"),
    "people, nobody found": _steward("people/", _find_nobody),
    "person": _person(),
    "person, disable": _person("/disable"),
    "person, correct": _person("/correct"),
    "person, not confirmed": _person("/correct", press("Correct the account")),
    "steward, add": _steward("people/add-steward"),
    "steward, nothing entered": _steward("people/add-steward", press("Add the steward")),
    "teams": _steward("teams/"),
    "members": _members(),
    "members, nothing entered": _members(press("Give the role")),
    "members, to confirm": _members(_assign_another_lead),
}


def _conduct(page: str = "", act: Callable[[Page], None] | None = None, *, of: str = "empty") -> View:
    return View("lead", lambda gallery: f"/team/inspections/{gallery.inspections[of]}/conduct/{page}", act)


def _fill_announcement(page: Page) -> None:
    page.select_option("#programme", "RAA-2023")
    page.select_option("#agency", "closed")
    for person in ("leader", "lead_inspector"):
        page.fill(f"#{person}_name", "Somebody New")
        page.fill(f"#{person}_email", f"{person}.with-a-very-long-address-indeed@southdown.example")
    press("Continue to the check")(page)


def _announce_unconfirmed(page: Page) -> None:
    _fill_announcement(page)
    press("Announce the inspection now")(page)


LONG_STOP = "/stewards/programmes/RAA-2023/long-stop"
CONDUCT: Mapping[str, View] = {
    "announce": View("lead", lambda _: "/announce"),
    "announce, administrator": View("administrator", lambda _: "/announce"),
    "announce, nothing entered": View("lead", lambda _: "/announce", press("Continue to the check")),
    "announce, check": View("lead", lambda _: "/announce", _fill_announcement),
    "announce, not confirmed": View("lead", lambda _: "/announce", _announce_unconfirmed),
    "announced": View("lead", lambda gallery: f"/announce/{gallery.inspections['half']}"),
    "conduct": _conduct(),
    "conduct, late": _conduct(of="passed"),
    "conduct, deferred": _conduct(of="deferred"),
    "conduct, closed": _conduct(of="closed"),
    "conduct, administrator": View(
        "administrator", lambda gallery: f"/team/inspections/{gallery.inspections['half']}/conduct/"
    ),
    "move the deadline": _conduct("deadline"),
    "move the deadline, no reason": _conduct("deadline", press("Move the deadline")),
    "move the deadline, deferred": _conduct("deadline", of="deferred"),
    "defer": _conduct("deferral"),
    "defer, no reason": _conduct("deferral", press("Defer the inspection")),
    "announce anew": _conduct("announcement", of="deferred"),
    "announce anew, check": _conduct("announcement", press("Continue to the check"), of="deferred"),
    "accept late": _conduct("late", of="passed"),
    "accept late, nothing selected": _conduct("late", press("Accept what is selected"), of="passed"),
    "accept late, none": _conduct("late"),
    "close": _conduct("closing", of="half"),
    "close, closed": _conduct("closing", of="closed"),
    "cancel": _conduct("cancellation", of="half"),
    "cancel, nothing entered": _conduct("cancellation", press("Cancel the inspection"), of="half"),
    "long-stop": View("data protection officer", lambda _: LONG_STOP),
    "long-stop, nothing entered": View("data protection officer", lambda _: LONG_STOP, press("Save the long-stop")),
    "list, deferred": _desk("deferred"),
    "item, deferred": _desk("deferred", "items/statement-of-purpose"),
    "team, deferred": _team("deferred"),
}


def _make_token(page: Page) -> None:
    page.fill("#days", "2")
    press("Make a token")(page)


TOKENS: Mapping[str, View] = {
    "tokens, none yet": _desk("half", "tokens"),
    "tokens, nothing entered": _desk("half", "tokens", press("Make a token")),
    "tokens, made": _desk("complete", "tokens", _make_token),
    "tokens": _desk("complete", "tokens"),
    "tokens, officer": View("data protection officer", lambda gallery: gallery.at("half", "tokens")),
}


VIEWS: Mapping[str, View] = {
    "sign in": View("", lambda _: "/sign-in"),
    "sign in, nothing entered": View("", lambda _: "/sign-in", press("Sign in")),
    "sign in, wrong password": View("", lambda _: "/sign-in", _sign_in_wrongly),
    "sign in, just signed out": View("", lambda _: "/sign-in?left=1"),
    "invitation": View("", lambda gallery: gallery.invitation),
    "invitation, bad password": View("", lambda gallery: gallery.invitation, _choose_badly),
    "invitation, used up": View("", lambda _: "/invitations/used", status=404),
    "choose": View("colleague", lambda _: "/"),
    "list, empty": _desk("empty"),
    "list, contributor": View("colleague", _own(of="half")),
    "list, half": _desk("half"),
    "list, complete": _desk("complete"),
    "list, declared": _desk("declared"),
    "list, passed": _desk("passed"),
    "list, interrupted": _desk("interrupted"),
    "list, closed": _desk("closed"),
    "item, single": _desk("empty", "items/statement-of-purpose"),
    "item, received": _desk("complete", "items/statement-of-purpose"),
    "item, late": _desk("passed", "items/statement-of-purpose"),
    "item, closed": _desk("closed", "items/statement-of-purpose"),
    "item, interrupted": _desk("interrupted", "items/annual-report"),
    "item, A1": _desk("empty", "items/a1-form"),
    "item, A1 half": _desk("half", "items/a1-form"),
    "item, many": _desk("half", "items/childrens-guide"),
    "item, dated": _desk("half", "items/panel-minutes"),
    "item, explained": _desk("half", "items/annual-report"),
    "item, nothing chosen": _desk("empty", "items/statement-of-purpose", lambda page: send(page, "file", "")),
    "item, wrong type": _desk(
        "half", "items/panel-minutes", lambda page: send(page, "third", "Minutes.xlsx", day=("23", "8", "2023"))
    ),
    "item, wrong date": _desk(
        "half", "items/panel-minutes", lambda page: send(page, "third", "Minutes.pdf", day=("31", "2", "2023"))
    ),
    "item, no reason": _desk("empty", "items/annual-report", press("Save the answer")),
    "item, no date": _desk("empty", "items/annual-report", _follow_without_date),
    "item, meetings": _desk("empty", "items/prearranged-meetings"),
    "contacts": _desk("empty", "items/link-staff/list"),
    "contacts, one more": _desk("empty", "items/link-staff/list", press("Add another contact")),
    "contacts, nothing entered": _desk("empty", "items/link-staff/list", press("Send the list")),
    "contacts, wrong": _desk("empty", "items/link-staff/list", _contact_without_name),
    "contacts, closed": _desk("closed", "items/link-staff/list"),
    "meetings": _desk("empty", "items/prearranged-meetings/list"),
    "meetings, asked": _desk("empty", "items/prearranged-meetings/list", _meeting_long_past),
    "meetings, instead of a file": _desk("complete", "items/prearranged-meetings/list"),
    "item, replacing": View(
        "half",
        _own("items/childrens-guide", of="half"),
        _replace_first,
    ),
    "item, replacing badly": View("half", _own("items/childrens-guide", of="half"), _replace_badly),
    "received": _document("half"),
    "received, all there": _document("complete"),
    "received, late": _document("passed"),
    "received, after the declaration": _document("declared"),
    "withdraw": _document("half", "/withdraw"),
    "declaration, gaps": _desk("half", "declaration"),
    "declaration, errors": _desk("half", "declaration", press("Declare and get a receipt")),
    "declaration, complete": _desk("complete", "declaration"),
    "declaration, sent already": _desk("declared", "declaration"),
    "receipt": _desk("declared", "receipt"),
    "receipt, none yet": _desk("half", "receipt", status=409),
    "sent in error": _desk("half", "sent-in-error"),
    "sent in error, nothing": _desk("empty", "sent-in-error"),
    "sent in error, closed": _desk("closed", "sent-in-error"),
    "recall": _document("half", "/recall"),
    "recalled": View("half", lambda gallery: gallery.at("half", f"documents/{gallery.documents['recalled']}/recall")),
    "recalled, opened": View(
        "half", lambda gallery: gallery.at("half", f"documents/{gallery.documents['recalled']}"), status=410
    ),
    "signing keys": View("", lambda _: "/signing-keys"),
    "team, list": View("lead", lambda _: "/team/"),
    "team, list filtered": View("lead", lambda _: "/team/?state=closed&sort=deadline"),
    "team, list without any": View("lead", lambda _: "/team/?programme=NONE"),
    "team, one item": View(
        "lead", lambda gallery: f"/team/inspections/{gallery.inspections['half']}/?item=panel-minutes"
    ),
    "team, empty": _team("empty"),
    "team, half": _team("half"),
    "team, declared": _team("declared"),
    "team, late": _team("passed"),
    "team, receipt": View("lead", _own("receipt", of="declared")),
    "steward": View("data protection officer", lambda _: "/stewards/"),
    "help": View("", lambda _: "/help"),
    "help, signed in": View("half", lambda _: "/help"),
    "check that it is genuine": View("", lambda _: "/help/genuine"),
    "accessibility statement": View("", lambda _: "/accessibility"),
    "privacy notice": View("", lambda _: "/privacy"),
    "cookies": View("", lambda _: "/cookies"),
    "letters": _desk("half", "letters/"),
    "letters, team": View("lead", _own("letters/", of="half")),
    "letters, steward": View("data protection officer", _own("letters/", of="half")),
    "letter, notice": _desk("half", "letters/notice"),
    "letter, children": View("lead", _own("letters/children", of="half")),
    "account": View("half", lambda _: "/account"),
    "account, password": View("half", lambda _: "/account/password"),
    "account, password, nothing entered": View("half", lambda _: "/account/password", press("Change your password")),
    "not found": View("half", lambda _: f"/inspections/{uuid4()}/", status=404),
    "not found, signed out": View("", lambda _: "/nothing", status=404),
    "not allowed": View("colleague", _own("declaration", of="half"), status=403),
    "unavailable": _desk("unreachable", status=503),
    "too large": _desk("empty", "items/statement-of-purpose", _send_too_much),
    **A1,
    **CHECKS,
    **PEOPLE,
    **TOKENS,
    **REGISTERS,
    **DESK,
    **TRAIL,
    **TWO,
    **CONDUCT,
}
