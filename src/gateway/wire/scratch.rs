//! One buffer that all connections of a thread read into.
//!
//! What is read is passed on before anybody else reads, so that thousands of connections need no
//! buffer each. Only what the receiver does not take at once has to be kept.

use std::cell::Cell;
use std::ops::{Deref, DerefMut, RangeInclusive};
use std::thread::LocalKey;

/// The size of the buffer, in bytes: large bodies go by in few system calls, and it still fits into
/// a core's cache.
pub const SIZE: usize = 128 * 1024;
/// How many bytes a large buffer that is kept for another time holds at least, and at most.
const LARGE_SIZES: RangeInclusive<usize> = SIZE..=2 * SIZE;
/// How many of them are kept.
const MOST_LARGE: usize = 8;
/// The size of a small one, in bytes: a head, with a small body behind it.
const SMALL: usize = 4 * 1024;
/// The same of small ones.
const SMALL_SIZES: RangeInclusive<usize> = SMALL..=2 * SMALL;
const MOST_SMALL: usize = 64;

/// Buffers that nobody needs now.
type Rooms = Cell<Vec<Vec<u8>>>;

thread_local! {
    static SHARED: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
    static LARGE_ROOMS: Rooms = const { Cell::new(Vec::new()) };
    static SMALL_ROOMS: Rooms = const { Cell::new(Vec::new()) };
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

/// An empty buffer of at least `room` bytes, for what is to be sent.
pub fn room(room: usize) -> Vec<u8> {
    let (rooms, least) = match room {
        0..=SMALL => (&SMALL_ROOMS, SMALL),
        _ if room < SIZE / 8 => return Vec::with_capacity(room),
        _ => (&LARGE_ROOMS, room.max(SIZE + SIZE / 8)),
    };
    let mut found = with(rooms, Vec::pop).flatten().unwrap_or_default();
    found.reserve(least);
    found
}

/// Gives such a buffer back.
pub fn give_back(mut room: Vec<u8>) {
    let (rooms, most) = match room.capacity() {
        size if SMALL_SIZES.contains(&size) => (&SMALL_ROOMS, MOST_SMALL),
        size if LARGE_SIZES.contains(&size) => (&LARGE_ROOMS, MOST_LARGE),
        _ => return,
    };
    room.clear();
    with(rooms, |rooms| {
        if rooms.len() < most {
            rooms.push(room);
        }
    });
}

/// Does something with buffers that are kept; none are where the thread has come to its end.
fn with<T>(rooms: &'static LocalKey<Rooms>, act: impl FnOnce(&mut Vec<Vec<u8>>) -> T) -> Option<T> {
    let kept = rooms.try_with(|rooms| {
        let mut kept = rooms.take();
        let done = act(&mut kept);
        rooms.set(kept);
        done
    });
    kept.ok()
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
    fn rooms_are_used_again_for_what_is_as_large() {
        for size in [0, SMALL, SIZE] {
            let mut first = room(size);
            first.extend_from_slice(b"of another client");
            let address = first.as_ptr();
            give_back(first);
            let again = room(size);
            assert_eq!((again.as_ptr(), again.len()), (address, 0), "{size}");
        }
    }

    #[test]
    fn no_more_than_some_are_kept() {
        let rooms: Vec<_> = (0..2 * MOST_SMALL).map(|_| room(1)).collect();
        rooms.into_iter().for_each(give_back);
        assert_eq!(with(&SMALL_ROOMS, |rooms| rooms.len()), Some(MOST_SMALL));
    }
}
