//! `ip`: addresses permuted among those of their sort.

use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
    Uniqueness,
};
use crate::error::{Refusal, ValueError};
use crate::key::Prf;
use crate::permute::Permutation;
use crate::row::Row;
use crate::types::inet::{self, Inet};
use crate::types::{Kind, text};

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "ip",
    summary: "Replace an IPv4 or IPv6 address by another of its sort (private, loopback, public ...), no two by the same; the netmask stays. A network as wide as its sort (10.0.0.0/8) stays what it is. A masked public address may be \
              somebody's real one",
    accepts: &[Kind::Inet, Kind::Text],
    parameters: &[Parameter::optional(
        "keep_prefix",
        ParameterKind::Integer(0, 128),
        "Bits to keep from the front, of IPv4 at most 32: addresses of one such network stay in it, and it shows; 0, since a network of a few \
         hundred addresses already names a place or a company",
    )],
    // Bijective for inet and cidr; two texts may name one address, or none.
    promises: Promises::LOSSY,
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "{ mask = \"ip\", keep_prefix = 8 }",
    algorithm: "Sorts, each a prefix: IPv4 0/8, 10/8, 100.64/10, 127/8, 169.254/16, 172.16/12, 192.168/16, 224/4, 240/4; IPv6 ::/96, ::ffff:0:0/96, 2000::/3, fc00::/7, fe80::/10, ff00::/8; an address in none of \
                its family is of the sort `rest`. k bits are kept: `keep_prefix`, or the length of the sort's prefix if that is more. m bits in all count: 32 or 128, for a cidr its netmask (the bits behind stay 0). \
                If k >= m the value stays. Else the m - k bits behind the first k are replaced by their image under the permutation of 0..2^(m-k) keyed by child \"4\" or \"6\" of the function; its tweak is the address with all bits \
                but the first k set to 0, as a number of 32 or 128 bits, its high 64 bits xor its low 64. As long as the result is of another sort than the value, it is put through again. An address in ::ffff:0:0/96 with m > 96 is instead the IPv4 address of its last 32 bits, masked as one of netmask m - 96. Family and netmask \
                stay. A text that is an address, with or without /netmask, counts as inet and is written as PostgreSQL does; any other gets the IPv4 address of the highest 32 bits of its word. Where the column's characters are too few for the result, it loses \
                its netmask; where they still are, it is the address of the word of the text as given.",
    build,
};

/// Prefixes of IPv4, as number and length. Longer ones inside of one of these need no row.
const SORTS_V4: &[(u128, u32)] = &[
    (0x0000_0000, 8),
    (0x0a00_0000, 8),
    (0x6440_0000, 10),
    (0x7f00_0000, 8),
    (0xa9fe_0000, 16),
    (0xac10_0000, 12),
    (0xc0a8_0000, 16),
    (0xe000_0000, 4),
    (0xf000_0000, 4),
];
const SORTS_V6: &[(u128, u32)] = &[
    (0, 96),
    (0xffff_0000_0000, 96),
    (0x2000 << 112, 3),
    (0xfc00 << 112, 7),
    (0xfe80 << 112, 10),
    (0xff00 << 112, 8),
];
/// The sort of IPv6 addresses that hold an IPv4 one.
const MAPPED: (u128, u32) = (0xffff_0000_0000, 96);
const MAPPED_BITS: u32 = 96;

/// Longest IPv4 address in words; all others give way to one where they do not fit.
const V4_CHARS: u32 = 15;
/// Longest IPv6 address in words, with its netmask.
const V6_NETWORK_CHARS: u32 = 43;

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let prf = build.prf()?;
    let keep = build.parameters.integer("keep_prefix").and_then(|bits| u32::try_from(bits).ok()).unwrap_or(0);
    let is_text = build.column_type.kind == Kind::Text;
    let chars_max = build.column_type.chars_max.unwrap_or(u32::MAX).min(V6_NETWORK_CHARS);
    let mask = Ip {
        v4: Family::new(&prf.child("4"), 32, keep, SORTS_V4),
        v6: Family::new(&prf.child("6"), 128, keep, SORTS_V6),
        prf,
        is_text,
        chars_max: usize::try_from(chars_max).unwrap_or(0),
    };
    let uniqueness = if is_text { Uniqueness::Lossy } else { Uniqueness::Bijective };
    Ok(Built {
        mask: Box::new(mask),
        promises: Promises { uniqueness, ..SPEC.promises },
        output_chars: if is_text {
            OutputChars::AtMost(chars_max.max(V4_CHARS))
        } else {
            OutputChars::NotText
        },
    })
}

/// What is special to IPv4 or to IPv6.
struct Family {
    bits: u32,
    keep: u32,
    sorts: &'static [(u128, u32)],
    /// By the number of bits they permute.
    permutations: Vec<Permutation>,
}

impl Family {
    fn new(prf: &Prf, bits: u32, keep: u32, sorts: &'static [(u128, u32)]) -> Self {
        // 2^128 is written 0 there.
        let count = |free: u32| 1u128.checked_shl(free).unwrap_or(0);
        let permutations = (0..=bits).map(|free| Permutation::new(prf, count(free))).collect();
        Self { bits, keep: keep.min(bits), sorts, permutations }
    }

