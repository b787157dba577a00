"""`ip`, for inet and cidr."""

from ipaddress import ip_network

from oracle.column import Call
from oracle.permutation import permute

_SORTS = {
    4: "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 "
    "224.0.0.0/4 240.0.0.0/4",
    6: "::/96 ::ffff:0:0/96 2000::/3 fc00::/7 fe80::/10 ff00::/8",
}


def _sort(number: int, family: int) -> int:
    """The bits of the prefix of the sort, and which one: 0 for the rest."""
    width = 32 if family == 4 else 128
    for at, text in enumerate(_SORTS[family].split(), start=1):
        network = ip_network(text)
        if number >> (width - network.prefixlen) == int(network.network_address) >> (width - network.prefixlen):
            return at << 8 | network.prefixlen
    return 0


def _masked(call: Call, number: int, family: int, m: int) -> int:
    if family == 6 and number >> 32 == 0xFFFF and m > 96:
        return 0xFFFF << 32 | _masked(call, number & 0xFFFFFFFF, 4, m - 96)
    width = 32 if family == 4 else 128
    sort = _sort(number, family)
    k = max(min(call.parameters.get("keep_prefix", 0), width), sort & 0xFF)
    if k >= m:
        return number
    prf = call.prf.child(str(family))
    kept = number >> (width - k) << (width - k)
    tweak = kept >> 64 ^ kept & ((1 << 64) - 1)
    free = (1 << (m - k)) - 1
    while True:
        part = permute(prf, free + 1, number >> (width - m) & free, tweak)
        number = kept | part << (width - m)
        if _sort(number, family) == sort:
            return number


def mask(call: Call) -> bytes:
    family = 4 if call.value[0] == 2 else 6
    width = 32 if family == 4 else 128
    is_cidr = call.value[2] == 1
    number = _masked(call, int.from_bytes(call.value[4:], "big"), family, call.value[1] if is_cidr else width)
    return call.value[:4] + number.to_bytes(width // 8, "big")
