//! `key`: integers permuted, so that keys stay unique and joins hold.

use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
    Uniqueness,
};
use crate::error::{Refusal, ValueError};
use crate::permute::Permutation;
use crate::row::Row;
use crate::types::{Kind, integer};

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "key",
    summary: "Permute integers: each gets another of the same sign and width, no two the same. Columns that refer to each other agree if they have \
              one width or one `below`. Without `below`, masked keys lie anywhere in the type, so that the target's sequence may one day give one \
              of them again: name `below` where rows are added on the target",
    accepts: &[Kind::Int2, Kind::Int4, Kind::Int8],
    parameters: &[Parameter::optional(
        "below",
        ParameterKind::Integer(3, i64::MAX),
        "Permute 1 to `below` - 1 among themselves and those from `below` up among themselves, 0 stays: a sequence that is \
         at `below` or beyond when the data is copied never meets a masked key",
    )],
    promises: Promises { uniqueness: Uniqueness::Bijective, ..Promises::LOSSY },
    action: Action::Mask,
    default_domain: DefaultDomain::Column,
    words: &[],
    example: "{ mask = \"key\", below = 1000000 }",
    algorithm: "w = bits of the type, b = `below`. Permutations with tweak 0 under children of the function: S of 0..b-1 under \"small\", L of \
                0..2^(w-1)-b under \"large\" (b = 0 if it is not given), N of 0..2^(w-1) under \"negative\"; the bounds are exclusive. A value x < 0 \
                becomes -1 - N(-1 - x). If `below` is given, 0 stays 0 and 0 < x < b becomes 1 + S(x - 1). Any other becomes \
                b + L(x - b). As with every permutation a value may meet itself by chance, once in a set on average; among few values that \
                hides little.",
    build,
};

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let kind = build.column_type.kind;
    let (_, most) = integer::range(kind);
    let below = build.parameters.integer("below").unwrap_or(0);
    if below > most {
        return Err(Refusal::new(
            "parameter",
            format!("parameter \"below\" of mask \"key\" is beyond type {}", build.column_type.display),
            "Give the sequence's next value, or leave it out.",
        ));
    }
    let prf = build.prf()?;
    let count_from = |first: i64| u128::from(most.abs_diff(first)) + 1;
    let count_small = u128::from((below - 1).max(1).unsigned_abs());
    let mask = Key {
        kind,
        below,
        small: Permutation::new(&prf.child("small"), count_small),
        large: Permutation::new(&prf.child("large"), count_from(below)),
        negative: Permutation::new(&prf.child("negative"), count_from(0)),
    };
    Ok(Built { mask: Box::new(mask), promises: SPEC.promises, output_chars: OutputChars::NotText })
}

struct Key {
    kind: Kind,
    /// 0 where no bound was given: every value is a large one then.
    below: i64,
    small: Permutation,
    large: Permutation,
    negative: Permutation,
}

/// `value` is not negative, and its image is below 2^63 as the permutation's set is.
fn permute(permutation: &Permutation, value: i64) -> i64 {
    let image = permutation.apply(u128::from(value.unsigned_abs()), 0);
    i64::try_from(image).unwrap_or(value)
}

impl Mask for Key {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let number = integer::read(self.kind, value)?;
        let masked = if number < 0 {
            -1 - permute(&self.negative, -1 - number)
        } else if number >= self.below {
            self.below + permute(&self.large, number - self.below)
        } else if number == 0 {
            0
        } else {
            1 + permute(&self.small, number - 1)
        };
        integer::write(self.kind, masked, out)?;
        Ok(Masked::Value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::probe;

    #[test]
    fn images_are_those_of_the_algorithm() {
        // From a second implementation in Python: blake3 1.0, SipHash-2-4 and Feistel network written anew.
        let known: [(&str, serde_json::Value, &[&str], &[&str]); 4] = [
            (
                "int2",
                json!({}),
                &["0", "1", "2", "32767", "-1", "-32768"],
                &["18464", "24535", "11092", "291", "-3804", "-28838"],
            ),
            (
                "int4",
                json!({}),
                &["0", "1", "2147483647", "-1", "-2147483648"],
                &["1265748312", "2079355655", "47360299", "-1107511766", "-544512308"],
            ),
            (
                "int8",
                json!({}),
                &["0", "1", "9223372036854775807", "-1", "-9223372036854775808"],
                &[
                    "5954967138170869147",
                    "2902758447607726815",
                    "2487033513451502864",
                    "-428697900759037845",
                    "-1750813910391537414",
                ],
            ),
            (
                "int4",
                json!({"below": 1000}),
                &["0", "1", "999", "1000", "2147483647", "-1"],
                &["0", "672", "570", "1265749312", "328237281", "-1107511766"],
            ),
        ];
        for (name, rule, values, expected) in known {
            let built = probe::build("key", &probe::column(name), &rule).expect("built");

            assert_eq!(expected, probe::texts(name, &built, values), "{name} {rule}");
        }
    }

    #[test]
    fn all_of_int2_is_permuted_within_its_parts() {
        for below in [None, Some(3), Some(1000), Some(32_767)] {
            let rule = below.map_or(json!({}), |below| json!({"below": below}));
            let built = probe::build("key", &probe::column("int2"), &rule).expect("built");
            let bound = below.unwrap_or(0);
            let mut images = Vec::new();
            for number in i16::MIN..=i16::MAX {
                let image = probe::apply(&built, &number.to_be_bytes()).expect("masked");
                let image = i16::from_be_bytes(image.try_into().expect("two bytes"));
                assert_eq!((number < 0, number < bound), (image < 0, image < bound), "{number} {bound}");
                images.push(image);
            }
            images.sort_unstable();

            assert!(images.into_iter().eq(i16::MIN..=i16::MAX));
        }
    }

    #[test]
    fn widths_agree_below_the_same_bound() {
        let rule = json!({"below": 30_000});
        let built = ["int2", "int4", "int8"]
            .map(|name| (name, probe::build("key", &probe::column(name), &rule).expect("built")));
        for number in 0..30_000 {
            let number = number.to_string();
            let [a, b, c] = [0, 1, 2].map(|at| probe::texts(built[at].0, &built[at].1, &[&number]));

            assert!(a == b && b == c);
        }
    }

    #[test]
    fn bounds_beyond_the_type_and_other_lengths_are_refused() {
        for (name, below) in [("int2", 32_768i64), ("int4", 1 << 31), ("int4", 2), ("int8", 0), ("int8", -1)]
        {
            assert_eq!(
                Some("parameter"),
                probe::refusal("key", &probe::column(name), &json!({"below": below}))
            );
        }
        assert_eq!(Some("mask-type"), probe::refusal("key", &probe::column("numeric"), &json!({})));
        let built = probe::build("key", &probe::column("int4"), &json!({})).expect("built");
        probe::refuses_other_lengths(&built, &[0, 0, 0, 1]);
    }

    proptest! {
        #[test]
        fn signs_stay_and_values_stay_apart(numbers in prop::collection::hash_set(any::<i64>(), 2..100)) {
            let built = probe::build("key", &probe::column("int8"), &json!({})).expect("built");
            let mut images = std::collections::HashSet::new();
            for number in &numbers {
                let image = probe::apply(&built, &number.to_be_bytes()).expect("masked");
                let image = i64::from_be_bytes(image.try_into().expect("eight bytes"));
                prop_assert_eq!(*number < 0, image < 0);
                images.insert(image);
            }
            prop_assert_eq!(numbers.len(), images.len());
        }
    }
}