    /// The bits behind the first `kept`.
    fn rest(&self, kept: u32) -> u128 {
        1u128.checked_shl(self.bits - kept.min(self.bits)).unwrap_or(0).wrapping_sub(1)
    }

    /// The prefix that holds `address`; none is the sort `rest`.
    fn sort(&self, address: u128) -> Option<(u128, u32)> {
        self.sorts.iter().copied().find(|&(prefix, length)| address & !self.rest(length) == prefix)
    }

    /// The image of `address`, of which the first `used` bits count.
    fn apply(&self, address: u128, used: u32) -> u128 {
        let sort = self.sort(address);
        let kept = sort.map_or(self.keep, |(_, length)| length.max(self.keep));
        let free = used.saturating_sub(kept);
        let Some(permutation) = self.permutations.get(free as usize).filter(|_| free > 0) else {
            return address;
        };
        let prefix = address & !self.rest(kept);
        let unused = self.bits - used;
        // Folded, not cut: addresses of different kept prefixes go through different permutations.
        let tweak = u64::try_from((prefix >> 64) ^ (prefix & u128::from(u64::MAX))).unwrap_or(0);
        let mut rest = (address ^ prefix) >> unused;
        // The cycle leads back to `address`, which is of its own sort, so this ends; no sort leaves less
        // than half of any kept prefix to the others, so it ends soon.
        loop {
            rest = permutation.apply(rest, tweak);
            let image = prefix | rest << unused;
            if self.sort(image) == sort {
                return image;
            }
        }
    }
}

struct Ip {
    v4: Family,
    v6: Family,
    prf: Prf,
    is_text: bool,
    chars_max: usize,
}

impl Mask for Ip {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        if self.is_text {
            self.text(text::read(value)?, out);
        } else {
            self.inet(inet::read(value)?).write(out);
        }
        Ok(Masked::Value)
    }
}

impl Ip {
    fn inet(&self, inet: Inet) -> Inet {
        let used = if inet.is_cidr { inet.network_bits } else { inet.bits() };
        let address = if !inet.is_v6 {
            self.v4.apply(inet.address, used)
        } else if used > MAPPED_BITS && self.v6.sort(inet.address) == Some(MAPPED) {
            MAPPED.0 | self.v4.apply(inet.address & 0xffff_ffff, used - MAPPED_BITS)
        } else {
            self.v6.apply(inet.address, used)
        };
        Inet { address, ..inet }
    }

