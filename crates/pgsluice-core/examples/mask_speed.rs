//! Times each mask on each type it takes, one thread: rows of one column, framing and digest included. Beside it
//! what it is to be held against: copying the same bytes, the bare hash, splitting a stream, keeping all of it.
//! Writes one JSON object a line. A run is timed batch by batch and its figure is the tenth part that was fastest, so
//! that what else the machine does counts little.
//!
//! ```text
//! cargo run --release --example mask_speed [values [runs [mask]]]
//! ```

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use pgsluice_core::batch::RawBatch;
use pgsluice_core::frame::{HEADER, Splitter, TRAILER};
use pgsluice_core::key::{MasterKey, Prf};
use pgsluice_core::masks::{Action, MASKS, Spec};
use pgsluice_core::program::Program;
use pgsluice_core::row::push_field;
use pgsluice_core::transform::NoFunctions;
use pgsluice_core::types::{Codec, Kind, TYPES};
use serde_json::{Value, json};

/// Values that are different, and runs of each work.
const VALUES: u32 = 100_000;
const RUNS: u32 = 5;
/// Rows of a batch.
const BATCH_ROWS: u32 = 10_000;
/// What a driver hands over at once.
const CHUNK_BYTES: usize = 128 * 1024;
/// Fields of the rows that are split and kept: as many as `users` of the benches has.
const FIELDS: u16 = 10;

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

/// A text of the kind a mask is for.
fn text_for(mask: &str, n: u32) -> String {
    match mask {
        "email" => format!("user{n}@example.com"),
        "person-name" => format!("First{} Last{}", n % 9973, n % 99_991),
        "username" => format!("user_{n}"),
        "phone" => format!("+1-555-{:07}", n % 10_000_000),
        "digits" => format!("{:03}-{:02}-{:04}", n % 899 + 100, n % 97, n % 9973),
        "street" => format!("{} Main Street, Springfield, ZIP {}", n % 9999, n % 99_999),
        "postcode" => format!("{:05}", n % 100_000),
        "city" | "country" | "company" => format!("Name {n}"),
        "url" => format!("https://www.example.com/users/{n}?tab=orders"),
        "card" => format!("4111 1111 {:04} {:04}", n / 10_000 % 10_000, n % 10_000),
        "iban" => format!("DE89 3704 0044 {:04} {:04} 00", n / 10_000 % 10_000, n % 10_000),
        "fpe" => format!("{:09}", u64::from(n) * 7919 % 1_000_000_000),
        "ip" => format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255),
        "mac" => format!("08:00:2b:{:02x}:{:02x}:{:02x}", n >> 16 & 255, n >> 8 & 255, n & 255),
        _ => words(Kind::Text, n),
    }
}

/// Parameters a mask does not do without.
fn parameters(spec: &Spec, kind: Kind) -> Value {
    match spec.name {
        "fixed" => json!({"value": words(kind, 1)}),
        "choice" => json!({"values": [words(kind, 1), words(kind, 2)]}),
        "bucket" => json!({"width": 100}),
        "json" => json!({"paths": {"$.ip": "ip"}, "otherwise": "keep"}),
        _ => json!({}),
    }
}

/// Batches of rows of so many fields each; `field` writes the one of a row and ordinal.
fn batches(values: u32, fields: u16, field: impl Fn(u32, u16, &mut Vec<u8>)) -> Vec<Vec<u8>> {
    let batch = |first: u32| {
        let mut tuples = Vec::new();
        for row in first..first + BATCH_ROWS {
            tuples.extend_from_slice(&fields.to_be_bytes());
            for ordinal in 0..fields {
                let mut value = Vec::new();
                field(row, ordinal, &mut value);
                push_field(&mut tuples, Some(&value));
            }
        }
        tuples
    };
    (0..values / BATCH_ROWS).map(|number| batch(number * BATCH_ROWS)).collect()
}

fn raw(batches: Vec<Vec<u8>>) -> Vec<RawBatch> {
    batches.into_iter().map(|tuples| RawBatch::new(tuples, u64::from(BATCH_ROWS), 0)).collect()
}

/// Run `work` on each of `batches` as often as there are runs, after one that does not count; print what a value took.
fn time<T>(runs: u32, name: &str, type_name: &str, batches: &[T], mut work: impl FnMut(&T)) {
    let mut per_value = Vec::new();
    for run in 0..=runs {
        let mut seconds: Vec<f64> = batches
            .iter()
            .map(|batch| {
                let started = Instant::now();
                work(batch);
                started.elapsed().as_secs_f64()
            })
            .collect();
        seconds.sort_unstable_by(f64::total_cmp);
        if run > 0 {
            per_value.push(seconds[seconds.len() / 10] * 1e9 / f64::from(BATCH_ROWS));
        }
    }
    println!("{}", json!({"work": name, "type": type_name, "ns_per_value": per_value}));
}

