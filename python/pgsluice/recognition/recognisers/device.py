"""What tells one device or browser from all others."""

from __future__ import annotations

import re

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list

_AGENT = re.compile(
    r"(?:Mozilla|Opera|Dalvik|okhttp|curl|Wget|python-requests|PostmanRuntime|Apache-HttpClient)/\d.*", re.DOTALL
)


def is_agent(value: str) -> bool:
    """Whether a text is what a browser or a client says of itself."""
    return _AGENT.fullmatch(value) is not None


DEVICE = Recogniser(
    kind="device",
    noun="marks of devices",
    kinds=TEXT,
    offers=(Offer(Rule("hash")),),
    words=word_list(
        """device id, deviceid, device identifier, device uid, device fingerprint, browser fingerprint, fingerprint,
        device name, device serial, device, imei, imsi, meid, iccid, udid, idfa, idfv, gaid, aaid, advertising id,
        android id, serial number, serialnumber, serial no, seriennummer, gerätenummer, geräte id, hostname, host
        name, computer name, machine name, machine id, user agent, useragent, browser, visitor id, client id, cookie
        id, tracking id, numero de serie, agent utilisateur"""
    ),
    weak_words=word_list("serial, machine, computer, terminal, host, agent"),
    is_one=is_agent,
    may_be_one=lambda _: True,
    alone=Confidence.MEDIUM,
)