    fn text(&self, words: &str, out: &mut Vec<u8>) {
        let start = out.len();
        let fits = |out: &Vec<u8>| out.len() - start <= self.chars_max;
        if let Some(inet) = inet::parse(words) {
            let masked = self.inet(inet);
            masked.push_text(out);
            if fits(out) {
                return;
            }
            out.truncate(start);
            Inet { network_bits: masked.bits(), ..masked }.push_text(out);
            if fits(out) {
                return;
            }
            out.truncate(start);
        }
        let address = self.prf.word(words.as_bytes()) >> 96;
        Inet { address, is_v6: false, network_bits: 32, is_cidr: false }.push_text(out);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::{Built, Uniqueness, probe};
    use super::*;
    use crate::types::ColumnType;

    fn built(name: &str, keep: u32) -> Built {
        probe::build("ip", &probe::column(name), &json!({"keep_prefix": keep})).expect("built")
    }

    #[test]
    fn images_are_those_of_the_algorithm() {
        // From a second implementation in Python: blake3 1.0, SipHash-2-4, Feistel network and sorts written anew.
        let known = [
            ("192.168.1.5", "192.168.206.106", "192.168.1.209"),
            ("10.1.2.3/8", "10.190.183.33/8", "10.1.2.84/8"),
            ("8.8.8.8", "166.206.107.80", "8.8.8.32"),
            ("127.0.0.1", "127.133.37.149", "127.0.0.117"),
            (
                "2001:db8::1",
                "31b1:8eee:8b1f:8782:ec69:2a9c:b9a0:d7bc",
                "2001:dbc:ec8e:fb11:6bc9:689d:21a4:ca72",
            ),
            (
                "fe80::1/64",
                "feb6:c005:9d51:b63f:9381:2da8:bfc2:1088/64",
                "fe80:a9:27dd:608a:f641:4d9e:854e:a12d/64",
            ),
            ("::1", "::105.78.126.245", "::105.78.126.245"),
            ("::ffff:8.8.8.8", "::ffff:166.206.107.80", "::ffff:8.8.8.32"),
        ];
        for (given, none_kept, some_kept) in known {
            for name in ["inet", "text"] {
                assert_eq!([none_kept], *probe::texts(name, &built(name, 0), &[given]));
                assert_eq!([some_kept], *probe::texts(name, &built(name, 24), &[given]));
            }
        }
        let networks = [
            ("8.8.0.0/16", "179.32.0.0/16", "8.15.0.0/16"),
            ("10.0.0.0/8", "10.0.0.0/8", "10.0.0.0/8"),
            ("192.168.1.0/24", "192.168.228.0/24", "192.168.228.0/24"),
            ("2001:db8::/32", "38b8:97dd::/32", "200c:1745::/32"),
            ("128.0.0.0/1", "128.0.0.0/1", "128.0.0.0/1"),
        ];
        for (given, none_kept, some_kept) in networks {
            assert_eq!([none_kept], *probe::texts("cidr", &built("cidr", 0), &[given]));
            assert_eq!([some_kept], *probe::texts("cidr", &built("cidr", 12), &[given]));
        }
        assert_eq!(["56.11.234.58"], *probe::texts("text", &built("text", 0), &["unknown"]));
    }

    #[test]
    fn short_networks_are_permuted_whole() {
        for (keep, bits) in [(0u32, 12u32), (5, 16), (8, 20)] {
            let built = built("cidr", keep);
            let mut images = Vec::new();
            for number in 0..1u128 << bits {
                let inet =
                    Inet { address: number << (32 - bits), is_v6: false, network_bits: bits, is_cidr: true };
                let mut value = Vec::new();
                inet.write(&mut value);
                let masked = inet::read(&probe::apply(&built, &value).expect("masked")).expect("a cidr");
                let kept = u32::MAX.checked_shl(32 - keep).unwrap_or(0);
                assert_eq!(inet.address & u128::from(kept), masked.address & u128::from(kept));
                images.push(masked.address >> (32 - bits));
            }
            images.sort_unstable();

            assert!(images.into_iter().eq(0..1 << bits), "{keep} {bits}");
        }
    }

    #[test]
    fn results_fit_short_columns() {
        for limit in [15u32, 18, 20, 39, 43, 45] {
            let column = ColumnType { chars_max: Some(limit), ..probe::column("varchar") };
            let built = probe::build("ip", &column, &json!({})).expect("built");
            assert!(matches!(built.output_chars, OutputChars::AtMost(most) if most <= limit));
            for given in ["8.8.8.8", "8.8.8.8/9", "::1/9", "fe80::1", "2001::/99", "no", ""] {
                let masked = probe::apply(&built, given.as_bytes()).expect("masked");
                let words = std::str::from_utf8(&masked).expect("words");
                assert!(
                    masked.len() <= limit as usize && inet::parse(words).is_some(),
                    "{limit} {given} {words}"
                );
            }
        }
        let narrow = ColumnType { chars_max: Some(14), ..probe::column("varchar") };
        let built = probe::build("ip", &narrow, &json!({})).expect("built");
        assert_eq!(OutputChars::AtMost(15), built.output_chars);
    }

    #[test]
    fn edges_are_taken_and_other_values_refused() {
        for name in ["inet", "cidr", "text"] {
            for keep in [0, 1, 24, 31, 32, 95, 96, 97, 127, 128] {
                probe::is_total(&built(name, keep), name);
            }
        }
        probe::refuses_other_lengths(&built("inet", 0), &[2, 32, 0, 4, 8, 8, 8, 8]);
        assert_eq!(Uniqueness::Bijective, built("cidr", 0).promises.uniqueness);
        assert_eq!(Uniqueness::Lossy, built("text", 0).promises.uniqueness);
        assert_eq!(
            Some("parameter"),
            probe::refusal("ip", &probe::column("inet"), &json!({"keep_prefix": 129}))
        );
        assert_eq!(Some("mask-type"), probe::refusal("ip", &probe::column("int4"), &json!({})));
    }

    proptest! {
        #[test]
        fn sorts_netmasks_and_kept_bits_stay_and_values_stay_apart(
            a: u128, b: u128, v6: bool, few: bool, keep in 0u32..=128, bits in 0u32..=128,
        ) {
            let bits = if v6 { bits } else { bits / 4 };
            let built = built("inet", keep);
            let mask = |address: u128| {
                let address = if v6 { address } else { address & 0xffff_ffff };
                let inet = Inet { address, is_v6: v6, network_bits: bits, is_cidr: false };
                let mut value = Vec::new();
                inet.write(&mut value);
                (inet, inet::read(&probe::apply(&built, &value).expect("masked")).expect("an address"))
            };
            let (a, b) = if few { (a & 0xffff_ffff_ffff, a & 0xffff_ffff_ffff ^ 1) } else { (a, b) };
            let ((a, masked_a), (b, masked_b)) = (mask(a), mask(b));
            let family = Family::new(&Prf::new([1; 32]), a.bits(), 0, if v6 { SORTS_V6 } else { SORTS_V4 });
            prop_assert_eq!(Inet { address: 0, ..a }, Inet { address: 0, ..masked_a });
            prop_assert_eq!(family.sort(a.address), family.sort(masked_a.address));
            let is_mapped = v6 && family.sort(a.address) == Some(MAPPED);
            if !is_mapped {
                let behind = family.rest(keep.min(a.bits()));
                prop_assert_eq!(a.address & !behind, masked_a.address & !behind);
            }
            prop_assert_eq!(a == b, masked_a == masked_b);
        }
    }
}
