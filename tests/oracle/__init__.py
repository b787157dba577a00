"""Compute every mask a second time, in pure Python, from the masks' published algorithms alone.

Written from the `algorithm` texts and the tables of `key.rs`, `permute.rs` and `seal.rs`, never from the Rust
code behind them: where both agree, the texts are exact and the code does what they say. Slow on purpose.
"""

from oracle.column import ColumnType
from oracle.registry import MASKS, mask

__all__ = ["MASKS", "ColumnType", "mask"]
