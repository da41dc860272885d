"""Staff directories: what every one promises, and what the real one refuses of whatever a server may answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import quote

import pytest

from portal.adapters.clock import SystemClock
from portal.domain.roles import TEAM, Role
from portal.ports import Admitted, Directory, DirectoryRefused, DirectoryUnreachable, Flow
from tests.directories import (
    BACK,
    CLIENT,
    KEYS,
    Forger,
    altered,
    challenge_of,
    forger,
    mock_provider,
    oidc,
    query_of,
    signed_by_another,
    signed_with_public_key,
    single_sign_on,
    unsigned,
)
from tests.fake_directory import FakeDirectory
from tests.fakes import FakeClock

CLOCK = FakeClock()


class Place(Protocol):
    """A directory, and the way to be somebody there."""

    @property
    def directory(self) -> Directory:
        """The directory."""

    @property
    def issuer(self) -> str:
        """Its issuer."""

    def vouch(self, subject: str, *values: str) -> None:
        """Let it vouch for somebody, by the values of its claim."""

    def let_in(self, address: str, subject: str) -> dict[str, str]:
        """Sign in there, and return what comes back."""

    def remove(self, subject: str) -> None:
        """Disable somebody."""


@dataclass
class Faked:
    directory: FakeDirectory
    issuer: str

    def vouch(self, subject: str, *values: str) -> None:
        roles = {"Inspect": TEAM, "Administer": frozenset({Role.administrator})}
        self.directory.vouch(subject, frozenset().union(*(roles[each] for each in values)))

    def let_in(self, address: str, subject: str) -> dict[str, str]:
        return self.directory.let_in(address, subject)

    def remove(self, subject: str) -> None:
        del self.directory.people[subject]


@dataclass
class Real:
    directory: Directory
    issuer: str
    provider: Any

    def vouch(self, subject: str, *values: str) -> None:
        self.provider.tell(subject, roles=list(values), amr=["mfa"])

    def let_in(self, address: str, subject: str) -> dict[str, str]:
        return dict(self.provider.let_in(address, subject))

    def remove(self, subject: str) -> None:
        self.provider.remove(subject)


@pytest.fixture(scope="module")
def real() -> Iterator[Real]:
    """The adapter on a running OpenID Connect server."""
    with mock_provider() as provider:
        yield Real(oidc(single_sign_on(provider.issuer), SystemClock()), provider.issuer, provider)


@pytest.fixture(params=["fake", "oidc"])
def place(request: pytest.FixtureRequest) -> Place:
    """Each directory in turn."""
    if request.param == "fake":
        fake = FakeDirectory()
        return Faked(fake, fake.issuer)
    return request.getfixturevalue("real")  # type: ignore[no-any-return]


def test_a_directory_lets_in_and_is_asked_again(place: Place) -> None:
    """Who it is and what they may be, then what has changed since, and that they were removed."""
    place.vouch("ines", "Inspect")
    address, flow = place.directory.begin("a-state")
    brought = place.let_in(address, "ines")
    assert "a-state" == brought["state"]
    admitted = place.directory.finish(brought["code"], flow)
    assert (place.issuer, "ines", TEAM) == (admitted.issuer, admitted.subject, admitted.roles)
    place.vouch("ines", "Inspect", "Administer")
    known = place.directory.ask_again(admitted)
    assert (TEAM | {Role.administrator}, "ines") == (known.roles, known.subject)
    with pytest.raises(DirectoryRefused):
        place.directory.finish(brought["code"], flow)
    place.remove("ines")
    with pytest.raises(DirectoryRefused):
        place.directory.ask_again(known)
    back = "https://evidence.example/sign-in?left=1"
    assert quote(back, safe="") in str(place.directory.way_out(back))


def test_a_code_of_another_flow_is_refused(place: Place) -> None:
    """A code that was issued for one browser does not sign another in: nonce (V10.5.1) and PKCE are its flow's."""
    place.vouch("ines", "Inspect")
    mine, flow = place.directory.begin("mine")
    theirs, _flow = place.directory.begin("theirs")
    brought = place.let_in(theirs, "ines")
    with pytest.raises(DirectoryRefused):
        place.directory.finish(brought["code"], flow)
    assert query_of(mine)["state"] == "mine"


@pytest.fixture(scope="module")
def server() -> Iterator[Forger]:
    """A server that forges; each test tells it anew what."""
    with forger(CLOCK) as told:
        yield told


@pytest.fixture
def forging(server: Forger) -> Forger:
    """The server, honest again."""
    fresh = Forger(issuer=server.issuer, now=CLOCK.now().timestamp())
    vars(server).update(vars(fresh))
    return server


