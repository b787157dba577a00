//! Owns the memory of batches: buffers that are used again, and wiped in between.
//!
//! Batches are a few megabytes each and come thirty a second. Given back to the system every time, their pages are
//! faulted in anew; kept by the allocator, they lie scattered and the process grows to half as much again.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

/// As many wait at most as a table has in use at once: one being read, two in the queue, four with two writers.
const WAITING_MAX: usize = 7;
/// A larger one goes back to the system: one wide row must not hold memory for the rest of the run.
const WAITING_BYTES_MAX: usize = 16 << 20;
/// What is taken out of a buffer's middle (header, trailer) leaves that many bytes behind its end at most.
const BEHIND_END_BYTES: usize = 64;

/// The buffers of one table. Several threads take and give back at once.
#[derive(Default)]
pub struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    /// An empty buffer that comes back here when it is dropped.
    #[must_use]
    pub fn take(self: &Arc<Self>) -> Buffer {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        Buffer { bytes, home: Some(Arc::clone(self)) }
    }

    fn give_back(&self, bytes: Vec<u8>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < WAITING_MAX && bytes.capacity() <= WAITING_BYTES_MAX {
            waiting.push(bytes);
        }
    }
}

/// A vector of bytes that is wiped when it is dropped.
#[derive(Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    home: Option<Arc<Buffers>>,
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, home: None }
    }
}

impl Deref for Buffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.bytes
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        wipe(&mut bytes);
        if let Some(home) = self.home.take() {
            bytes.clear();
            home.give_back(bytes);
        }
    }
}

/// Overwrite what `bytes` holds and what may lie behind its end.
///
/// Not `zeroize`: byte by byte it took 5 % of a copy, and it touches memory that was never used. The compiler must
/// take the buffer for one that somebody reads.
fn wipe(bytes: &mut Vec<u8>) {
    let end = bytes.capacity().min(bytes.len() + BEHIND_END_BYTES);
    bytes.resize(end, 0);
    bytes.fill(0);
    std::hint::black_box(bytes);
}

/// No value in a debug print, whatever prints it.
impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Buffer").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_empty() {
        let buffers = Arc::new(Buffers::default());
        let mut first = buffers.take();
        first.extend_from_slice(b"a row");
        let (address, capacity) = (first.as_ptr(), first.capacity());
        drop(first);

        let second = buffers.take();

        assert_eq!((address, capacity, 0), (second.as_ptr(), second.capacity(), second.len()));
    }

    #[test]
    fn wiping_reaches_behind_the_end() {
        let mut bytes = b"canary canary".to_vec();
        bytes.drain(..7);
        let capacity = bytes.capacity();

        wipe(&mut bytes);

        assert_eq!(vec![0; capacity], bytes);
    }

    #[test]
    fn what_waits_is_bounded_in_number_and_size() {
        let buffers = Arc::new(Buffers::default());
        let mut taken: Vec<Buffer> = (0..WAITING_MAX + 3).map(|_| buffers.take()).collect();
        for buffer in &mut taken {
            buffer.push(1);
        }
        drop(taken);
        assert_eq!(WAITING_MAX, buffers.0.lock().expect("nobody panicked").len());

        let mut wide = buffers.take();
        wide.reserve(WAITING_BYTES_MAX + 1);
        drop(wide);
        assert_eq!(WAITING_MAX - 1, buffers.0.lock().expect("nobody panicked").len());
    }
}
