//! Knows where a tuple starts: cuts a binary COPY stream, in any chunking, into
//! batches of whole tuples, and takes nothing for an end but the trailer.
//!
//! | offset | bytes | meaning                                                      |
//! |--------|-------|--------------------------------------------------------------|
//! | 0      | 11    | signature `PGCOPY\n\xff\r\n\0`                                |
//! | 11     | 4     | flags; bits 16-31 critical (16 = OIDs, gone since version 12) |
//! | 15     | 4     | length n of the header extension                              |
//! | 19     | n     | extension, skipped                                            |
//! | 19 + n |       | tuples, see [`crate::row`]                                    |
//! | end    | 2     | trailer: -1                                                   |
//!
//! Source: PostgreSQL 18, `src/backend/commands/copyfromparse.c` `ReceiveCopyBinaryHeader`,
//! and the COPY page of the manual, "Binary Format".

use crate::batch::RawBatch;
use crate::error::StreamError;
use crate::row::FIELD_BYTES_MAX;

/// The signature every binary COPY stream starts with.
pub const SIGNATURE: [u8; 11] = *b"PGCOPY\n\xff\r\n\0";

/// What a stream of ours starts with: signature, no flags, no extension.
pub const HEADER: [u8; 19] = *b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What a stream ends with: a tuple of -1 fields.
pub const TRAILER: [u8; 2] = [0xff, 0xff];

/// A header extension longer than this is refused: no server writes one, and
/// skipping gigabytes would hide a garbled length.
const EXTENSION_BYTES_MAX: u64 = 1 << 20;

/// A server cannot send a larger row (`MaxAllocSize` per CopyData message).
const TUPLE_BYTES_MAX: usize = FIELD_BYTES_MAX;

/// When a batch is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// A batch has at least this many rows ...
    pub rows: u64,
    /// ... and at least this many bytes,
    pub bytes: usize,
    /// but is cut at this many bytes in any case: what bounds the memory.
    pub bytes_max: usize,
}

impl BatchLimits {
    fn is_full(&self, rows: u64, bytes: usize) -> bool {
        (rows >= self.rows && bytes >= self.bytes) || bytes >= self.bytes_max
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Header,
    Extension(u64),
    Tuples,
    Ended,
}

/// Cuts one COPY stream into batches. Dropped without [`Cutter::finish`], its
/// unfinished batch is gone: nothing of it was handed out.
#[derive(Debug)]
pub struct Cutter {
    state: State,
    columns: i16,
    limits: BatchLimits,
    /// Bytes of the current batch's whole tuples, then those of a tuple not yet whole.
    buffer: Vec<u8>,
    /// Where the tuple not yet whole begins in `buffer`.
    tuple_start: usize,
    /// Where its next length prefix lies; found fields are not walked again.
    field_start: usize,
    /// Fields of it still to come; 0 before its count was read.
    fields_left: u16,
    rows: u64,
    rows_total: u64,
    /// Bytes of the stream before `buffer`.
    offset: u64,
}

impl Cutter {
    /// Start on a stream whose tuples have `columns` fields.
    #[must_use]
    pub fn new(columns: u16, limits: BatchLimits) -> Self {
        Self {
            state: State::Header,
            // A table has at most 1,600 columns; a larger count never matches and is refused per row.
            columns: i16::try_from(columns).unwrap_or(i16::MAX),
            limits,
            buffer: Vec::new(),
            tuple_start: 0,
            field_start: 0,
            fields_left: 0,
            rows: 0,
            rows_total: 0,
            offset: 0,
        }
    }

    /// Whole rows seen so far, of all batches.
    #[must_use]
    pub fn rows_total(&self) -> u64 {
        self.rows_total
    }

    /// Take the next chunk; give the batches it filled.
    ///
    /// # Errors
    /// On bytes that are no binary COPY stream of this many columns. The cutter is of no use after that.
    pub fn push(&mut self, chunk: &[u8]) -> Result<Vec<RawBatch>, StreamError> {
        self.buffer.extend_from_slice(chunk);
        let mut full = Vec::new();
        while self.step(&mut full)? {}
        Ok(full)
    }

    /// End the stream: give the last batch, if it has rows.
    ///
    /// # Errors
    /// If the trailer has not come: a server takes such a stream for complete, so a cut
    /// at a row boundary would be silent loss.
    pub fn finish(mut self) -> Result<Option<RawBatch>, StreamError> {
        if self.state != State::Ended {
            return Err(self.error("expected the trailer, found the end of the stream"));
        }
        Ok((self.rows > 0).then(|| self.take_batch()))
    }

