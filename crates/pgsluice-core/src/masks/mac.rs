//! `mac`: hardware addresses permuted, with or without their vendor.

use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
    Uniqueness,
};
use crate::error::{Refusal, ValueError};
use crate::key::Prf;
use crate::permute::Permutation;
use crate::row::Row;
use crate::types::{Kind, macaddr};

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "mac",
    summary: "Replace a MAC address by another that no vendor has given out; addresses that differ in the group or local bit only may become equal",
    accepts: &[Kind::Macaddr, Kind::Macaddr8, Kind::Text],
    parameters: &[Parameter::optional(
        "keep_vendor",
        ParameterKind::Bool,
        "Keep the first three bytes, which name the vendor, and so hide the other three or five only; false",
    )],
    // A macaddr or macaddr8 keeps its length and form, and its uniqueness with `keep_vendor`; a text only if it is one.
    promises: Promises::LOSSY,
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "{ mask = \"mac\", keep_vendor = true }",
    algorithm: "The address as a number of w = 48 or 64 bits, first byte highest. The two lowest bits of the first byte become 10 (local, for one station); the other w - 2, put together in \
                their order, are replaced by their image under the permutation of 0..2^(w-2) with tweak 0. With `keep_vendor` the highest 24 bits stay instead, and the others go through the \
                permutation of 0..2^(w-24) with them as tweak: different addresses stay different then. Permutations are keyed by child \"6\" or \"8\" of the function. A text of 12 or 16 \
                hexadecimal digits in pairs, fours or sixes between colons, hyphens or dots, or without any, is such an address: its digits are replaced where they stand, in capitals if it has one. Any \
                other text gets, in lower-case pairs between colons, or without colons where the column holds fewer than 17 characters, the address of the highest 48 bits of its word, with the two bits set (with `keep_vendor` too).",
    build,
};

/// The local and the group bit of the first byte.
const FLAGS: u64 = 0b11;
const LOCAL: u64 = 0b10;
const VENDOR_BITS: u32 = 24;

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let column = build.column_type;
    let keeps_vendor = build.parameters.flag("keep_vendor");
    let limit = column.chars_max.unwrap_or(u32::MAX);
    let is_text = column.kind == Kind::Text;
    let prf = build.prf()?;
    let other_chars = if limit < 17 { 12 } else { 17 };
    let uniqueness = if keeps_vendor && !is_text { Uniqueness::Bijective } else { Uniqueness::Lossy };
    let mask = Mac {
        six: Shuffle::new(&prf.child("6"), 48, keeps_vendor),
        eight: Shuffle::new(&prf.child("8"), 64, keeps_vendor),
        prf,
        kind: column.kind,
        has_colons: other_chars == 17,
    };
    Ok(Built {
        mask: Box::new(mask),
        promises: Promises { uniqueness, keeps_length: !is_text, keeps_format: !is_text, ..SPEC.promises },
        // An address in words keeps its length; what is none gets one of 12 or 17 characters.
        output_chars: if is_text { OutputChars::AtMost(other_chars) } else { OutputChars::NotText },
    })
}

/// The permutation of addresses of one width.
struct Shuffle {
    permutation: Permutation,
    bits: u32,
    keeps_vendor: bool,
}

impl Shuffle {
    fn new(prf: &Prf, bits: u32, keeps_vendor: bool) -> Self {
        let free = bits - if keeps_vendor { VENDOR_BITS } else { 2 };
        Self { permutation: Permutation::new(prf, 1 << free), bits, keeps_vendor }
    }

    fn apply(&self, address: u64) -> u64 {
        let image = |value: u64, tweak: u64| {
            let image = self.permutation.apply(u128::from(value), tweak);
            // The set has at most 2^62 members.
            u64::try_from(image).unwrap_or(value)
        };
        if self.keeps_vendor {
            let rest_bits = self.bits - VENDOR_BITS;
            let vendor = address >> rest_bits;
            return vendor << rest_bits | image(address & ((1 << rest_bits) - 1), vendor);
        }
        let flags_at = self.bits - 8;
        let low = (1u64 << flags_at) - 1;
        let image = image(address >> 2 & !low | address & low, 0);
        (image & !low) << 2 | LOCAL << flags_at | image & low
    }
}

struct Mac {
    six: Shuffle,
    eight: Shuffle,
    prf: Prf,
    kind: Kind,
    has_colons: bool,
}

impl Mask for Mac {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        match self.kind {
            Kind::Macaddr => {
                let mut wide = [0; 8];
                wide[2..].copy_from_slice(&macaddr::read(value)?);
                let masked = self.six.apply(u64::from_be_bytes(wide));
                out.extend_from_slice(&masked.to_be_bytes()[2..]);
            }
            Kind::Macaddr8 => {
                let masked = self.eight.apply(u64::from_be_bytes(macaddr::read_8(value)?));
                out.extend_from_slice(&masked.to_be_bytes());
            }
            _ => self.text(value, out),
        }
        Ok(Masked::Value)
    }
}

