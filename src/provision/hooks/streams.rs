//! What hooks print, into the journal while they run.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;

use nix::errno::Errno;

use crate::journal::Journal;
use crate::journal::Lines;
use crate::sys::pipe;

/// How much is read at once.
const BUFFER: usize = 4096;
/// How much of one stream is passed on before others get a turn.
const TURN: usize = 4 * BUFFER;

/// The pipes that hooks, and what they left behind, print to.
#[derive(Debug)]
pub struct Streams {
    open: Vec<Stream>,
    journal: Journal,
}

#[derive(Debug)]
struct Stream {
    name: Rc<str>,
    pipe: OwnedFd,
    lines: Lines,
}

/// Whether there may be more.
#[derive(PartialEq, Eq)]
enum State {
    Open,
    Ended,
}

impl Streams {
    /// None yet.
    pub fn new(journal: Journal) -> Self {
        Streams { open: Vec::new(), journal }
    }

    /// A pipe's read end, which doesn't block.
    pub fn add(&mut self, name: Rc<str>, pipe: OwnedFd) {
        self.open.push(Stream { name, pipe, lines: Lines::default() });
    }

    /// What to wait for.
    pub fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.open.iter().map(|stream| stream.pipe.as_fd())
    }

    /// Passes on what has come, within limits.
    pub fn pass_on(&mut self) {
        self.read(|_| TURN);
    }

    /// Passes on all that has been printed by now, also a line without its end, and nothing that
    /// is printed meanwhile: there may be no end to that.
    pub fn pass_on_rest(&mut self) {
        self.read(|stream| pipe::readable_bytes(&stream.pipe));
        for stream in &mut self.open {
            stream.lines.end(|line| self.journal.add(&stream.name, line, None));
        }
        self.journal.flush();
    }

    fn read(&mut self, most: impl Fn(&Stream) -> usize) {
        let journal = &self.journal;
        self.open.retain_mut(|stream| {
            let most = most(stream);
            stream.pass_on(journal, most) == State::Open
        });
        journal.flush();
    }

    /// The pipes that somebody still holds.
    pub fn into_open(self) -> Vec<(Rc<str>, OwnedFd)> {
        self.open.into_iter().map(|stream| (stream.name, stream.pipe)).collect()
    }
}

impl Stream {
    /// Passes on `most` bytes, or a little more.
    fn pass_on(&mut self, journal: &Journal, most: usize) -> State {
        let mut buffer = [0; BUFFER];
        let mut passed = 0;
        // Also where there is nothing, so that the end is noticed.
        while passed <= most {
            match nix::unistd::read(&self.pipe, &mut buffer) {
                Ok(length @ 1..) => {
                    passed += length;
                    self.take(buffer.get(..length).unwrap_or_default(), journal);
                }
                Err(Errno::EAGAIN) => return State::Open,
                Err(Errno::EINTR) => {}
                // It has ended; nothing else can go wrong with a pipe.
                _ => {
                    self.lines.end(|line| journal.add(&self.name, line, None));
                    return State::Ended;
                }
            }
        }
        State::Open
    }

    fn take(&mut self, bytes: &[u8], journal: &Journal) {
        self.lines.take(bytes, |line| journal.add(&self.name, line, None));
        journal.flush();
    }
}
