//! Every mask gives what an independent implementation in Python, `tests/oracle`, computed from its `algorithm`
//! text: `tests/oracle/known_answers.json`, one row a value, which the oracle's own test reads too.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::numerals::testing::key;
use super::{Action, Masked};
use crate::masks::rule::{RuleRequest, build};
use crate::permute::Permutation;
use crate::row::Row;
use crate::seal::seal;
use crate::types::ColumnType;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    mask: String,
    #[serde(rename = "type")]
    column_type: Map<String, Value>,
    parameters: Map<String, Value>,
    #[serde(default)]
    words: BTreeMap<String, Vec<String>>,
    /// Whether `value` and `masked` are hexadecimal.
    #[serde(default)]
    hex: bool,
    value: String,
    masked: Option<String>,
}

impl Answer {
    fn bytes(&self) -> Vec<u8> {
        if !self.hex {
            return self.value.as_bytes().to_vec();
        }
        let digits: Vec<u32> =
            self.value.chars().map(|c| c.to_digit(16).expect("a hexadecimal digit")).collect();
        digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).expect("a byte")).collect()
    }

    fn column_type(&self) -> ColumnType {
        let mut description = self.column_type.clone();
        description.insert("display".into(), "a type".into());
        let column_type: ColumnType = serde_json::from_value(description.into()).expect("a column type");
        column_type.resolve()
    }

    fn computed(&self) -> Option<String> {
        let rule =
            RuleRequest { mask: self.mask.clone(), domain: "d".into(), parameters: self.parameters.clone() };
        let (_, built) = build(&rule, &self.column_type(), Some(&key()), &self.words, &[]).expect("a mask");
        let mut spans = Vec::new();
        let row = Row::read(&[0, 0], &mut spans).expect("a row without fields");
        let mut out = Vec::new();
        let masked =
            built.expect("a mask").mask.apply(&self.bytes(), &row, &mut out).expect("masks are total");
        if masked == Masked::Null {
            return None;
        }
        if !self.hex {
            return Some(String::from_utf8(out).expect("UTF-8"));
        }
        Some(hexadecimal(&out))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for byte in bytes {
        write!(digits, "{byte:02x}").expect("a String takes all");
    }
    digits
}

#[test]
fn masks_give_what_the_oracle_computed() {
    let answers = include_str!("../../../../tests/oracle/known_answers.json");
    let answers: Vec<Answer> = serde_json::from_str(answers).expect("rows of known answers");
    let mut checked = 0;

    for (ordinal, answer) in answers.iter().enumerate() {
        // A mask that stands for a whole column replaces no value, and the oracle may know more than this build.
        let is_known = super::find(&answer.mask).is_some_and(|spec| spec.action == Action::Mask);
        if is_known && answer.column_type().codec.is_some() {
            assert_eq!(answer.masked, answer.computed(), "row {ordinal}, mask {}", answer.mask);
            checked += 1;
        }
    }

    assert!(checked > 70, "{checked} rows");
}

// `tests/oracle/test_known_answers.py`, test_keys_and_permutations_are_those_of_the_rust_tests.
#[test]
fn keys_permutations_and_seals_are_those_of_the_oracle() {
    let prf = key().prf("key", "d");
    let mut stream = prf.stream(b"a");

    assert_eq!("a5dcbf241ffdaac2", key().id());
    let numbers: [u64; 5] = std::array::from_fn(|_| stream.u64());
    let expected = [
        10_872_024_026_659_579_724,
        15_725_086_895_794_546_873,
        745_057_271_771_306_681,
        5_569_087_284_553_340_027,
        8_388_155_636_863_870_615,
    ];
    assert_eq!(expected, numbers);
    assert_eq!(233_624_006_955_576_907_776_815_191_074_140_153_101, prf.child("x").word(b"a"));
    for (count, image) in [
        (10, 2),
        (1000, 916),
        (900_000_000, 733_217_922),
        (1 << 32, 598_706_053),
        (10u128.pow(38), 7_141_587_405_866_014_424_534_858_571_170_309_136),
    ] {
        assert_eq!(image, Permutation::new(&prf, count).apply(count / 3, 5), "0..{count}");
    }
    let all = Permutation::new(&prf, 0).apply(u128::MAX / 3, 5);
    assert_eq!(250_909_251_001_494_066_138_233_163_674_054_279_631, all);
    let sealed =
        "0110c6c47c12f4e642097e9943015ae2c71c25ae9d59ad174ad70533c4b5048df65729849fda7479733ec5fbaa20";
    assert_eq!(sealed, hexadecimal(&seal(&key(), b"run/table/1", b"a key")));
}
