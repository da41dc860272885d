"""The staff directory by OpenID Connect: authorization code flow with PKCE (S256), through Authlib.

Only the configured issuer is ever asked, and what it names in its own metadata: over TLS that the system's store
vouches for, within seconds, and never wherever an answer would redirect to.
"""

import json
import ssl
import threading
from collections.abc import Callable, Mapping
from secrets import token_urlsafe
from typing import Any, Final
from urllib.parse import urlencode

import requests
from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]
from authlib.oidc.discovery import get_well_known_url  # type: ignore[import-untyped]
from joserfc.jwk import ECKey, RSAKey
from urllib3.exceptions import HTTPError

from portal.adapters.idtokens import import_keys, read_id_token
from portal.domain.directory import SingleSignOn, roles_by_value, safe_address, strong_enough, words_at
from portal.domain.roles import Role
from portal.ports import Admitted, Clock, Directory, DirectoryRefused, DirectoryUnreachable, Flow

TIMEOUT: Final = 5
"""Seconds to wait for a connection, and for each answer."""
KEPT: Final = 3600
"""Seconds that metadata and keys are kept."""
KEYS_AGAIN: Final = 60
"""Seconds between two looks for a key that was not among those kept: made-up key ids must not make us a nuisance."""
LONGEST_ANSWER: Final = 1024 * 1024
PASSING: Final = frozenset({"server_error", "temporarily_unavailable"})
"""OAuth errors that say nothing about the person (RFC 6749)."""
NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OFFERED: Final = ("userinfo_endpoint", "end_session_endpoint")


