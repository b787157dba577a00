//! What masks of numbers share: parameters made exact, and the limits of numeric(p, s).

use crate::types::ColumnType;
use crate::types::numeric::WHOLE_DIGITS_MAX;

/// The exact value of a float times 10^`decimals`, rounded to a whole number, half to even. What parameters
/// allow is below 10^24 then.
pub(super) fn scaled(number: f64, decimals: usize) -> u128 {
    format!("{number:.decimals$}").replace('.', "").parse().unwrap_or(0)
}

/// What numeric(p, s) says.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) precision: Option<u32>,
    pub(super) scale: i32,
}

impl Limits {
    pub(super) fn of(column: &ColumnType) -> Self {
        Self { precision: column.numeric_precision, scale: column.numeric_scale.unwrap_or(0) }
    }

    /// Groups behind the point that hold `dscale` and the column's scale.
    pub(super) fn fraction(self, dscale: u16) -> usize {
        usize::from(dscale.max(u16::try_from(self.scale).unwrap_or(0)).div_ceil(4))
    }

    /// Decimal digits a magnitude with `fraction` groups behind the point may have.
    pub(super) fn digits(self, fraction: usize) -> usize {
        let shown = i64::try_from(4 * fraction).unwrap_or(0);
        let whole = self
            .precision
            .map_or(i64::from(WHOLE_DIGITS_MAX), |precision| i64::from(precision) - i64::from(self.scale));
        usize::try_from(whole + shown).unwrap_or(0)
    }
}
