"""Client addresses in the form that rate limits count."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

UNKNOWN = "unknown"
_CUSTOMER_PREFIX = 64


def parsed(remote: str | None) -> str:
    """The address without port and brackets, which some proxies add. UNKNOWN if it is not an address."""
    text = (remote or "").strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return UNKNOWN
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def counted(address: str) -> str:
    """The key that limits count: the address, or the /64 of IPv6, which one customer has (RFC 6177)."""
    if ":" not in address:
        return address
    return str(ip_network(f"{address}/{_CUSTOMER_PREFIX}", strict=False))