def _ask(forging: Forger, again: bool = False, /, **changes: str) -> tuple[Directory, str, Flow]:
    directory = oidc(single_sign_on(forging.issuer, **changes), CLOCK)
    address, flow = directory.begin("state", again=again)
    forging.nonce = query_of(address)["nonce"]
    return directory, address, flow


def _finish(forging: Forger, **changes: str) -> Admitted:
    directory, _address, flow = _ask(forging, **changes)
    return directory.finish("code", flow)


def test_the_request_has_state_nonce_and_challenge(forging: Forger) -> None:
    """Code flow, PKCE by S256, and a fresh nonce; the secret goes by header, the verifier with the code alone."""
    directory, address, flow = _ask(forging)
    directory.finish("the-code", flow)
    asked = query_of(address)
    expected = {"response_type": "code", "client_id": CLIENT, "redirect_uri": BACK, "state": "state", "scope": "openid"}
    expected |= {"code_challenge": challenge_of(flow.verifier), "code_challenge_method": "S256", "nonce": flow.nonce}
    assert expected == {name: asked[name] for name in expected}
    assert not {"prompt", "max_age"} & set(asked)
    [(form, authorization)] = [(form, header) for path, form, header in forging.seen if path == "/token"]
    assert {"grant_type": "authorization_code", "code": "the-code", "redirect_uri": BACK} == {
        name: form[name] for name in ("grant_type", "code", "redirect_uri")
    }
    assert flow.verifier == form["code_verifier"]
    assert authorization.startswith("Basic ")
    assert "client_secret" not in form
    assert _ask(forging)[2].nonce != flow.nonce


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_signatures_of_the_issuers_keys_are_taken(forging: Forger, algorithm: str) -> None:
    """Three algorithms, each by a private key."""
    forging.header = {"alg": algorithm, "kid": "ec" if algorithm == "ES256" else "rsa"}
    assert "ines" == _finish(forging).subject


FORGED: dict[str, tuple[str, dict[str, Any]]] = {
    "alg none": ("algorithm", {"sign": unsigned}),
    "alg None in capitals": ("algorithm", {"sign": lambda h, c: unsigned(h, c).replace("bm9uZ", "Tm9uZ")}),
    "public key as HMAC secret": ("algorithm", {"sign": signed_with_public_key}),
    "an algorithm that is not pinned": ("algorithm", {"header": {"alg": "RS384"}}),
    "another key of the same id": ("signature", {"sign": signed_by_another}),
    "claims changed after signing": ("signature", {"sign": altered}),
    "unknown key": ("unknown-key", {"header": {"kid": "made-up"}}),
    "no key id among several keys": ("unknown-key", {"header": {"kid": None}}),
    "key of another kind": ("signature", {"header": {"kid": "ec"}}),
    "an access token": ("token-type", {"header": {"typ": "at+jwt"}}),
    "a logout token": ("token-type", {"header": {"typ": "logout+jwt"}}),
    "no token": ("id-token-missing", {"answer": {"id_token": None}}),
    "no text": ("id-token-missing", {"answer": {"id_token": ["a"]}}),
    "no JWT": ("signature", {"answer": {"id_token": "a.b"}}),
    "another issuer": ("claim-iss", {"claims": {"iss": "https://other.example"}}),
    "the issuer with a slash": ("claim-iss", {"claims": {"iss": "ISSUER/"}}),
    "no issuer": ("claim-iss", {"claims": {"iss": None}}),
    "another audience": ("claim-aud", {"claims": {"aud": "another-client"}}),
    "no audience": ("claim-aud", {"claims": {"aud": None}}),
    "several audiences and no party": ("claim-azp", {"claims": {"aud": [CLIENT, "another-client"]}}),
    "another party": ("claim-azp", {"claims": {"aud": [CLIENT, "another-client"], "azp": "another-client"}}),
    "expired": ("claim-exp", {"claims": {"exp": 1}}),
    "no expiry": ("claim-exp", {"claims": {"exp": None}}),
    "an endless expiry": ("claim-exp", {"claims": {"exp": float("inf")}}),
    "issued in the future": ("claim-iat", {"claims": {"iat": 99_999_999_999}}),
    "not valid yet": ("claim-nbf", {"claims": {"nbf": 99_999_999_999}}),
    "another nonce": ("claim-nonce", {"claims": {"nonce": "another"}}),
    "no nonce": ("claim-nonce", {"claims": {"nonce": None}}),
    "no subject": ("claim-sub", {"claims": {"sub": None}}),
    "an empty subject": ("claim-sub", {"claims": {"sub": ""}}),
    "a subject too long": ("claim-sub", {"claims": {"sub": "x" * 256}}),
    "no second factor": ("no-second-factor", {"claims": {"amr": ["pwd"]}}),
    "no word of how": ("no-second-factor", {"claims": {"amr": None}}),
    "no refresh token": ("no-refresh-token", {"answer": {"refresh_token": None}}),
    "a refused code": ("grant", {"status": 400, "answer": {"error": "invalid_grant"}}),
    "our own secret refused": ("invalid-client", {"status": 401, "answer": {"error": "invalid_client"}}),
}


