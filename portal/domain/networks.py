"""Addresses on the network: who is behind a proxy, what of an address is counted, and which host a request names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:\d{1,5})?")


def read_networks(text: str) -> tuple[Network, ...]:
    """Return the addresses and networks of a list with commas or spaces. Raises ValueError."""
    return tuple(ip_network(each) for each in text.replace(",", " ").split())


def client_address(peer: str, forwarded: str, trusted: Iterable[Network]) -> str:
    """Return who sent a request: the peer itself, or whom trusted proxies name.

    `forwarded` is X-Forwarded-For, to which each proxy adds its own peer: what stands before the last address that no
    trusted proxy has is anybody's word, and is not looked at.
    """
    proxies = tuple(trusted)
    found = peer
    for each in reversed(forwarded.split(",") if forwarded else []):
        if not _within(found, proxies) or _parsed(each.strip()) is None:
            break
        found = each.strip()
    return found


def counted_network(address: str) -> str:
    """Return what wrong tries of an address are counted by: the address, or the /64 of IPv6, which one sender has."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((int(parsed), 64), strict=False))
    return address if parsed is None else str(parsed)


def is_loopback(address: str) -> bool:
    """Say whether an address is this machine's own."""
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def host_of(header: str) -> str:
    """Return the name in a Host header, without its port; the empty string for what is no host."""
    found = _HOST.fullmatch(header.lower())
    return found[1].strip("[]").removesuffix(".") if found else ""


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _within(address: str, networks: tuple[Network, ...]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)


@dataclass(frozen=True)
class Fences:
    """Whose word is taken: of proxies, about who sent a request; of senders, which hosts they may call us."""

    trusted_proxies: tuple[Network, ...]
    trusted_hosts: frozenset[str]


def read_fences(proxies: str, hosts: str, public_url: str, faults: list[str], *, production: bool) -> Fences:
    """Return the fences of these settings; adds a sentence for each fault. In development this machine is a host."""
    try:
        trusted = read_networks(proxies)
    except ValueError:
        trusted = ()
        faults.append("PORTAL_TRUSTED_PROXIES must be addresses or networks, such as 127.0.0.1 or 10.0.0.0/8.")
    named = hosts.replace(",", " ").split()
    if any(host_of(each) != each.lower() for each in named):
        faults.append("PORTAL_TRUSTED_HOSTS must be names of hosts alone, such as portal.example.")
    own = {host_of(public_url.partition("://")[2].rstrip("/"))}
    here = set() if production else {"localhost", "127.0.0.1", "::1"}
    return Fences(trusted, frozenset({*map(str.lower, named), *own, *here} - {""}))
