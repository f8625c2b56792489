//! What was read and is not sent yet, with the places that something is put in at.

use std::ops::Range;

/// The capacity that is kept for what is to come, in bytes.
const KEPT: usize = 4 * 1024;

/// Something to put in before the byte at `at`, a position in the whole stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insert {
    /// Counted from the stream's first byte.
    pub at: usize,
    /// What is put in.
    pub text: Vec<u8>,
}

/// A window on the stream. Nothing is ever taken out or changed: bytes go in at one end and come
/// out at the other, and what the rewriting adds is put in between.
#[derive(Debug, Default)]
pub struct Tape {
    held: Vec<u8>,
    /// The position of the first byte that is held.
    start: usize,
    /// In the order of their places.
    inserts: Vec<Insert>,
}

impl Tape {
    /// Adds what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The position behind the last byte that was read.
    pub fn end(&self) -> usize {
        self.start + self.held.len()
    }

    /// What stands at `range`; nothing where some of it is no longer held, or not yet.
    pub fn get(&self, range: Range<usize>) -> &[u8] {
        let from = range.start.checked_sub(self.start);
        let to = range.end.checked_sub(self.start);
        from.zip(to).and_then(|(from, to)| self.held.get(from..to)).unwrap_or_default()
    }

    /// Has `text` put in before the byte at `at`.
    pub fn insert(&mut self, at: usize, text: Vec<u8>) {
        let before = self.inserts.partition_point(|insert| insert.at <= at);
        self.inserts.insert(before, Insert { at, text });
    }

    /// Sends what stands before `until`.
    pub fn release(&mut self, until: usize, out: &mut Vec<u8>) {
        let until = until.clamp(self.start, self.end());
        let due = self.inserts.partition_point(|insert| insert.at < until);
        let mut from = self.start;
        for insert in self.inserts.drain(..due) {
            let upto = insert.at.max(from);
            let skip = from - self.start;
            out.extend_from_slice(self.held.get(skip..upto - self.start).unwrap_or_default());
            out.extend_from_slice(&insert.text);
            from = upto;
        }
        let skip = from - self.start;
        out.extend_from_slice(self.held.get(skip..until - self.start).unwrap_or_default());
        self.forget(until);
    }

    /// Takes out what was to be put in before `until`, and forgets what stands there.
    pub fn take(&mut self, until: usize) -> Vec<Insert> {
        let until = until.clamp(self.start, self.end());
        let due = self.inserts.partition_point(|insert| insert.at < until);
        let taken = self.inserts.drain(..due).collect();
        self.forget(until);
        taken
    }

    fn forget(&mut self, until: usize) {
        self.held.drain(..until - self.start);
        self.start = until;
        // Mostly no more than the tag that is being read is left, until the IDE says more.
        if self.held.len() < KEPT && self.held.capacity() > 2 * KEPT {
            self.held.shrink_to(KEPT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn released(tape: &mut Tape, until: usize) -> String {
        let mut out = Vec::new();
        tape.release(until, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_put_in_goes_out_with_the_byte_behind_it() {
        let mut tape = Tape::default();
        tape.push(b"a=/x b=");
        tape.insert(2, b"/p".into());
        assert_eq!(released(&mut tape, 2), "a=");
        assert_eq!(released(&mut tape, 7), "/p/x b=");
        tape.push(b"/y c=/z");
        tape.insert(12, b"/p".into());
        tape.insert(7, b"/p".into());
        assert_eq!(tape.get(12..14), b"/z");
        assert_eq!(tape.get(6..8), b"");
        assert_eq!(released(&mut tape, usize::MAX), "/p/y c=/p/z");
        assert_eq!(tape.end(), 14);
    }

    #[test]
    fn what_is_taken_is_forgotten() {
        let mut tape = Tape::default();
        tape.push(b"/x /y");
        tape.insert(0, b"/p".into());
        tape.insert(3, b"/q".into());
        assert_eq!(tape.take(3), [Insert { at: 0, text: b"/p".into() }]);
        assert_eq!(released(&mut tape, 5), "/q/y");
    }
}
