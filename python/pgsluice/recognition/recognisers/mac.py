"""Hardware addresses of network devices."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list

_MAC = re.compile(
    r"[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4,6}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2,3}[0-9a-f]{4}", re.IGNORECASE
)


def is_mac(value: str) -> bool:
    """Whether a text is six or eight bytes as hardware addresses are written, with a separator."""
    return _MAC.fullmatch(value) is not None


MAC = Recogniser(
    kind="mac",
    noun="MAC addresses",
    kinds=TEXT,
    offers=(Offer(Rule("mac")), Offer(Rule("hash"))),
    words=word_list(
        """mac, mac address, macaddr, mac addr, mac adresse, adresse mac, hardware address, hwaddr, bssid, bluetooth
        address, wifi mac, ethernet address, eui 64"""
    ),
    is_one=is_mac,
    may_be_one=lambda value: re.fullmatch(r"[0-9a-fA-F]{12}|[0-9a-fA-F]{16}", value) is not None or is_mac(value),
    alone=Confidence.HIGH,
)
