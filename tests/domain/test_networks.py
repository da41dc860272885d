"""Who sent a request, what of an address is counted, and which hosts requests may name."""

import pytest

from portal.domain.browsers import name_browser, say_browser
from portal.domain.networks import client_address, counted_network, host_of, is_loopback, read_fences, read_networks

PROXIES = read_networks("127.0.0.1 ::1, 10.0.0.0/8")


@pytest.mark.parametrize(
    ("found", "peer", "forwarded"),
    [
        ("192.0.2.7", "192.0.2.7", ""),
        ("192.0.2.7", "192.0.2.7", "198.51.100.1"),
        ("198.51.100.1", "127.0.0.1", "198.51.100.1"),
        ("198.51.100.1", "::ffff:127.0.0.1", "203.0.113.9, 198.51.100.1"),
        ("198.51.100.1", "127.0.0.1", "203.0.113.9, 198.51.100.1, 10.1.2.3"),
        ("2001:db8::5", "::1", "2001:db8::5"),
        ("127.0.0.1", "127.0.0.1", "203.0.113.9, unknown"),
        ("10.1.2.3", "127.0.0.1", "10.1.2.3"),
        ("", "", "198.51.100.1"),
    ],
)
def test_only_what_trusted_proxies_say_counts(found: str, peer: str, forwarded: str) -> None:
    """V4.1.3: from the right, as far as proxies are trusted; what a sender wrote before that is never looked at."""
    assert found == client_address(peer, forwarded, PROXIES)


@pytest.mark.parametrize(
    ("counted", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7", "::ffff:192.0.2.7"),
        ("2001:db8:1:2::/64", "2001:db8:1:2:3:4:5:6"),
        ("2001:db8:1:2::/64", "2001:db8:1:2::1"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_sender_of_ipv6_has_a_whole_network(counted: str, address: str) -> None:
    """Whoever has an address of IPv6 has the 2**64 others beside it too."""
    assert counted == counted_network(address)


@pytest.mark.parametrize(
    ("host", "header"),
    [
        ("portal.example", "portal.example"),
        ("portal.example", "Portal.Example.:443"),
        ("::1", "[::1]:8000"),
        ("", ""),
        ("", "portal.example/x"),
        ("", "portal.example@evil.example"),
        ("", "portal.example:80:80"),
        ("", "a b"),
    ],
)
def test_the_host_of_a_header(host: str, header: str) -> None:
    """A name alone, however it is written; what is no host has none."""
    assert host == host_of(header)


def test_fences() -> None:
    """The public address is a host of its own accord, this machine in development alone; every fault is named."""
    faults: list[str] = []
    fences = read_fences("", "Other.example", "https://portal.example", faults, production=True)
    assert (set(), []) == (set(fences.trusted_proxies), faults)
    assert {"portal.example", "other.example"} == fences.trusted_hosts
    here = read_fences("::1", "", "http://localhost:8000", faults, production=False)
    assert {"localhost", "127.0.0.1", "::1"} == here.trusted_hosts
    assert [True, False, False] == [is_loopback(each) for each in ("127.0.0.9", "192.0.2.1", "")]
    read_fences("300.1.1.1", "https://portal.example", "https://[", faults, production=True)
    assert ["PORTAL_TRUSTED_PROXIES", "PORTAL_TRUSTED_HOSTS"] == [each.split()[0] for each in faults]


@pytest.mark.parametrize(
    ("said", "header"),
    [
        ("Firefox on Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"),
        ("Edge on Windows", "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/129.0 Safari/537.36 Edg/129.0"),
        (
            "Chrome on Android",
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/129.0 Mobile Safari/537.36",
        ),
        ("Safari on iOS", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) Version/17.6 Safari/604.1"),
        ("a browser of unknown kind", "curl/8.5.0"),
        ("a browser of unknown kind", ""),
    ],
)
def test_a_browser_has_a_short_name(said: str, header: str) -> None:
    """Family and system, and nothing else of what it says about itself."""
    assert said == say_browser(name_browser(header))
    assert 40 > len(name_browser(header))