fn time_baselines(values: u32, runs: u32) {
    let text = |row, _: u16, out: &mut Vec<u8>| out.extend_from_slice(text_for("email", row).as_bytes());
    let mut copy = Vec::new();
    time(runs, "memcpy", "text", &batches(values, 1, text), |batch: &Vec<u8>| {
        copy.clear();
        copy.extend_from_slice(black_box(batch));
        black_box(&copy);
    });
    let emails = |number: u32| (0..BATCH_ROWS).map(move |row| text_for("email", number * BATCH_ROWS + row));
    let emails: Vec<Vec<String>> = (0..values / BATCH_ROWS).map(|number| emails(number).collect()).collect();
    let prf = Prf::new([7; 32]);
    time(runs, "keyed BLAKE3", "text", &emails, |batch: &Vec<String>| {
        for value in batch {
            black_box(prf.block(value.as_bytes()));
        }
    });
    let ten = batches(values, FIELDS, |row, ordinal, out| {
        out.extend_from_slice(format!("field {ordinal} of {row}").as_bytes());
    });
    let streams: Vec<Vec<u8>> = ten.iter().map(|tuples| [&HEADER[..], tuples, &TRAILER].concat()).collect();
    time(runs, "split", "row of 10 fields", &streams, |stream: &Vec<u8>| {
        let mut splitter = Splitter::new(FIELDS);
        for chunk in stream.chunks(CHUNK_BYTES) {
            splitter.push(chunk).expect("a whole stream");
        }
        black_box(splitter.finish().expect("a whole stream"));
    });
    let keep = json!({"mask": "keep", "domain": "", "parameters": {}});
    let columns: Vec<Value> = (0..FIELDS).map(|at| column(&format!("c{at}"), "text", &keep)).collect();
    let program = compile(&json!({"table": "t", "format": "binary", "columns": columns}), None);
    let program = program.expect("text can be kept");
    time(runs, "keep", "row of 10 fields", &raw(ten), |batch| {
        black_box(program.run(batch, &NoFunctions).expect("every row is whole"));
    });
}

fn time_mask(values: u32, runs: u32, spec: &Spec, codec: &Codec, key: &MasterKey) {
    let name = codec.names.first().copied().unwrap_or_default();
    let value =
        |row| if codec.kind == Kind::Text { text_for(spec.name, row) } else { words(codec.kind, row) };
    let rows = batches(values, 1, |row, _, out| {
        (codec.from_text)(&value(row), out).expect("a value of its type");
    });
    let word_list: Vec<String> = (0..1000).map(|number| format!("Word{number}")).collect();
    let lists: BTreeMap<String, &Vec<String>> =
        spec.words.iter().map(|list| (format!("en_US/{list}"), &word_list)).collect();
    let rule = json!({"mask": spec.name, "domain": "d", "parameters": parameters(spec, codec.kind)});
    let columns = [column("c", name, &rule)];
    let request = json!({"table": "t", "format": "binary", "words": lists, "columns": columns});
    match compile(&request, Some(key)) {
        Ok(program) => time(runs, spec.name, name, &raw(rows), |batch| {
            black_box(program.run(batch, &NoFunctions).expect("every value is well-formed"));
        }),
        Err(reason) => eprintln!("mask {} of {name} is not timed: {reason}", spec.name),
    }
}

fn column(name: &str, type_name: &str, rule: &Value) -> Value {
    let column_type = json!({"display": type_name, "name": type_name});
    json!({"name": name, "type": column_type, "is_nullable": true, "is_unique": false, "rule": rule})
}

fn compile(request: &Value, key: Option<&MasterKey>) -> Result<Program, String> {
    let request = serde_json::from_value(request.clone()).map_err(|error| error.to_string())?;
    Program::compile(request, key)
        .map_err(|refusals| refusals.first().map_or(String::new(), |first| first.message.clone()))
}

fn main() {
    let mut bytes = [0; 32];
    for (number, byte) in (0..).zip(&mut bytes) {
        *byte = number;
    }
    let key = MasterKey::new(&bytes).expect("32 different bytes");
    let mut words = std::env::args().skip(1);
    let mut number = |default| words.next().map_or(Ok(default), |word| word.parse());
    let (values, runs) = (number(VALUES).expect("values: a number"), number(RUNS).expect("runs: a number"));
    let values = values.max(BATCH_ROWS);
    let only = words.next();
    if only.is_none() {
        time_baselines(values, runs);
    }
    let chosen = |spec: &&&Spec| only.as_deref().is_none_or(|name| name == spec.name);
    for spec in MASKS.iter().filter(|spec| spec.action == Action::Mask).filter(chosen) {
        for codec in TYPES.iter().filter(|codec| spec.accepts.contains(&codec.kind)) {
            time_mask(values, runs, spec, codec, &key);
        }
    }
}
