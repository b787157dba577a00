//! Exact arithmetic on the groups of a numeric: what `noise` and `bucket` need, each in one pass over
//! the groups, so that 131,072 digits take microseconds and not minutes.
//!
//! A magnitude is groups of four decimal digits, lowest first; the lowest `fraction` of them stand behind the point.

use std::ops::{Deref, DerefMut};

use super::numeric::Numeric;

/// Magnitudes with so many groups (64 digits) live on the stack.
const GROUPS_INLINE: usize = 16;
const BASE: u16 = 10_000;

/// A magnitude of a fixed number of groups.
#[derive(Debug, Clone)]
pub struct Groups {
    inline: [u16; GROUPS_INLINE],
    spilled: Vec<u16>,
    length: usize,
}

impl Groups {
    /// Zero in `length` groups.
    #[must_use]
    pub fn zero(length: usize) -> Self {
        let spilled = if length > GROUPS_INLINE { vec![0; length] } else { Vec::new() };
        Self { inline: [0; GROUPS_INLINE], spilled, length }
    }

    /// The magnitude of `number`, its digits behind dscale cut off, with `fraction` groups behind the
    /// point and room for at least `whole_least` before it, one more than it needs.
    #[must_use]
    pub fn load(number: &Numeric<'_>, fraction: usize, whole_least: usize) -> Self {
        let whole = usize::try_from(i32::from(number.weight) + 1).unwrap_or(0);
        let mut groups = Self::zero(whole.max(whole_least) + fraction + 1);
        let lowest = -i32::try_from(fraction).unwrap_or(0);
        for (weight, group) in (lowest..).zip(groups.iter_mut()) {
            *group = number.group(weight);
        }
        groups.cut_below((4 * fraction).saturating_sub(usize::from(number.dscale)));
        groups
    }

    /// Set the lowest `count` decimal digits to zero; true if one was not.
    pub fn cut_below(&mut self, count: usize) -> bool {
        let whole = (count / 4).min(self.length);
        let mut was_cut = self[..whole].iter().any(|&group| group != 0);
        self[..whole].fill(0);
        if let Some(group) = self.get_mut(count / 4) {
            let over = *group % power_of_ten(count % 4);
            was_cut |= over != 0;
            *group -= over;
        }
        was_cut
    }

    /// Round up to a multiple of 10^`count`; `had_more` says that digits behind the lowest were not zero.
    pub fn round_up(&mut self, count: usize, had_more: bool) {
        if self.cut_below(count) || had_more {
            let mut carry = power_of_ten(count % 4);
            for group in self.iter_mut().skip(count / 4) {
                *group += carry;
                carry = u16::from(*group >= BASE);
                if carry == 0 {
                    break;
                }
                *group -= BASE;
            }
        }
    }

    /// This times `factor` / 10^12, cut to groups, and whether something was cut. `factor` is at most 10^12.
    #[must_use]
    pub fn scaled(&self, factor: u64) -> (Self, bool) {
        let mut scaled = Self::zero(self.length);
        let mut was_cut = false;
        let mut carry = 0u64;
        let factor = factor.min(1_000_000_000_000);
        // 10^12 is three groups: they fall off at the low end, and their place at the high end is the carry.
        for at in 0..self.length + 3 {
            // At most 9999 x 10^12 + 10^12: far below 2^64.
            let sum = u64::from(self.get(at).copied().unwrap_or(0)) * factor + carry;
            carry = sum / u64::from(BASE);
            let group = u16::try_from(sum % u64::from(BASE)).unwrap_or(0);
            match at.checked_sub(3).and_then(|at| scaled.get_mut(at)) {
                Some(place) => *place = group,
                None => was_cut |= group != 0,
            }
        }
        (scaled, was_cut)
    }

    /// Put `number` at the groups from `start` up; what lies below the lowest group is cut off. True if
    /// something was.
    pub fn put(&mut self, mut number: u128, start: isize) -> bool {
        let mut was_cut = false;
        let mut at = start;
        while number != 0 {
            let group = u16::try_from(number % u128::from(BASE)).unwrap_or(0);
            number /= u128::from(BASE);
            match usize::try_from(at).ok().and_then(|at| self.get_mut(at)) {
                Some(place) => *place = group,
                None => was_cut |= group != 0,
            }
            at += 1;
        }
        was_cut
    }

    /// What is left when the groups from `start` up are divided by `divisor`, which is at most 10^24.
    #[must_use]
    pub fn remainder(&self, start: usize, divisor: u128) -> u128 {
        let groups = self.get(start..).unwrap_or_default();
        groups
            .iter()
            .rev()
            .fold(0, |rest, &group| (rest * u128::from(BASE) + u128::from(group)) % divisor.max(1))
    }

