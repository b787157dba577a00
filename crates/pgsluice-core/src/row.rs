//! Knows where the fields of one tuple start.
//!
//! | offset | bytes | meaning                                       |
//! |--------|-------|-----------------------------------------------|
//! | 0      | 2     | number of fields, big-endian, -1 = trailer    |
//! | then, for each field:                                          |
//! | +0     | 4     | length in bytes, big-endian, -1 = NULL        |
//! | +4     | n     | the field in its type's send format           |
//!
//! Source: PostgreSQL 18, `src/backend/commands/copyto.c` `CopyToBinaryOneRow`
//! and the COPY page of the manual, "Binary Format".

/// One field of a tuple: its bytes, or `None` for NULL.
pub type Field<'a> = Option<&'a [u8]>;

/// Where a field's bytes lie in its tuple; `u32` because a tuple is below 2 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    start: u32,
    /// -1 for NULL, as on the wire.
    length: i32,
}

/// A tuple with its fields found, borrowed for as long as one row is worked on.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    bytes: &'a [u8],
    spans: &'a [Span],
}

impl<'a> Row<'a> {
    /// Find the fields of `bytes`, one whole tuple, and keep them in `spans`.
    ///
    /// Gives `None` if the lengths do not add up to the tuple; [`crate::frame`] lets
    /// no such tuple through.
    #[must_use]
    pub fn read(bytes: &'a [u8], spans: &'a mut Vec<Span>) -> Option<Self> {
        spans.clear();
        let count = i16::from_be_bytes(*bytes.first_chunk::<2>()?);
        let mut at = 2usize;
        for _ in 0..u16::try_from(count).ok()? {
            let length = i32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?);
            at += 4;
            spans.push(Span { start: u32::try_from(at).ok()?, length });
            at = at.checked_add(usize::try_from(length).unwrap_or(0))?;
        }
        (at == bytes.len()).then_some(Self { bytes, spans })
    }

    /// How many fields the tuple has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether it is a tuple of a table without columns.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The field at `ordinal`, zero-based; NULL where there is none.
    #[must_use]
    pub fn field(&self, ordinal: usize) -> Field<'a> {
        let span = self.spans.get(ordinal)?;
        let length = usize::try_from(span.length).ok()?;
        let start = span.start as usize;
        self.bytes.get(start..start.checked_add(length)?)
    }

    /// The bytes of fields `first..last` as they stand, length prefixes included:
    /// a run of untouched fields is one copy.
    #[must_use]
    pub fn raw(&self, first: usize, last: usize) -> &'a [u8] {
        let edge =
            |ordinal: usize| self.spans.get(ordinal).map_or(self.bytes.len(), |span| span.start as usize - 4);
        self.bytes.get(edge(first)..edge(last)).unwrap_or_default()
    }
}

/// The tuples of a run of whole ones, which [`crate::frame`] has checked.
pub fn tuples(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (tuple, tail) = split_tuple(rest)?;
        rest = tail;
        Some(tuple)
    })
}

fn split_tuple(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let count = i16::from_be_bytes(*bytes.first_chunk::<2>()?);
    let mut at = 2usize;
    for _ in 0..count {
        let length = i32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?);
        at += 4 + usize::try_from(length).unwrap_or(0);
    }
    bytes.split_at_checked(at)
}

/// Append a field to a tuple under construction.
pub fn push_field(out: &mut Vec<u8>, field: Field<'_>) {
    match field {
        None => out.extend_from_slice(&(-1i32).to_be_bytes()),
        Some(bytes) => {
            let at = begin_field(out);
            out.extend_from_slice(bytes);
            // Invariant: callers pass fields of at most `FIELD_BYTES_MAX`, which fits.
            let _ = end_field(out, at);
        }
    }
}

/// The largest field a server takes, one byte below 1 GiB (`MaxAllocSize`,
/// PostgreSQL `src/include/utils/memutils.h`).
pub const FIELD_BYTES_MAX: usize = 0x3fff_ffff;

/// Leave room for a length; [`end_field`] fills it in.
pub fn begin_field(out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(&[0; 4]);
    out.len()
}

/// Write the length of the field begun at `at`. `None` if it is larger than a server takes.
#[must_use]
pub fn end_field(out: &mut [u8], at: usize) -> Option<()> {
    let length = out.len().checked_sub(at).filter(|&n| n <= FIELD_BYTES_MAX)?;
    let prefix = i32::try_from(length).ok()?.to_be_bytes();
    out.get_mut(at.checked_sub(4)?..at)?.copy_from_slice(&prefix);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuple(fields: &[Field<'_>]) -> Vec<u8> {
        let mut out = i16::try_from(fields.len()).expect("a few fields").to_be_bytes().to_vec();
        for field in fields {
            push_field(&mut out, *field);
        }
        out
    }

    #[test]
    fn fields_are_found_null_and_empty_apart() {
        let bytes = tuple(&[Some(b"ab"), None, Some(b"")]);
        let mut spans = Vec::new();

        let row = Row::read(&bytes, &mut spans).expect("a whole tuple");

        assert_eq!(Some(&b"ab"[..]), row.field(0));
        assert_eq!(None, row.field(1));
        assert_eq!(Some(&b""[..]), row.field(2));
        assert_eq!(3, row.len());
        assert_eq!(None, row.field(3));
    }

    #[test]
    fn raw_runs_keep_their_prefixes() {
        let bytes = tuple(&[Some(b"ab"), None, Some(b"cde")]);
        let mut spans = Vec::new();

        let row = Row::read(&bytes, &mut spans).expect("a whole tuple");

        assert_eq!(b"\xff\xff\xff\xff\x00\x00\x00\x03cde", row.raw(1, 3));
        assert_eq!(b"\x00\x00\x00\x02ab", row.raw(0, 1));
        assert_eq!(b"", row.raw(3, 3));
    }

    #[test]
    fn lengths_that_do_not_add_up_are_no_row() {
        let bytes = tuple(&[Some(b"ab"), Some(b"c")]);
        for cut in 0..bytes.len() {
            assert!(Row::read(&bytes[..cut], &mut Vec::new()).is_none(), "cut at {cut}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(Row::read(&longer, &mut Vec::new()).is_none());
    }
}
