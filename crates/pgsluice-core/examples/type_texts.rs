//! Compares the codecs' words with a server's: reads lines of type, send format in hexadecimal and text,
//! separated by tabs, and reports each that differs, one way or the other. For instance
//!
//! ```text
//! psql -At -F $'\t' -c "select 'float8', encode(float8send(v), 'hex'), v from (select random() v
//!     from generate_series(1, 100000)) t" | cargo run --example type_texts
//! ```

use std::io::BufRead;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut lines, mut differences) = (0u64, 0u64);
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let mut parts = line.splitn(3, '\t');
        let (Some(name), Some(hex), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let Some(codec) = pgsluice_core::types::find(name) else {
            eprintln!("no codec for type {name}");
            return ExitCode::FAILURE;
        };
        let value: Vec<u8> = (0..hex.len() / 2)
            .filter_map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok())
            .collect();
        let (mut written, mut read) = (Vec::new(), Vec::new());
        let is_written = (codec.to_text)(&value, &mut written).is_ok() && written == text.as_bytes();
        let is_read = (codec.from_text)(text, &mut read).is_ok() && read == value;
        lines += 1;
        if !is_written || !is_read {
            differences += 1;
            if differences <= 20 {
                println!("{name} {hex}: {text} is written {}", String::from_utf8_lossy(&written));
            }
        }
    }
    println!("{lines} values, {differences} differences");
    if differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