    /// Add a magnitude of as many groups; what is carried out of the highest is lost.
    pub fn add(&mut self, other: &Self) {
        let mut carry = 0;
        for (group, other) in self.iter_mut().zip(other.iter()) {
            let sum = *group + other + carry;
            carry = u16::from(sum >= BASE);
            *group = sum - carry * BASE;
        }
    }

    /// Subtract a magnitude of as many groups that is not greater.
    pub fn subtract(&mut self, other: &Self) {
        let mut borrow = 0;
        for (group, other) in self.iter_mut().zip(other.iter()) {
            let less = other + borrow;
            borrow = u16::from(*group < less);
            *group = *group + borrow * BASE - less;
        }
    }

    /// Subtract a magnitude of as many groups, whichever is greater; true if that went through zero.
    pub fn subtract_through_zero(&mut self, mut other: Self) -> bool {
        let is_through = self.is_less(&other);
        if is_through {
            other.subtract(self);
            *self = other;
        } else {
            self.subtract(&other);
        }
        is_through
    }

    /// Whether it is less than a magnitude of as many groups.
    #[must_use]
    pub fn is_less(&self, other: &Self) -> bool {
        self.iter().rev().lt(other.iter().rev())
    }

    /// Decimal digits, without leading zeros; 0 for zero.
    #[must_use]
    pub fn digits(&self) -> usize {
        self.iter().rposition(|&group| group != 0).map_or(0, |at| {
            let group = self.get(at).copied().unwrap_or(0);
            4 * at + group.checked_ilog10().map_or(0, |log| log as usize + 1)
        })
    }

    /// Set it to 10^`end` - 10^`start`, as far as it has room.
    pub fn fill_nines(&mut self, start: usize, end: usize) {
        self.fill(0);
        for digit in start..end.min(4 * self.length) {
            if let Some(group) = self.get_mut(digit / 4) {
                *group += 9 * power_of_ten(digit % 4);
            }
        }
    }
}

impl Deref for Groups {
    type Target = [u16];

    fn deref(&self) -> &[u16] {
        if self.spilled.is_empty() { &self.inline[..self.length] } else { &self.spilled }
    }
}

impl DerefMut for Groups {
    fn deref_mut(&mut self) -> &mut [u16] {
        if self.spilled.is_empty() { &mut self.inline[..self.length] } else { &mut self.spilled }
    }
}

/// 10^0 to 10^3.
fn power_of_ten(exponent: usize) -> u16 {
    [1, 10, 100, 1000].get(exponent).copied().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(number: u128) -> Groups {
        let mut groups = Groups::zero(10);
        groups.put(number, 0);
        groups
    }

    fn number(groups: &Groups) -> u128 {
        groups.iter().rev().fold(0, |number, &group| number * 10_000 + u128::from(group))
    }

    proptest! {
        #[test]
        fn it_agrees_with_whole_numbers(
            a in 0..10u128.pow(24), b in 0..10u128.pow(24), factor in 0..=10u64.pow(12), count in 0usize..24,
            divisor in 1..10u128.pow(23),
        ) {
            let (mut sum, mut difference) = (of(a), of(a.max(b)));
            sum.add(&of(b));
            difference.subtract(&of(a.min(b)));
            prop_assert_eq!((a + b, a.abs_diff(b)), (number(&sum), number(&difference)));
            prop_assert_eq!(a < b, of(a).is_less(&of(b)));
            let mut distance = of(a);
            let is_through = distance.subtract_through_zero(of(b));
            prop_assert_eq!((a < b, a.abs_diff(b)), (is_through, number(&distance)));

            let (scaled, was_cut) = of(a).scaled(factor);
            let product = a * u128::from(factor);
            prop_assert_eq!((product / 10u128.pow(12), product % 10u128.pow(12) != 0), (number(&scaled), was_cut));

            let unit = 10u128.pow(u32::try_from(count).expect("small"));
            let mut rounded = of(a);
            rounded.round_up(count, false);
            prop_assert_eq!(a.div_ceil(unit) * unit, number(&rounded));

            prop_assert_eq!(a % divisor, of(a).remainder(0, divisor));
            prop_assert_eq!(if a == 0 { 0 } else { a.to_string().len() }, of(a).digits());
        }
    }

    #[test]
    fn nines_fill_their_place_and_large_ones_spill() {
        let mut groups = Groups::zero(40);
        groups.fill_nines(2, 9);

        assert_eq!((40, 999_999_900), (groups.len(), number(&groups)));
    }

    #[test]
    fn rounding_up_carries_and_counts_what_was_cut_before() {
        let mut carried = of(99_999_999);
        carried.round_up(0, true);
        let mut exact = of(120);
        exact.round_up(1, false);

        assert_eq!((100_000_000, 120), (number(&carried), number(&exact)));
    }
}
