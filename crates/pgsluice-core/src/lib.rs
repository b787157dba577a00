//! Batches of tuples in PostgreSQL's binary COPY format: split, masked, encoded.
//!
//! This crate takes bytes and gives bytes. It knows no socket, clock, file or
//! Python, and nothing that comes from outside makes it panic.
#![forbid(unsafe_code)]

pub mod batch;
pub mod buffer;
pub mod digest;
pub mod encode;
pub mod error;
pub mod fingerprint;
pub mod frame;
pub mod key;
pub mod masks;
pub mod permute;
pub mod program;
pub mod row;
pub mod seal;
pub mod transform;
pub mod types;
