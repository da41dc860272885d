"""An authenticator app, as people have it on a phone: over HTTP and in a real browser alike."""

import re
from datetime import datetime

import pyotp

from portal.vault.factors import PERIOD
from tests.e2e.browser import Browser


class App:
    """Codes for one secret, each given once: asked again within 30 seconds, it gives the next period's."""

    def __init__(self, secret: str) -> None:
        """Take the key as the page shows it, in groups."""
        self._maker = pyotp.TOTP("".join(secret.split()), interval=PERIOD)
        self._last = 0

    def code(self, now: datetime) -> str:
        """Return a code that fits at this instant of the portal's clock. Asked three times in a period, it is early."""
        self._last = max(int(now.timestamp()) // PERIOD, self._last + 1)
        return self._maker.generate_otp(self._last)


def set_up_app(browser: Browser, now: datetime) -> App:
    """Set an app up for whoever just gave a password for the first time; the session is full afterwards."""
    browser.post("/set-up/app", "/set-up")
    found = re.search(r'portal-digest">([A-Z2-7 ]{39})<', browser.get("/set-up/app").text)
    if found is None:
        raise AssertionError("The page shows no key to type into the app.")
    app = App(found.group(1))
    answer = browser.post("/set-up/app/code", "/set-up/app", code=app.code(now))
    if answer.status != 200:
        raise AssertionError(f"The app's first code is refused: {answer.status} {answer.words[:300]}")
    return app
