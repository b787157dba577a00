//! Times each mask on each type it takes: rows of one column, framing and digest included, one thread.
//!
//! ```text
//! cargo run --release --example mask_speed [mask]
//! ```

use std::collections::BTreeMap;
use std::time::Instant;

use pgsluice_core::batch::RawBatch;
use pgsluice_core::key::MasterKey;
use pgsluice_core::masks::{Action, MASKS, Spec};
use pgsluice_core::program::Program;
use pgsluice_core::row::push_field;
use pgsluice_core::transform::NoFunctions;
use pgsluice_core::types::{Kind, TYPES};
use serde_json::{Value, json};

const ROWS: u32 = 100_000;
/// The best of so many runs: the least disturbed by whatever else the machine does.
const RUNS: u32 = 5;

/// A value in words for row number `n`.
fn words(kind: Kind, n: u32) -> String {
    let date = format!("{}-{:02}-{:02}", 1950 + n % 70, 1 + n % 12, 1 + n % 28);
    match kind {
        Kind::Bool => if n.is_multiple_of(2) { "t" } else { "f" }.into(),
        Kind::Int2 => (n % 30_000).to_string(),
        Kind::Int4 | Kind::Int8 => n.to_string(),
        Kind::Float4 | Kind::Float8 => format!("{n}.25"),
        Kind::Numeric => format!("{n}.{:02}", n % 100),
        Kind::Json | Kind::Jsonb => format!("{{\"ip\": \"10.0.0.{}\", \"n\": {n}}}", n % 256),
        Kind::Bytea => format!("\\x{n:08x}"),
        Kind::Uuid => format!("a0eebc99-9c0b-4ef8-bb6d-6bb9{n:08x}"),
        Kind::Date => date,
        Kind::Time => format!("{:02}:{:02}:00", n % 24, n % 60),
        Kind::Timestamp | Kind::Timestamptz => format!("{date} {:02}:{:02}:00", n % 24, n % 60),
        Kind::Inet => format!("{}.{}.{}.{}", n >> 24, n >> 16 & 255, n >> 8 & 255, n & 255),
        Kind::Macaddr => format!("0800{n:08x}"),
        Kind::Macaddr8 => format!("08002b01{n:08x}"),
        Kind::Text | Kind::Enum | Kind::Other => format!("person {n}@example.org, 10 Main Street"),
    }
}

/// Parameters a mask does not do without.
fn parameters(spec: &Spec, kind: Kind) -> Value {
    match spec.name {
        "fixed" => json!({"value": words(kind, 1)}),
        "choice" => json!({"values": [words(kind, 1), words(kind, 2)]}),
        "bucket" => json!({"width": 100}),
        _ => json!({}),
    }
}

fn main() {
    let mut bytes = [0; 32];
    for (number, byte) in (0..).zip(&mut bytes) {
        *byte = number;
    }
    let key = MasterKey::new(&bytes).expect("32 different bytes");
    let only = std::env::args().nth(1);
    println!("{:<14} {:<12} {:>14} {:>10}", "mask", "type", "values/s", "ns/value");
    let chosen = |spec: &&&Spec| only.as_deref().is_none_or(|name| name == spec.name);
    for spec in MASKS.iter().filter(|spec| spec.action == Action::Mask).filter(chosen) {
        for codec in TYPES.iter().filter(|codec| spec.accepts.contains(&codec.kind)) {
            let name = codec.names.first().copied().unwrap_or_default();
            let mut tuples = Vec::new();
            for row in 0..ROWS {
                let mut value = Vec::new();
                (codec.from_text)(&words(codec.kind, row), &mut value).expect("a value of its type");
                tuples.extend_from_slice(&1i16.to_be_bytes());
                push_field(&mut tuples, Some(&value));
            }
            let word_list: Vec<String> = (0..1000).map(|number| format!("Word{number}")).collect();
            let lists: BTreeMap<&str, &Vec<String>> =
                spec.words.iter().map(|list| (*list, &word_list)).collect();
            let request = json!({
                "table": "t", "format": "binary", "words": lists,
                "columns": [{
                    "name": "c", "type": {"display": name, "name": name}, "is_nullable": true, "is_unique": false,
                    "rule": {"mask": spec.name, "domain": "d", "parameters": parameters(spec, codec.kind)},
                }],
            });
            let request = serde_json::from_value(request).expect("a request");
            let program = match Program::compile(request, Some(&key)) {
                Ok(program) => program,
                Err(refusals) => {
                    println!("{:<14} {name:<12} refused: {}", spec.name, refusals[0].message);
                    continue;
                }
            };
            let raw = RawBatch::new(tuples, u64::from(ROWS), 0);
            let mut best = f64::INFINITY;
            for _ in 0..RUNS {
                let started = Instant::now();
                program.run(&raw, &NoFunctions).expect("every value is well-formed");
                best = best.min(started.elapsed().as_secs_f64());
            }
            let per_value = best / f64::from(ROWS);
            println!("{:<14} {name:<12} {:>14.0} {:>10.0}", spec.name, per_value.recip(), per_value * 1e9);
        }
    }
}
