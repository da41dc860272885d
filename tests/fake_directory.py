"""A staff directory in memory; it passes the contract tests that the real part passes."""

import hashlib
import threading
from collections.abc import Callable
from itertools import count
from urllib.parse import parse_qs, urlencode, urlsplit

from portal.domain.roles import TEAM, Role
from portal.ports import Admitted, Directory, DirectoryRefused, DirectoryUnreachable, Flow

ISSUER = "https://directory.example"


class FakeDirectory(Directory):
    """People by subject, with the roles that the directory vouches for; `away` answers nobody."""

    def __init__(self) -> None:
        self.people: dict[str, frozenset[Role]] = {}
        self.away = False
        self.asked = 0
        self.issuer = ISSUER
        self.while_asked: Callable[[], None] = lambda: None
        """Called while somebody waits for an answer about a session."""
        self._lock = threading.Lock()
        self._codes: dict[str, tuple[str, str]] = {}
        self._tokens: dict[str, str] = {}
        self._numbers = count()

    def vouch(self, subject: str, roles: frozenset[Role] = TEAM) -> str:
        """Let the directory know somebody; return the subject."""
        self.people[subject] = roles
        return subject

    def let_in(self, address: str, subject: str) -> dict[str, str]:
        """Sign somebody in at the address that a browser was sent to; return what it brings back."""
        asked = dict(parse_qs(urlsplit(address).query))
        code = f"code-{len(self._codes)}"
        self._codes[code] = (subject, asked["nonce"][0])
        return {"state": asked["state"][0], "code": code}

    def begin(self, state: str, *, again: bool = False) -> tuple[str, Flow]:
        self._answer()
        nonce = hashlib.sha256(state.encode()).hexdigest()
        asks = {"state": state, "nonce": nonce} | ({"prompt": "login"} if again else {})
        return f"{self.issuer}/authorize?{urlencode(asks)}", Flow(nonce, "verifier", 0, again)

    def finish(self, code: str, flow: Flow, issuer: str | None = None) -> Admitted:
        self._answer()
        subject, nonce = self._codes.pop(code, ("", ""))
        if not subject or nonce != flow.nonce or issuer not in (None, self.issuer):
            raise DirectoryRefused("grant")
        return self._admit(subject)

    def ask_again(self, known: Admitted) -> Admitted:
        self.asked += 1
        self.while_asked()
        self._answer()
        with self._lock:
            subject = self._tokens.pop(known.refresh, None)
        if subject is None or subject not in self.people:
            raise DirectoryRefused("grant")
        return self._admit(subject)

    def way_out(self, back: str) -> str | None:
        return None if self.away else f"{self.issuer}/end?{urlencode({'post_logout_redirect_uri': back})}"

    def _admit(self, subject: str) -> Admitted:
        with self._lock:
            token = f"refresh-{subject}-{next(self._numbers)}"
            self._tokens[token] = subject
        return Admitted(self.issuer, subject, self.people.get(subject, frozenset()), token)

    def _answer(self) -> None:
        if self.away:
            raise DirectoryUnreachable("no-answer")
