"""Which addresses the service may call when somebody else named them: public ones, and those its operator allowed.

Whoever may name a URL could otherwise make the service call its own machine, its neighbours or a cloud's
metadata service. A name is judged by all the addresses it resolves to, however it was spelt.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
RESOLVERS = 64
"""Names looked up side by side; a name server that hangs holds a thread until the system's resolver gives up."""
_HOST_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._")


class AddressError(Exception):
    """The URL may not be called; `code` is `url`, `scheme`, `credentials`, `unresolvable` or `inward-address`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class AllowList:
    """Hosts, addresses and networks that may be called although they are not public."""

    hosts: frozenset[str]
    networks: tuple[Network, ...]

    def permits(self, host: str, address: Address) -> bool:
        """Whether the host may be called at this address."""
        if host.lower() in self.hosts or is_public(address):
            return True
        return any(address.version == network.version and address in network for network in self.networks)


def parse_allowed(text: str) -> AllowList:
    """An allow list from hosts, addresses and networks separated by commas; raises ValueError naming a wrong part."""
    hosts: set[str] = set()
    networks: list[Network] = []
    for part in filter(None, (piece.strip().lower() for piece in text.split(","))):
        try:
            networks.append(ip_network(part, strict=False))
        except ValueError:
            if not _HOST_SIGNS.issuperset(part):
                raise ValueError(part) from None
            hosts.add(part)
    return AllowList(frozenset(hosts), tuple(networks))


def is_public(address: Address) -> bool:
    """Whether the address is one of the public internet's: nothing inward, shared, reserved or multicast."""
    if isinstance(address, IPv6Address):
        if address.is_site_local:
            return False
        if address.sixtofour is not None and not is_public(address.sixtofour):
            return False
    # `is_reserved` covers ::/8: addresses that carry an IPv4 address for a gateway (NAT64) or by old custom.
    return address.is_global and not (address.is_multicast or address.is_reserved)


def read_address(text: str) -> Address:
    """The address, an IPv4 address in IPv6 clothes as what it is; raises ValueError."""
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


async def resolve(host: str, port: int, allowed: AllowList) -> list[str]:
    """The addresses of a host, all of which may be called; raises AddressError."""
    look = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = await asyncio.get_running_loop().run_in_executor(_resolvers(), look)
        addresses = list(dict.fromkeys(read_address(str(entry[4][0])) for entry in found))
    except (OSError, ValueError):  # no such name; or one that no name can be
        raise AddressError("unresolvable") from None
    if not addresses:
        raise AddressError("unresolvable")
    if not all(allowed.permits(host, address) for address in addresses):
        raise AddressError("inward-address")
    return [str(address) for address in addresses]


@cache
def _resolvers() -> ThreadPoolExecutor:
    """Threads of their own: the loop's few would soon all wait for the name servers of dead receivers."""
    return ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolve")
