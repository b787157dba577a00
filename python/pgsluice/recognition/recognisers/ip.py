"""Addresses of machines on the internet."""

from __future__ import annotations

import ipaddress

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list


def is_ip(value: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address, with or without a netmask."""
    if not 2 <= len(value) <= 60 or not any(char in value for char in ".:"):
        return False
    try:
        ipaddress.ip_interface(value)
    except ValueError:
        return False
    return True


IP = Recogniser(
    kind="ip",
    noun="IP addresses",
    kinds=TEXT,
    offers=(Offer(Rule("ip")), Offer(Rule("hash"))),
    words=word_list(
        """ip, ip address, ipaddr, ipv4, ipv6, client ip, remote ip, remote addr, remote address, source ip, host ip,
        user ip, last ip, ip adresse, adresse ip, direccion ip, indirizzo ip, x forwarded for, forwarded for"""
    ),
    weak_words=word_list("host, remote host, client, peer, origin"),
    is_one=is_ip,
    alone=Confidence.HIGH,
)
