//! One buffer that all connections read into.
//!
//! What is read is passed on before anybody else reads, so that thousands of connections need no
//! buffer each. Only what the receiver does not take at once has to be kept.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};

/// The size of the buffer, in bytes: large bodies go by in few system calls, and it still fits into
/// a core's cache.
pub const SIZE: usize = 128 * 1024;
/// How many bytes a buffer that is kept for another time holds at least, and at most.
const KEPT_SIZES: std::ops::RangeInclusive<usize> = SIZE..=2 * SIZE;
/// How many of them are kept.
const KEPT: usize = 8;

thread_local! {
    static SHARED: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
    static ROOMS: Cell<Vec<Vec<u8>>> = const { Cell::new(Vec::new()) };
}

/// The shared buffer, until it is dropped. It must not be held over an `await`: whoever asks for it
/// meanwhile gets another one.
#[derive(Debug)]
pub struct Scratch(Box<[u8]>);

/// Takes the shared buffer.
pub fn take() -> Scratch {
    let shared = SHARED.with(Cell::take);
    Scratch(shared.unwrap_or_else(|| vec![0; SIZE].into_boxed_slice()))
}

impl Deref for Scratch {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        SHARED.with(|shared| shared.set(Some(std::mem::take(&mut self.0))));
    }
}

/// An empty buffer for what a slow receiver has not taken, of at least `room` bytes.
pub fn room(room: usize) -> Vec<u8> {
    if room < SIZE / 8 {
        return Vec::with_capacity(room);
    }
    let mut rooms = ROOMS.with(Cell::take);
    let found = rooms.pop();
    ROOMS.with(|kept| kept.set(rooms));
    let mut found = found.unwrap_or_default();
    found.reserve(room.max(SIZE + SIZE / 8));
    found
}

/// Gives such a buffer back.
pub fn give_back(mut room: Vec<u8>) {
    if !KEPT_SIZES.contains(&room.capacity()) {
        return;
    }
    room.clear();
    let mut rooms = ROOMS.with(Cell::take);
    if rooms.len() < KEPT {
        rooms.push(room);
    }
    ROOMS.with(|kept| kept.set(rooms));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_buffer_comes_back_and_a_second_one_can_be_had_meanwhile() {
        let mut first = take();
        first[0] = 7;
        let second = take();
        assert_eq!(second[0], 0);
        drop(second);
        drop(first);
        assert_eq!(take()[0], 7);
    }

    #[test]
    fn large_rooms_are_used_again() {
        let large = room(SIZE);
        let address = large.as_ptr();
        give_back(large);
        let again = room(SIZE);
        assert_eq!(again.as_ptr(), address);
    }
}
