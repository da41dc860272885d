"""A real Chromium over the portal's pages, and what must be true of every page that it shows."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)

from portal.domain.step_up import Purpose
from portal.ports import Deps
from tests.e2e.installation import TREE, Installation
from tests.e2e.scene import COOKIE, signed_cookie
from tests.parts import part_missing
from tests.world import session_for

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
PATIENCE_MS = 20_000
WIDE, NARROW = ViewportSize(width=1280, height=900), ViewportSize(width=320, height=640)
AXE = TREE / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")

FOCUS = """() => {
  const shows = style => style.boxShadow !== 'none' ||
    (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 && !/^rgba.*, 0.$/.test(style.outlineColor))
  const at = document.activeElement
  return shows(getComputedStyle(at)) || shows(getComputedStyle(at.nextElementSibling || at, '::before'))
}"""
"""Whether one sees where the focus is; a radio button's is drawn by the label that follows it."""


STOPS = """() => {
  const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex="-1"])'
  const groups = new Set()
  return [...document.querySelectorAll(all)].filter(each => {
    if (each.disabled || !each.getClientRects().length || getComputedStyle(each).visibility === 'hidden') return false
    if (each.type !== 'radio') return true
    const group = `${each.form && each.form.action} ${each.name}`
    return groups.has(group) ? false : groups.add(group)
  }).map((each, index) => {
    each.dataset.stop = index
    if (each.type === 'radio') document.querySelectorAll(`input[name="${CSS.escape(each.name)}"]`).forEach(radio => {
      if (radio.form === each.form) radio.dataset.stop = index
    })
    return each.outerHTML.slice(0, 120)
  })
}"""
"""Number all that the keyboard must reach, and say what it is; the radio buttons of a question are one stop."""


WATCH = f"""() => {{
  window.portalFocus = []
  document.addEventListener('focusin', () =>
    window.portalFocus.push([document.activeElement.dataset.stop ?? null, ({FOCUS})()]))
}}"""
"""Note wherever the focus comes from now on, and whether one sees it there: asking after each key takes three times as
long."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser that the machine has; skip where there is none."""
    path = os.environ.get("PORTAL_TEST_CHROMIUM") or shutil.which("chromium") or ""
    if not Path(path).is_file():
        part_missing("Chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Window:
    """One person's window; `faults` is what the console and the content policy complained of."""

    context: BrowserContext
    page: Page
    base: str
    faults: list[str] = field(default_factory=list)

    def enter(self, deps: Deps, person: UUID | None, *, confirmed: bool = True) -> None:
        """Let this person sit down at the window, who is signed in and has confirmed that it is they; None is nobody.

        Where `confirmed` is false, they did not confirm it for anything.
        """
        self.context.clear_cookies()
        if person is not None:
            token = session_for(deps, person, confirmed=tuple(Purpose) if confirmed else ())
            self.context.add_cookies([{"name": COOKIE, "value": signed_cookie(deps.secret, token), "url": self.base}])
        self.faults.clear()

    def seen(self, size: ViewportSize) -> None:
        """Give the page this much room."""
        if self.page.viewport_size != size:
            self.page.set_viewport_size(size)

    def go(self, path: str) -> int:
        """Open a page of the portal, wide, and return its status."""
        self.seen(WIDE)
        answer = self.page.goto(self.base + path)
        if answer is None:
            raise AssertionError(f"{path} gave no answer.")
        return answer.status

    def note(self, message: ConsoleMessage) -> None:
        """Keep what the console says is wrong; that a page has a status of 400 or more is the test's to judge."""
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def note_answer(self, answer: Response) -> None:
        """Keep which part of a page did not come."""
        if answer.status >= 400 and answer.request.resource_type != "document":
            self.faults.append(f"{answer.status} {answer.url}")

    def faults_of_page(self) -> list[str]:
        """Return everything that is wrong with the page as it stands, seen wide and at 320 px."""
        self.seen(WIDE)
        wrong = [*self.faults, *self.violations({"type": "tag", "values": list(RULES)})]
        self.seen(NARROW)
        wide: int = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > NARROW["width"]:
            wrong.append(f"the page is {wide} px wide in a window of {NARROW['width']}")
        # Of what axe looks at, only the room around what is pressed depends on the width.
        return wrong + [f"at 320 px: {each}" for each in self.violations({"type": "rule", "values": ["target-size"]})]

    def keyboard_faults(self) -> list[str]:
        """Walk the page with Tab alone; return what is never reached, and where the focus does not show."""
        page, wrong, seen = self.page, [], set()
        self.seen(WIDE)
        page.evaluate("() => { document.activeElement.blur(); window.getSelection().removeAllRanges() }")
        stops: list[str] = page.evaluate(STOPS)
        page.evaluate(WATCH)
        # Held down, as it repeats itself on any keyboard: letting go each time takes as long again.
        for _ in range(len(stops) + 3):
            page.keyboard.down("Tab")
        page.keyboard.up("Tab")
        for at, shows in page.evaluate("() => { document.activeElement.blur(); return window.portalFocus }"):
            if at is None or int(at) in seen:
                continue  # the body, between the last stop and the first
            seen.add(int(at))
            if not shows:
                wrong.append(f"the focus does not show at {stops[int(at)]}")
        return wrong + [f"Tab never reaches {each}" for number, each in enumerate(stops) if number not in seen]

    def violations(self, rules: dict[str, Any]) -> list[str]:
        """Return what axe finds against these rules, each with the place where it is."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found: dict[str, Any] = self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations'], selectors: false})", rules
        )
        return [f"{each['id']}: {node['html'][:200]}" for each in found["violations"] for node in each["nodes"]]


@contextmanager
def window(
    browser: Browser,
    portal: Installation,
    deps: Deps | None = None,
    person: UUID | None = None,
    *,
    scripts: bool = True,
    confirmed: bool = True,
) -> Iterator[Window]:
    """Open a window of its own, in which `person` is signed in; without JavaScript where `scripts` is false.

    Where `confirmed` is false, they did not confirm that it is they for anything.
    """
    base = f"http://localhost:{portal.port}"
    context = browser.new_context(java_script_enabled=scripts, accept_downloads=True, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    opened = Window(context, page, base)
    page.on("console", opened.note)
    page.on("response", opened.note_answer)
    page.on("pageerror", lambda error: opened.faults.append(str(error)))
    if deps is not None:
        opened.enter(deps, person, confirmed=confirmed)
    try:
        yield opened
    finally:
        context.close()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there; wherever it stops on the way, it must be seen."""
    page.wait_for_load_state()
    for _ in range(60):
        page.keyboard.press("Tab")
        at: str = page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
        assert page.evaluate(FOCUS), f"the focus does not show at {at}"
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not lead to {selector} on {page.url}.")
