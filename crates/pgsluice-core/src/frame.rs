//! Knows where a tuple starts: takes a binary COPY stream in any chunking, gives it as a
//! batch of whole tuples, and takes nothing for an end but the trailer.
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
use crate::buffer::Buffer;
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Header,
    Extension(u64),
    Tuples,
    Ended,
}

/// Splits one COPY stream into tuples. Whether the stream is whole shows in [`Splitter::finish`] only.
#[derive(Debug)]
pub struct Splitter {
    state: State,
    columns: i16,
    /// The whole tuples so far, then the bytes of one not yet whole.
    buffer: Buffer,
    /// Where the tuple not yet whole begins in `buffer`, and the last whole one before it.
    tuple_start: usize,
    last_tuple_start: usize,
    /// Where its next length prefix lies; found fields are not walked again.
    field_start: usize,
    /// Fields of it still to come; 0 before its count was read.
    fields_left: u16,
    rows: u64,
    /// Of these, rows that [`Splitter::take`] gave away.
    rows_taken: u64,
    /// Bytes of the stream that are not in `buffer`.
    offset: u64,
}

impl Splitter {
    /// Start on a stream whose tuples have `columns` fields.
    #[must_use]
    pub fn new(columns: u16) -> Self {
        Self::with_buffer(columns, Buffer::default())
    }

    /// The same with an empty buffer that was used before.
    #[must_use]
    pub fn with_buffer(columns: u16, buffer: Buffer) -> Self {
        Self {
            state: State::Header,
            // A table has at most 1,600 columns; a larger count never matches and is refused per row.
            columns: i16::try_from(columns).unwrap_or(i16::MAX),
            buffer,
            tuple_start: 0,
            last_tuple_start: 0,
            field_start: 0,
            fields_left: 0,
            rows: 0,
            rows_taken: 0,
            offset: 0,
        }
    }

