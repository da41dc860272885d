"""The stewards' pages in the states that people meet: registers, retention, certificates."""

from collections.abc import Callable, Mapping

from playwright.sync_api import Page

from tests.e2e.looking import View, press


def _steward(page: str, act: Callable[[Page], None] | None = None) -> View:
    return View("administrator", lambda _: f"/stewards/{page}", act)


def _officer(page: str, act: Callable[[Page], None] | None = None) -> View:
    return View("data protection officer", lambda _: f"/stewards/{page}", act)


def _ending(end: str, act: Callable[[Page], None] | None = None, *, of: str = "due") -> View:
    return View(
        "data protection officer", lambda gallery: f"/stewards/inspections/{gallery.inspections[of]}/{end}", act
    )


def _member(act: Callable[[Page], None] | None = None) -> View:
    return View("administrator", lambda gallery: f"/stewards/agencies/half/members/{gallery.members['half']}", act)


def _clear_and(name: str, field: str) -> Callable[[Page], None]:
    """Return the act of emptying a field that must be filled, and pressing the button."""

    def act(page: Page) -> None:
        page.fill(f"#{field}", "")
        press(name)(page)

    return act


REGISTERS: Mapping[str, View] = {
    "overview, administrator": _steward(""),
    "programmes": _steward("programmes/"),
    "programme": _steward("programmes/RAA-2023/"),
    "programme, officer": _officer("programmes/RAA-2023/"),
    "programme, add": _steward("new-programme"),
    "programme, nothing entered": _steward("new-programme", press("Add the programme")),
    "programme, edit": _steward("programmes/RAA-2023/edit"),
    "programme, no title": _steward("programmes/RAA-2023/edit", _clear_and("Save", "title")),
    "agencies": _steward("agencies/"),
    "agency, add": _steward("new-agency"),
    "agency, nothing entered": _steward("new-agency", press("Add the agency")),
    "agency": _steward("agencies/half/"),
    "agency, no members": _steward("agencies/empty/"),
    "agency, no authority": _steward("agencies/half/", press("Add the authority")),
    "membership": _member(),
    "membership, no first day": _member(_clear_and("Save", "from_day")),
    "holidays": _steward("holidays/"),
    "holidays, nothing entered": _steward("holidays/", press("Add the bank holiday")),
    "holidays, unknown year": _steward("holidays/?year=2030"),
    "holiday": _steward("holidays/2023-10-16/"),
    "retention": _officer("retention/"),
    "publication": _officer("programmes/RAA-2023/publication"),
    "publication, no date": _officer("programmes/RAA-2023/publication", press("Save the publication date")),
    "hold, programme": _officer("programmes/RAA-2023/hold"),
    "hold, inspection": _ending("hold"),
    "disposal": _ending("disposal"),
    "plan": _ending("plan"),
    "plan, disposed": _ending("plan", of="disposed"),
    "plan, not read": _ending("plan", press("Approve this plan")),
    "approval": _officer("programmes/RAA-2021/approval"),
    "copies": View("quality", lambda _: "/copies/"),
    "disposal, not confirmed": _ending("disposal", press("Dispose of it now")),
    "clock": _officer("clock"),
    "clock, not ticked": _officer("clock", press("Clear the alarm")),
    "certificates": _officer("certificates/"),
    "certificates, administrator": _steward("certificates/"),
    "certificate": View(
        "data protection officer", lambda gallery: f"/stewards/certificates/{gallery.inspections['disposed']}"
    ),
    "certificate, provisional": View(
        "data protection officer", lambda gallery: f"/stewards/certificates/{gallery.inspections['disposed']}/1"
    ),
}
