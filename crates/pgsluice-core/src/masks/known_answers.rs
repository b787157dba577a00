//! Every mask gives what an independent implementation in Python, `tests/oracle`, computed from its `algorithm`
//! text: `tests/oracle/known_answers.json`, one row a value, which the oracle's own test reads too.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::numerals::testing::key;
use super::{Action, Masked};
use crate::program::{RuleRequest, build};
use crate::row::Row;
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
        let mut digits = String::new();
        for byte in out {
            write!(digits, "{byte:02x}").expect("a String takes all");
        }
        Some(digits)
    }
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
