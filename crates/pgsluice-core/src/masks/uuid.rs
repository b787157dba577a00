//! `uuid`: the 122 bits that are not version and variant, permuted.

use super::{Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Promises, Spec, Uniqueness};
use crate::error::{Refusal, ValueError};
use crate::permute::Permutation;
use crate::row::Row;
use crate::types::{Kind, uuid};

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "uuid",
    summary: "Replace the uuid by another of the same version and variant, no two by the same; the order of time-ordered ones is lost",
    accepts: &[Kind::Uuid],
    parameters: &[],
    promises: Promises { uniqueness: Uniqueness::Bijective, keeps_length: true, ..Promises::LOSSY },
    action: Action::Mask,
    default_domain: DefaultDomain::Column,
    words: &[],
    example: "\"uuid\"",
    algorithm: "The uuid as a 128-bit number, first byte highest. Bits 76 to 79 (version) and 62 to 63 (variant) stay. The other 122, bits 0 to 61, 64 to 75 and 80 to 127 \
                put together in this order from the lowest, are replaced by their image under the permutation of 0..2^122 with tweak 0.",
    build,
};

const LOW_BITS: u32 = 62;
const MIDDLE_BITS: u32 = 12;
const LOW: u128 = (1 << LOW_BITS) - 1;
const MIDDLE: u128 = ((1 << MIDDLE_BITS) - 1) << 64;
const HIGH: u128 = u128::MAX << 80;

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let permutation = Permutation::new(&build.prf()?, 1 << 122);
    Ok(Built {
        mask: Box::new(Uuid { permutation }),
        promises: SPEC.promises,
        output_chars: OutputChars::NotText,
    })
}

struct Uuid {
    permutation: Permutation,
}

impl Mask for Uuid {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let bits = uuid::read(value)?;
        let random = bits & LOW | (bits & MIDDLE) >> 2 | (bits & HIGH) >> 6;
        let image = self.permutation.apply(random, 0);
        let masked = bits & !(LOW | MIDDLE | HIGH) | image & LOW | image << 2 & MIDDLE | image << 6 & HIGH;
        out.extend_from_slice(&masked.to_be_bytes());
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
        let built = probe::build("uuid", &probe::column("uuid"), &json!({})).expect("built");
        let values = [
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "00000000-0000-0000-0000-000000000000",
            "0190163d-8694-739b-aea5-966c26f8ad91",
        ];
        let expected = [
            "28b672e0-0506-4be9-9e6e-bf7ef64e3ded",
            "c389481a-9775-093d-38dc-b4fe6729b2ac",
            "2fadccf1-ab96-72f5-8b92-d17676eccb79",
        ];
        assert_eq!(expected, *probe::texts("uuid", &built, &values));
        probe::is_total(&built, "uuid");
        probe::refuses_other_lengths(&built, &[0; 16]);
    }

    #[test]
    fn other_types_and_parameters_are_refused() {
        assert_eq!(Some("mask-type"), probe::refusal("uuid", &probe::column("text"), &json!({})));
        assert_eq!(Some("parameter"), probe::refusal("uuid", &probe::column("uuid"), &json!({"below": 1})));
    }

    proptest! {
        #[test]
        fn version_and_variant_stay_and_values_stay_apart(a: u128, b: u128) {
            let built = probe::build("uuid", &probe::column("uuid"), &json!({})).expect("built");
            let mask = |bits: u128| {
                let masked = probe::apply(&built, &bits.to_be_bytes()).expect("masked");
                u128::from_be_bytes(masked.try_into().expect("16 bytes"))
            };
            let kept = 0xf << 76 | 0b11 << 62;
            prop_assert_eq!(a & kept, mask(a) & kept);
            prop_assert_ne!(a, mask(a));
            prop_assert_eq!(a == b, mask(a) == mask(b));
            // One bit of difference, version and variant among them.
            for bit in 0..128 {
                prop_assert_ne!(mask(a), mask(a ^ 1 << bit));
            }
        }
    }
}