class OidcDirectory(Directory):
    """One issuer. Thread-safe; keeps its metadata and keys in memory."""

    def __init__(self, given: SingleSignOn, secret: str, back: str, clock: Clock, *, production: bool) -> None:
        self._given = given
        self._secret = secret
        self._back = back
        self._clock = clock
        self._production = production
        self._roles = roles_by_value(given.oidc_roles)
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._keys: dict[str | None, RSAKey | ECKey] = {}
        self._metadata_at = self._keys_at = float("-inf")

    def begin(self, state: str, *, again: bool = False) -> tuple[str, Flow]:
        """Return the authorization request's address (RFC 7636 S256), and what the answer must fit."""
        flow = Flow(token_urlsafe(32), token_urlsafe(48), int(self._now()), again)
        asks = {"prompt": "login", "max_age": "0"} if again else {}
        if self._given.oidc_acr:
            asks["acr_values"] = self._given.oidc_acr
        address, _state = self._session().create_authorization_url(
            self._about()["authorization_endpoint"],
            state=state,
            nonce=flow.nonce,
            code_verifier=flow.verifier,
            response_mode="query",
            **asks,
        )
        return str(address), flow

    def finish(self, code: str, flow: Flow, issuer: str | None = None) -> Admitted:
        """Redeem a code, and check all that the ID token must say (OpenID Connect Core 3.1.3)."""
        about = self._about()
        # The answer of another issuer must not be redeemed at this one (mix-up, RFC 9207).
        named = issuer is not None or about.get("authorization_response_iss_parameter_supported") is True
        if named and issuer != self._given.oidc_issuer:
            raise DirectoryRefused("other-issuer")
        session = self._session()
        answer = self._tokens(
            lambda: session.fetch_token(
                about["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=flow.verifier,
                allow_redirects=False,
            )
        )
        claims = self._claims(answer, flow)
        if not strong_enough(claims, self._given.oidc_acr, self._given.oidc_amr):
            raise DirectoryRefused("no-second-factor")
        refresh = answer.get("refresh_token")
        if not isinstance(refresh, str) or not refresh:
            raise DirectoryRefused("no-refresh-token")  # without it nobody would hear that an account was disabled
        return Admitted(self._given.oidc_issuer, claims["sub"], self._roles_of(session, claims), refresh)

    def ask_again(self, known: Admitted) -> Admitted:
        """Redeem the refresh token, and read the roles anew (OpenID Connect Core 12)."""
        if known.issuer != self._given.oidc_issuer:
            raise DirectoryRefused("other-issuer")
        session, endpoint = self._session(), self._about()["token_endpoint"]
        answer = self._tokens(
            lambda: session.refresh_token(endpoint, refresh_token=known.refresh, allow_redirects=False)
        )
        claims: dict[str, Any] = {"sub": known.subject}
        if "id_token" in answer:
            claims = self._claims(answer, None)
        if claims["sub"] != known.subject:
            raise DirectoryRefused("claim-sub")
        refresh = answer.get("refresh_token") or known.refresh
        return Admitted(known.issuer, known.subject, self._roles_of(session, claims), str(refresh))

    def way_out(self, back: str) -> str | None:
        """Return the end-session address, which leads back here (OpenID Connect RP-Initiated Logout 1.0)."""
        try:
            endpoint = self._about().get("end_session_endpoint")
        except DirectoryUnreachable:
            return None
        # No id_token_hint: an ID token is personal data, and is not kept.
        asks = urlencode({"client_id": self._given.oidc_client_id, "post_logout_redirect_uri": back})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{asks}" if endpoint else None

    def _claims(self, answer: Mapping[str, Any], flow: Flow | None) -> dict[str, Any]:
        return read_id_token(
            answer.get("id_token"),
            self._key,
            issuer=self._given.oidc_issuer,
            client_id=self._given.oidc_client_id,
            now=self._now(),
            flow=flow,
        )

    def _roles_of(self, session: Any, claims: Mapping[str, Any]) -> frozenset[Role]:  # noqa: ANN401
        """Return what the roles' claim allows, from the ID token or, where that has none, from userinfo."""
        said = words_at(claims, self._given.oidc_roles_claim)
        endpoint = self._about().get("userinfo_endpoint")
        if said is None and endpoint:
            told = _read(lambda: session.get(endpoint, allow_redirects=False, stream=True))
            if told.get("sub") != claims["sub"]:
                raise DirectoryRefused("userinfo-sub")  # of another person (OpenID Connect Core 5.3.2)
            said = words_at(told, self._given.oidc_roles_claim)
        return frozenset().union(*(self._roles.get(each, frozenset()) for each in said or []))

    def _tokens(self, ask: Callable[[], Any]) -> dict[str, Any]:
        """Ask the token endpoint. Raises DirectoryRefused (an OAuth error), DirectoryUnreachable."""
        try:
            answer: dict[str, Any] = dict(ask())
        except OAuthError as error:
            if error.error in PASSING:
                raise DirectoryUnreachable("token-endpoint") from None
            raise DirectoryRefused("invalid-client" if error.error == "invalid_client" else "grant") from None
        except (requests.RequestException, ValueError, TypeError):
            raise DirectoryUnreachable("token-endpoint") from None
        if not isinstance(answer.get("access_token"), str):
            raise DirectoryUnreachable("token-endpoint")  # no answer of a token endpoint: a gateway's page, perhaps
        return answer

    def _session(self) -> Any:  # noqa: ANN401 -- Authlib has no types
        """Return a client for one exchange: it remembers tokens, so that no two people may share one."""
        session = OAuth2Session(
            self._given.oidc_client_id,
            self._secret,
            scope=self._given.oidc_scopes,
            redirect_uri=self._back,
            code_challenge_method="S256",
            token_endpoint_auth_method=self._way_to_authenticate(),
            default_timeout=TIMEOUT,
            leeway=0,
        )
        session.verify = system_certificates()
        return session

    def _way_to_authenticate(self) -> str:
        offered = self._about().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic = "client_secret_basic" in offered or "client_secret_post" not in offered
        return "client_secret_basic" if basic else "client_secret_post"

    def _about(self) -> Mapping[str, Any]:
        """Return the issuer's metadata, an hour old at most. Raises DirectoryUnreachable (also: not this issuer's)."""
        with self._lock:
            kept, at = self._metadata, self._metadata_at
        if self._now() - at < KEPT:
            return kept
        found = self._fetch(get_well_known_url(self._given.oidc_issuer, external=True))
        if found.get("issuer") != self._given.oidc_issuer:
            raise DirectoryUnreachable("metadata-issuer")  # exactly, to the last slash (V10.5.3)
        addresses = [found.get(name) for name in NEEDED]
        addresses += [found[name] for name in OFFERED if found.get(name) is not None]
        if not all(isinstance(each, str) and self._safe(each) for each in addresses):
            raise DirectoryUnreachable("metadata-addresses")
        with self._lock:
            self._metadata, self._metadata_at = found, self._now()
        return found

    def _safe(self, address: str) -> bool:
        # An endpoint may have a query of its own (RFC 6749 §3.1).
        return safe_address(address.partition("?")[0], production=self._production)

    def _key(self, kid: str | None) -> RSAKey | ECKey | None:
        """Return the issuer's key of this id; one that is not known is looked for once a minute at most."""
        with self._lock:
            keys, age = self._keys, self._now() - self._keys_at
        if age >= KEPT or (age >= KEYS_AGAIN and kid not in keys):
            try:
                keys = import_keys(self._fetch(self._about()["jwks_uri"]))
            except ValueError:
                raise DirectoryUnreachable("keys") from None
            with self._lock:
                self._keys, self._keys_at = keys, self._now()
        if kid is None:
            return next(iter(keys.values())) if len(keys) == 1 else None
        return keys.get(kid)

    def _fetch(self, address: str) -> dict[str, Any]:
        return _read(
            lambda: requests.get(
                address, timeout=TIMEOUT, allow_redirects=False, stream=True, verify=system_certificates()
            )
        )

    def _now(self) -> float:
        return self._clock.now().timestamp()


def system_certificates() -> str | bool:
    """Return where the system keeps the certificates it trusts: `requests` would bring a list of its own."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath or True


def _read(ask: Callable[[], requests.Response]) -> dict[str, Any]:
    """Return a JSON object of modest size. Raises DirectoryUnreachable."""
    try:
        with ask() as answer:
            if answer.status_code != 200:
                raise DirectoryUnreachable(f"status-{answer.status_code}")
            data = answer.raw.read(LONGEST_ANSWER + 1, decode_content=True)
            if len(data) > LONGEST_ANSWER:
                raise DirectoryUnreachable("too-long")
            found = json.loads(data)
    except (requests.RequestException, HTTPError, OAuthError, ValueError, RecursionError):
        raise DirectoryUnreachable("no-answer") from None
    if not isinstance(found, dict):
        raise DirectoryUnreachable("no-object")
    return found
