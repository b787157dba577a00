"""Measures what a piece of work writes to the write-ahead log: bytes, records by kind, page images, commits.

bill = await measure("postgresql://localhost/shop", "UPDATE hosts SET seen = now() WHERE id = 7")
print(bill.bytes, bill.hot_share, [kind.name for kind in bill.kinds])
"""

from pgsluice.wal.bill import RecordKind, WalBill
from pgsluice.wal.measuring import Measured, Work, measure, measuring
from pgsluice.wal.records import WalUnreadableError, Way

__all__ = ["Measured", "RecordKind", "WalBill", "WalUnreadableError", "Way", "Work", "measure", "measuring"]
