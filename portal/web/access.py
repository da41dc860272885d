"""Who may come in: every route names its rule (rule 8), which `guard.py` holds each request to; and who came."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from flask import current_app, g
from flask_login import UserMixin, current_user

from portal.domain.actors import Actor
from portal.domain.roles import Permission
from portal.domain.sessions import Stage
from portal.ports import Deps
from portal.services.sign_in import SignedIn
from portal.web.bearer import the_script
from portal.web.problems import for_scripts


@dataclass(frozen=True)
class Rule:
    """Who may use a route: anyone, whoever is signed in, whoever may `inspection` in it, or a steward who may."""

    public: bool = False
    inspection: Permission | None = None
    steward: Permission | None = None
    streams: bool = False
    """Whether the view reads the body itself, and checks its token."""
    stages: frozenset[Stage] = frozenset({Stage.full})
    """How far somebody must have come; whoever stands elsewhere is led to what is before them."""
    confirm: str = ""
    """The purpose for which somebody must have confirmed a few minutes ago that it is they (`services/step_up.py`)."""
    scripts: frozenset[Permission] = frozenset()
    """Any one of these a script's token must have, below `/api` alone; nobody who is signed in comes in by it."""


PUBLIC: Final = Rule(public=True)
SIGNED_IN: Final = Rule()
CHALLENGED: Final = Rule(stages=frozenset({Stage.challenged}))
"""For whoever gave a password, and has their second factor still before them."""
ENROLLING: Final = Rule(stages=frozenset({Stage.enrolling, Stage.full}))
"""For whoever may set up a second factor."""
View = TypeVar("View", bound=Callable[..., Any])


def steward(permission: Permission, *, confirm: str = "") -> Rule:
    """Return the rule of a page for stewards; for anyone else it does not exist."""
    return Rule(steward=permission, confirm=confirm)


def scripts(*permissions: Permission, streams: bool = False) -> Rule:
    """Return the rule of a route for scripts whose token has any one of these permissions in its inspection."""
    return Rule(scripts=frozenset(permissions), streams=streams)


def access(rule: Rule | Permission, *, streams: bool = False, confirm: str = "") -> Callable[[View], View]:
    """Give a view its rule; a permission is one in the inspection that the address names."""
    chosen = Rule(inspection=rule, streams=streams) if isinstance(rule, Permission) else rule
    chosen = replace(chosen, confirm=confirm) if confirm else chosen

    def give(view: View) -> View:
        view.access_rule = chosen  # type: ignore[attr-defined]
        return view

    return give


def rule_of(endpoint: str) -> Rule | None:
    """Return the rule of a route of the current app."""
    rule: Rule | None = getattr(current_app.view_functions.get(endpoint), "access_rule", None)
    return rule


def deps() -> Deps:
    """Return what the services need from outside."""
    found: Deps = current_app.extensions["portal"]
    return found


class Visitor(UserMixin):  # type: ignore[misc]  # flask_login has no types
    """A signed-in person as Flask-Login knows them: by the token of their session."""

    def __init__(self, token: str, who: SignedIn) -> None:
        self.token = token
        self.who = who

    def get_id(self) -> str:
        """Return the session's token, which the cookie carries."""
        return self.token


def visitor() -> Visitor | None:
    """Return who is signed in, looked up once a request; None for nobody, and for who is only halfway."""
    if "visitor" not in g:
        found = halfway()
        g.visitor = found if found is not None and found.who.stage is Stage.full else None
    seen: Visitor | None = g.visitor
    return seen


def halfway() -> Visitor | None:
    """Return whose session this is at whatever stage; None for nobody."""
    found: Visitor | None = current_user._get_current_object() if current_user.is_authenticated else None
    return found


def actor() -> Actor:
    """Return the actor of the request. Only for routes that ask for a signed-in person or a script's token."""
    if for_scripts():
        return the_script().actor
    found = visitor()
    if found is None:
        raise RuntimeError("A public route has no actor.")
    return found.who.actor