    /// Whole rows so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes held so far.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.buffer.len()
    }

    /// Take the next chunk.
    ///
    /// # Errors
    /// On bytes that are no binary COPY stream of this many columns. The splitter is of no use after that.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), StreamError> {
        self.buffer.extend_from_slice(chunk);
        while self.step()? {}
        Ok(())
    }

    /// Take the next `bytes` bytes from wherever `fill` copies them, without a buffer in between.
    ///
    /// # Errors
    /// As for [`Splitter::push`].
    pub fn push_with(&mut self, bytes: usize, fill: impl FnOnce(&mut [u8])) -> Result<(), StreamError> {
        let start = self.buffer.len();
        self.buffer.resize(start + bytes, 0);
        fill(&mut self.buffer[start..]);
        while self.step()? {}
        Ok(())
    }

    /// Give the whole tuples that came since the last time and go on behind them, in the empty buffer `next`.
    ///
    /// Who writes rows waits for [`Splitter::finish`]: until then nobody knows that the stream is whole.
    pub fn take(&mut self, mut next: Buffer) -> RawBatch {
        next.extend_from_slice(&self.buffer[self.tuple_start..]);
        let mut whole = std::mem::replace(&mut self.buffer, next);
        whole.truncate(self.tuple_start);
        let batch = RawBatch::new(whole, self.rows - self.rows_taken, self.last_tuple_start);
        self.offset += self.tuple_start as u64;
        self.field_start -= self.tuple_start;
        (self.tuple_start, self.last_tuple_start) = (0, 0);
        self.rows_taken = self.rows;
        batch
    }

    /// End the stream: give its tuples, or those since the last [`Splitter::take`].
    ///
    /// # Errors
    /// If the trailer has not come: a server takes such a stream for complete, so a cut
    /// at a row boundary would be silent loss.
    pub fn finish(self) -> Result<RawBatch, StreamError> {
        if self.state != State::Ended {
            return Err(self.error("expected the trailer, found the end of the stream"));
        }
        Ok(RawBatch::new(self.buffer, self.rows - self.rows_taken, self.last_tuple_start))
    }

    /// One step of the state machine; false when more bytes are needed.
    fn step(&mut self) -> Result<bool, StreamError> {
        match self.state {
            State::Header => self.header(),
            State::Extension(left) => Ok(self.extension(left)),
            State::Tuples => self.tuple(),
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
    fn tuple(&mut self) -> Result<bool, StreamError> {
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
        self.last_tuple_start = self.tuple_start;
        self.tuple_start = self.field_start;
        self.rows += 1;
        Ok(true)
    }

    fn discard(&mut self, bytes: usize) {
        self.buffer.drain(..bytes);
        self.offset += bytes as u64;
    }

    fn error(&self, reason: &str) -> StreamError {
        StreamError {
            offset: self.offset + self.tuple_start as u64,
            reason: format!("{reason} (row {} of the stream)", self.rows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `COPY (VALUES (1, 'ab'), (2, NULL)) TO STDOUT (FORMAT BINARY)`, PostgreSQL 15.18 (int4, text).
    const STREAM: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\
        \x00\x02\x00\x00\x00\x04\x00\x00\x00\x01\x00\x00\x00\x02ab\
        \x00\x02\x00\x00\x00\x04\x00\x00\x00\x02\xff\xff\xff\xff\xff\xff";

    fn split(chunks: &[&[u8]]) -> Result<RawBatch, StreamError> {
        let mut splitter = Splitter::new(2);
        for chunk in chunks {
            splitter.push(chunk)?;
        }
        splitter.finish()
    }

    #[test]
    fn a_stream_is_the_same_however_it_is_cut() {
        let whole = split(&[STREAM]).expect("a whole stream");
        assert_eq!((2, &STREAM[19..STREAM.len() - 2]), (whole.rows(), whole.bytes()));
        for first in 0..=STREAM.len() {
            for second in first..=STREAM.len() {
                let batch = split(&[&STREAM[..first], &STREAM[first..second], &STREAM[second..]]);
                assert_eq!(
                    whole.bytes(),
                    batch.expect("the same stream").bytes(),
                    "cut at {first}, {second}"
                );
            }
        }
    }

    #[test]
    fn a_stream_cut_short_anywhere_is_refused() {
        for end in 0..STREAM.len() {
            assert!(split(&[&STREAM[..end]]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn rows_taken_on_the_way_are_those_of_the_whole_stream() {
        for cut in 0..=STREAM.len() {
            let mut splitter = Splitter::new(2);
            splitter.push(&STREAM[..cut]).expect("a part of the stream");
            let first = splitter.take(Buffer::default());
            splitter.push(&STREAM[cut..]).expect("the rest of the stream");
            assert_eq!(2, splitter.rows(), "cut at {cut}");
            let last = splitter.finish().expect("a whole stream");

            assert_eq!(&STREAM[19..STREAM.len() - 2], [first.bytes(), last.bytes()].concat(), "cut at {cut}");
            assert_eq!(2, first.rows() + last.rows(), "cut at {cut}");
            assert_eq!(first.rows() == 0, first.last_tuple().is_empty(), "cut at {cut}");
        }
    }

    #[test]
    fn a_stream_cut_short_behind_taken_rows_is_refused() {
        for end in 0..STREAM.len() {
            let mut splitter = Splitter::new(2);
            splitter.push(&STREAM[..end]).expect("a part of the stream");
            splitter.take(Buffer::default());
            assert!(splitter.finish().is_err(), "cut at {end}");
        }
    }

    #[test]
    fn bytes_after_the_trailer_are_refused() {
        assert!(split(&[STREAM, b"\0"]).is_err());
    }

    #[test]
    fn a_header_extension_is_skipped() {
        let mut stream = STREAM[..15].to_vec();
        stream.extend_from_slice(b"\0\0\0\x04ext!");
        stream.extend_from_slice(&STREAM[19..]);

        assert_eq!(2, split(&[&stream]).expect("a stream with an extension").rows());
    }

    #[test]
    fn headers_no_server_writes_are_refused() {
        for (at, byte) in [(0, b'X'), (10, 1), (11, 0x80), (12, 1), (15, 0xff), (15, 0x7f)] {
            let mut stream = STREAM.to_vec();
            stream[at] = byte;
            assert!(split(&[&stream]).is_err(), "byte {at}");
        }
    }

    #[test]
    fn garbled_rows_are_refused_before_anything_is_allocated() {
        let wrong_count = b"\x00\x03";
        let negative_count = b"\xff\xfe";
        let negative_length = b"\x00\x02\xff\xff\xff\xfe";
        let huge_length = b"\x00\x02\x7f\xff\xff\xff\x00";
        let together = b"\x00\x02\x3f\xff\xff\xff";
        for row in [&wrong_count[..], negative_count, negative_length, huge_length, together] {
            let result = split(&[&HEADER, row]);
            assert!(result.is_err(), "{row:?}");
        }
    }

    #[test]
    fn a_table_without_columns_has_rows() {
        let mut splitter = Splitter::new(0);
        splitter.push(&HEADER).expect("a header");
        splitter.push(&[0, 0, 0, 0, 0xff, 0xff]).expect("two rows");

        assert_eq!(2, splitter.finish().expect("a whole stream").rows());
    }
}