@pytest.mark.parametrize("what", FORGED)
def test_what_is_forged_is_refused(forging: Forger, what: str) -> None:
    """Signature, kind, issuer, audience, times, nonce, subject, factors: each alone is enough (V6.8.2, V9, V10.5)."""
    reason, told = FORGED[what]
    vars(forging).update(told)
    if forging.claims.get("iss") == "ISSUER/":
        forging.claims = {"iss": f"{forging.issuer}/"}
    with pytest.raises(DirectoryRefused) as refused:
        _finish(forging)
    assert reason == str(refused.value)


def test_a_key_that_is_new_is_looked_for_once_a_minute(forging: Forger) -> None:
    """Keys are changed without a restart, and made-up ids do not make us ask for ever."""
    directory = oidc(single_sign_on(forging.issuer), CLOCK)

    def finish() -> Admitted:
        address, flow = directory.begin("state")
        forging.nonce = query_of(address)["nonce"]
        return directory.finish("code", flow)

    forging.keys = [KEYS["RS256"].as_dict(private=False)]
    assert "ines" == finish().subject
    forging.keys = [KEYS["ES256"].as_dict(private=False), {"kty": "oct", "k": "AAAA", "kid": "hmac"}, {"kty": "RSA"}]
    forging.header = {"alg": "ES256", "kid": "ec"}
    for _ in range(3):
        with pytest.raises(DirectoryRefused, match="unknown-key"):
            finish()
    assert 1 == sum(path == "/keys" for path, _form, _header in forging.seen)
    forging.now += 61
    later = FakeClock(CLOCK.now())
    later.advance(timedelta(seconds=61))
    directory._clock = later
    assert "ines" == finish().subject


UNREACHABLE: dict[str, dict[str, Any]] = {
    "another issuer": {"metadata": {"issuer": "https://other.example"}},
    "the issuer with a slash": {"metadata": {"issuer": "ISSUER/"}},
    "no issuer": {"metadata": {"issuer": None}},
    "an endpoint without TLS": {"metadata": {"token_endpoint": "http://directory.example/token"}},
    "an endpoint that is no address": {"metadata": {"jwks_uri": "file:///etc/passwd"}},
    "no endpoint": {"metadata": {"authorization_endpoint": None}},
    "a redirect": {"redirects_to": "http://127.0.0.1:1/"},
}


@pytest.mark.parametrize("what", UNREACHABLE)
def test_metadata_must_be_the_issuers_own(forging: Forger, what: str) -> None:
    """The issuer to the last slash (V10.5.3), endpoints by TLS, and no answer that leads elsewhere."""
    vars(forging).update(UNREACHABLE[what])
    if forging.metadata.get("issuer") == "ISSUER/":
        forging.metadata = {"issuer": f"{forging.issuer}/"}
    with pytest.raises(DirectoryUnreachable):
        _ask(forging)


@pytest.mark.parametrize("status", [302, 429, 500, 503])
def test_a_token_endpoint_that_is_away_says_nothing_of_a_person(forging: Forger, status: int) -> None:
    """Neither does its passing fault; nobody is refused for it, and nobody let in."""
    directory, _address, flow = _ask(forging)
    forging.status, forging.answer = status, {"access_token": None, "id_token": None}
    with pytest.raises(DirectoryUnreachable):
        directory.finish("code", flow)
    forging.status, forging.answer = 400, {"error": "temporarily_unavailable"}
    with pytest.raises(DirectoryUnreachable):
        directory.finish("code", flow)


def test_the_answer_of_another_issuer_is_not_redeemed(forging: Forger) -> None:
    """Where the answer names its issuer, or should, it is ours (RFC 9207, V10.2.2)."""
    directory, _address, flow = _ask(forging)
    with pytest.raises(DirectoryRefused, match="other-issuer"):
        directory.finish("code", flow, "https://other.example")
    assert "ines" == directory.finish("code", flow, forging.issuer).subject
    forging.metadata = {"authorization_response_iss_parameter_supported": True}
    directory, _address, flow = _ask(forging)
    with pytest.raises(DirectoryRefused, match="other-issuer"):
        directory.finish("code", flow)


