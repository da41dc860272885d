"""The data protection officer's desk in the states that people meet."""

from collections.abc import Callable, Mapping

from playwright.sync_api import Page

from tests.e2e.looking import View, press


def _desk(page: str, act: Callable[[Page], None] | None = None) -> View:
    return View("data protection officer", lambda _: f"/stewards/desk/{page}", act)


def _search_wrongly(page: Page) -> None:
    page.fill("#person", "nobody of this name")
    press("Search")(page)


def _search_action(page: Page) -> None:
    page.select_option("#action", "document.received")
    press("Search")(page)


def _find(account: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.fill("#account", account)
        press("Find")(page)

    return act


DESK: Mapping[str, View] = {
    "desk, timeline": _desk(""),
    "desk, incidents": _desk("incidents"),
    "desk, downloads": _desk("downloads"),
    "desk, trail": _desk("trail"),
    "desk, trail found": _desk("trail", _search_action),
    "desk, trail of nobody": _desk("trail", _search_wrongly),
    "desk, requests": _desk("requests"),
    "desk, requests, nothing entered": _desk("requests", press("Find")),
    "desk, accounts": _desk("requests", _find("leader@half.example")),
    "desk, no account": _desk("requests", _find("nobody of this name")),
    "desk, account": View(
        "data protection officer", lambda made: f"/stewards/desk/requests/accounts/{made.leaders['half'].id}"
    ),
    "desk, calendar": _desk("calendar"),
    "desk, calendar made": _desk("calendar", press("Make an address")),
    "ask about your data": View("", lambda _: "/data-requests"),
}
