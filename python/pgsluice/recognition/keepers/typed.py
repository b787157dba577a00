"""Types that say by themselves what a column holds: addresses of machines, and what the server keeps for itself."""

from __future__ import annotations

from pgsluice.config.rules import Rule
from pgsluice.recognition.facts import ColumnFacts
from pgsluice.recognition.model import Confidence, Finding

_MASKED = {
    "inet": ("ip", "an address of a machine, by its type"),
    "macaddr": ("mac", "an address of a device, by its type"),
    "macaddr8": ("mac", "an address of a device, by its type"),
}
# Numbers and names of the server's own objects.
_SERVERS = frozenset(
    {"oid", "xid", "xid8", "cid", "tid", "pg_lsn", "pg_snapshot", "txid_snapshot", "regclass", "regproc",
     "regprocedure", "regoper", "regoperator", "regtype", "regrole", "regnamespace", "regconfig", "regdictionary",
     "regcollation"}
)  # fmt: skip


def typed(facts: ColumnFacts) -> Finding | None:
    """Mask addresses; keep what names the server's own objects."""
    kind = facts.subject.type_kind
    if kind in _MASKED:
        mask, reason = _MASKED[kind]
        return Finding(Confidence.HIGH, (Rule(mask),), reason, mask)
    if kind in _SERVERS:
        return Finding(Confidence.HIGH, (Rule("keep"),), "it names an object of the server", "server")
    return None