@pytest.mark.parametrize(
    ("changes", "claims", "enough"),
    [
        ({"oidc_acr": "gold platinum", "oidc_amr": ""}, {"acr": "platinum"}, True),
        ({"oidc_acr": "gold platinum", "oidc_amr": ""}, {"acr": "silver"}, False),
        ({"oidc_acr": "gold", "oidc_amr": ""}, {"acr": None}, False),
        ({"oidc_acr": "gold", "oidc_amr": ""}, {"acr": ["gold"]}, False),
        ({"oidc_acr": "gold", "oidc_amr": "mfa"}, {"acr": "gold", "amr": ["pwd"]}, False),
        ({"oidc_amr": "pwd otp"}, {"amr": ["otp", "pwd", "x"]}, True),
        ({"oidc_amr": "pwd otp"}, {"amr": ["otp"]}, False),
        ({"oidc_amr": "mfa"}, {"amr": "mfa"}, False),
    ],
)
def test_the_directory_must_say_that_a_factor_was_used(
    forging: Forger, changes: dict[str, str], claims: dict[str, Any], enough: bool
) -> None:
    """One of the values of `acr`, all of those of `amr` (V6.8.4)."""
    forging.claims = claims
    if enough:
        assert "ines" == _finish(forging, **changes).subject
        return
    with pytest.raises(DirectoryRefused):
        _finish(forging, **changes)


@pytest.mark.parametrize(("seconds", "fresh"), [(-61, False), (-59, True), (0, True), (61, False), (None, False)])
def test_a_confirmation_needs_a_fresh_sign_in(forging: Forger, seconds: int | None, fresh: bool) -> None:
    """A session that the directory had before confirms nothing, whatever it says else (V6.8.4)."""
    forging.claims = {"auth_time": None if seconds is None else int(forging.now) + seconds}
    directory, address, flow = _ask(forging, True)
    asked = query_of(address)
    assert ("login", "0") == (asked["prompt"], asked["max_age"])
    if fresh:
        assert "ines" == directory.finish("code", flow).subject
        return
    with pytest.raises(DirectoryRefused, match="claim-auth_time"):
        directory.finish("code", flow)


@pytest.mark.parametrize(
    ("claims", "userinfo", "roles"),
    [
        ({"roles": ["Inspect", "Unheard-of"]}, {"sub": "ines", "roles": ["Administer"]}, TEAM),
        ({"roles": "Administer"}, None, {Role.administrator}),
        ({"roles": []}, {"sub": "ines", "roles": ["Inspect"]}, set()),
        ({"roles": None}, {"sub": "ines", "roles": ["Inspect"]}, TEAM),
        ({"roles": None}, {"sub": "ines"}, set()),
        ({"roles": {"Inspect": True}}, None, set()),
        ({"roles": None, "organisation": {"id": "Protect"}}, None, {Role.data_protection_officer}),
    ],
)
def test_roles_come_from_the_configured_claim(
    forging: Forger, claims: dict[str, Any], userinfo: dict[str, Any] | None, roles: set[Role]
) -> None:
    """Of the ID token, or of userinfo where that has none; what has no meaning is none."""
    forging.claims, forging.userinfo = claims, userinfo
    path = "organisation.id" if "organisation" in claims else "roles"
    assert roles == _finish(forging, oidc_roles_claim=path).roles


def test_userinfo_of_somebody_else_is_refused(forging: Forger) -> None:
    """Its subject is the ID token's (OpenID Connect Core 5.3.2)."""
    forging.claims, forging.userinfo = {"roles": None}, {"sub": "ivo", "roles": ["Inspect"]}
    with pytest.raises(DirectoryRefused, match="userinfo-sub"):
        _finish(forging)
    forging.userinfo = None
    with pytest.raises(DirectoryUnreachable):
        _finish(forging)


def test_asking_again_trusts_no_more_than_before(forging: Forger) -> None:
    """A refreshed ID token is checked as the first was, for the same subject; the next refresh token is kept."""
    directory, _address, flow = _ask(forging)
    known = directory.finish("code", flow)
    forging.claims = {"nonce": None, "roles": ["Administer"]}
    again = directory.ask_again(known)
    assert (frozenset({Role.administrator}), "refresh-2") == (again.roles, again.refresh)
    forging.answer = {"refresh_token": None}
    assert known.refresh == directory.ask_again(known).refresh
    for told in ({"claims": {"sub": "ivo"}}, {"claims": {"aud": "another"}}, {"sign": unsigned}):
        vars(forging).update(told)
        with pytest.raises(DirectoryRefused):
            directory.ask_again(known)
    with pytest.raises(DirectoryRefused, match="other-issuer"):
        directory.ask_again(Admitted("https://other.example", "ines", TEAM, "refresh"))