impl Mac {
    fn text(&self, value: &[u8], out: &mut Vec<u8>) {
        match std::str::from_utf8(value).ok().and_then(macaddr::parse) {
            Some((address, 12)) => push_digits(self.six.apply(address), 12, value, out),
            Some((address, count)) => push_digits(self.eight.apply(address), count, value, out),
            None => {
                let bits = u64::try_from(self.prf.word(value) >> 80).unwrap_or(0);
                let address = bits & !(FLAGS << 40) | LOCAL << 40;
                let form: &[u8] = if self.has_colons { b"00:00:00:00:00:00" } else { b"000000000000" };
                push_digits(address, 12, form, out);
            }
        }
    }
}

/// Append the `count` digits of `address` in the places of those of `form`.
fn push_digits(address: u64, count: u32, form: &[u8], out: &mut Vec<u8>) {
    let is_upper = form.iter().any(u8::is_ascii_uppercase);
    let digits = if is_upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    let mut left = count;
    for &byte in form {
        if byte.is_ascii_hexdigit() && left > 0 {
            left -= 1;
            out.push(digits[usize::try_from(address >> (4 * left) & 15).unwrap_or(0)]);
        } else {
            out.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::probe;
    use crate::types::ColumnType;

    #[test]
    fn images_are_those_of_the_algorithm() {
        // From a second implementation in Python: blake3 1.0, SipHash-2-4 and Feistel network written anew.
        let known = [
            ("macaddr", false, "08:00:2b:01:02:03", "5e:bd:72:53:0e:e0"),
            ("macaddr", true, "08:00:2b:01:02:03", "08:00:2b:fa:53:59"),
            ("macaddr8", false, "08:00:2b:01:02:03:04:05", "be:f3:26:e9:9a:94:d0:d6"),
            ("macaddr8", true, "08:00:2b:01:02:03:04:05", "08:00:2b:b7:7f:ee:b0:8e"),
            ("text", false, "08002B.010203", "5EBD72.530EE0"),
            ("text", false, "08-00-2b-01-02-03", "5e-bd-72-53-0e-e0"),
            ("text", true, "08002b0102030405", "08002bb77feeb08e"),
            ("text", false, "n/a", "b2:a8:be:5f:09:49"),
            ("text", true, "n/a", "b2:a8:be:5f:09:49"),
        ];
        for (name, keep_vendor, given, expected) in known {
            let rule = json!({"keep_vendor": keep_vendor});
            let built = probe::build("mac", &probe::column(name), &rule).expect("built");

            assert_eq!([expected], *probe::texts(name, &built, &[given]), "{given}");
        }
        let short = ColumnType { chars_max: Some(12), ..probe::column("varchar") };
        let built = probe::build("mac", &short, &json!({})).expect("built");
        assert_eq!(["b2a8be5f0949"], *probe::texts("varchar", &built, &["n/a"]));
    }

    #[test]
    fn edges_are_taken_and_other_lengths_refused() {
        for name in ["macaddr", "macaddr8", "text"] {
            for keep_vendor in [false, true] {
                let rule = json!({"keep_vendor": keep_vendor});
                let built = probe::build("mac", &probe::column(name), &rule).expect("built");
                probe::is_total(&built, name);
            }
        }
        let built = probe::build("mac", &probe::column("macaddr"), &json!({})).expect("built");
        probe::refuses_other_lengths(&built, &[0; 6]);
        assert_eq!(Some("mask-type"), probe::refusal("mac", &probe::column("int8"), &json!({})));
        assert_eq!(
            Some("parameter"),
            probe::refusal("mac", &probe::column("macaddr"), &json!({"keep_vendor": 1}))
        );
    }

    proptest! {
        #[test]
        fn results_are_local_and_stay_apart(a: [u8; 8], b: [u8; 8]) {
            for (name, length) in [("macaddr", 6), ("macaddr8", 8)] {
                let built = probe::build("mac", &probe::column(name), &json!({})).expect("built");
                let mask = |value: &[u8]| probe::apply(&built, &value[..length]).expect("masked");
                prop_assert_eq!(0b10, mask(&a)[0] & 0b11);
                let differs = a[0] >> 2 != b[0] >> 2 || a[1..length] != b[1..length];
                prop_assert_eq!(differs, mask(&a) != mask(&b));
                let built = probe::build("mac", &probe::column(name), &json!({"keep_vendor": true})).expect("built");
                let mask = |value: &[u8]| probe::apply(&built, &value[..length]).expect("masked");
                prop_assert_eq!(&a[..3], &mask(&a)[..3]);
                prop_assert_eq!(a[..length] != b[..length], mask(&a) != mask(&b));
                let near = [&a[..length - 1], &[a[length - 1] ^ 1]].concat();
                prop_assert_ne!(mask(&a), mask(&near));
            }
        }
    }
}