    /// One step of the state machine; false when more bytes are needed.
    fn step(&mut self, full: &mut Vec<RawBatch>) -> Result<bool, StreamError> {
        match self.state {
            State::Header => self.header(),
            State::Extension(left) => Ok(self.extension(left)),
            State::Tuples => self.tuple(full),
            State::Ended if self.buffer.len() > self.tuple_start => {
                Err(self.error("expected the end of the stream after the trailer, found more bytes"))
            }
            State::Ended => Ok(false),
        }
    }

    fn header(&mut self) -> Result<bool, StreamError> {
        let known = self.buffer.len().min(SIGNATURE.len());
        if self.buffer[..known] != SIGNATURE[..known] {
            return Err(self.error("expected the signature of a binary COPY stream, found other bytes"));
        }
        let Some(header) = self.buffer.first_chunk::<19>() else { return Ok(false) };
        let [.., f0, f1, f2, f3, e0, e1, e2, e3] = *header;
        let flags = u32::from_be_bytes([f0, f1, f2, f3]);
        if flags >> 16 != 0 {
            return Err(self.error("expected no critical flags in the header, found some"));
        }
        let extension = i32::from_be_bytes([e0, e1, e2, e3]);
        let extension =
            u64::try_from(extension).ok().filter(|&n| n <= EXTENSION_BYTES_MAX).ok_or_else(|| {
                self.error("expected a header extension of at most 1 MiB, found another length")
            })?;
        self.discard(19);
        self.state = State::Extension(extension);
        Ok(true)
    }

    fn extension(&mut self, left: u64) -> bool {
        let here = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
        self.discard(here);
        let left = left - here as u64;
        self.state = if left == 0 { State::Tuples } else { State::Extension(left) };
        left == 0
    }

    /// Walk the tuple that begins at `tuple_start` as far as its bytes are here.
    fn tuple(&mut self, full: &mut Vec<RawBatch>) -> Result<bool, StreamError> {
        if self.field_start == self.tuple_start {
            let Some(count) = self.buffer[self.tuple_start..].first_chunk::<2>() else { return Ok(false) };
            let count = i16::from_be_bytes(*count);
            if count == -1 {
                self.buffer.drain(self.tuple_start..self.tuple_start + 2);
                self.offset += 2;
                self.state = State::Ended;
                return Ok(true);
            }
            if count != self.columns {
                let reason = format!("expected {} fields in a row, found {count}", self.columns);
                return Err(self.error(&reason));
            }
            self.fields_left = count.unsigned_abs();
            self.field_start += 2;
        }
        while self.fields_left > 0 {
            let Some(length) = self.buffer.get(self.field_start..).and_then(<[u8]>::first_chunk::<4>) else {
                return Ok(false);
            };
            let length = i32::from_be_bytes(*length);
            let bytes = if length == -1 { 0 } else { usize::try_from(length).unwrap_or(usize::MAX) };
            if bytes > FIELD_BYTES_MAX {
                let reason = format!("expected a field length from -1 to {FIELD_BYTES_MAX}, found {length}");
                return Err(self.error(&reason));
            }
            self.field_start += 4 + bytes;
            self.fields_left -= 1;
            if self.field_start - self.tuple_start > TUPLE_BYTES_MAX {
                let reason = format!("expected a row of at most {TUPLE_BYTES_MAX} bytes, found a longer one");
                return Err(self.error(&reason));
            }
        }
        if self.field_start > self.buffer.len() {
            return Ok(false);
        }
        self.tuple_start = self.field_start;
        self.rows += 1;
        self.rows_total += 1;
        if self.limits.is_full(self.rows, self.tuple_start) {
            let batch = self.take_batch();
            full.push(batch);
        }
        Ok(true)
    }

    /// Hand out the whole tuples, keep the bytes of the one that is not.
    fn take_batch(&mut self) -> RawBatch {
        let rest = self.buffer[self.tuple_start..].to_vec();
        self.buffer.truncate(self.tuple_start);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        self.offset += bytes.len() as u64;
        self.field_start -= self.tuple_start;
        self.tuple_start = 0;
        RawBatch::new(bytes, std::mem::take(&mut self.rows))
    }

    fn discard(&mut self, bytes: usize) {
        self.buffer.drain(..bytes);
        self.offset += bytes as u64;
    }

    fn error(&self, reason: &str) -> StreamError {
        StreamError {
            offset: self.offset + self.tuple_start as u64,
            reason: format!("{reason} (row {} of the stream)", self.rows_total),
        }
    }
}
