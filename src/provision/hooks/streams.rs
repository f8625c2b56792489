//! What hooks print, into the journal while they run.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;

use crate::supervisor::journal::Journal;
use crate::supervisor::output::Lines;

/// How much is read at once.
const BUFFER: usize = 4096;
/// How much of one stream is passed on before others get a turn, in buffers.
const TURN: usize = 16;
/// The most that a pipe holds for a user who made it larger, in buffers (pipe(7),
/// `/proc/sys/fs/pipe-max-size`).
const FULL_PIPE: usize = (1 << 20) / BUFFER;

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
        self.read(TURN);
    }

    /// Passes on all that had been printed by now, also a line without its end. Somebody who
    /// never stops printing doesn't hold this up.
    pub fn pass_on_rest(&mut self) {
        self.read(FULL_PIPE);
        for stream in &mut self.open {
            stream.lines.end(|line| self.journal.add(&stream.name, line, None));
        }
        self.journal.flush();
    }

    fn read(&mut self, most: usize) {
        let journal = &self.journal;
        self.open.retain_mut(|stream| stream.pass_on(journal, most) == State::Open);
        journal.flush();
    }

    /// The pipes that somebody still holds.
    pub fn into_open(self) -> Vec<(Rc<str>, OwnedFd)> {
        self.open.into_iter().map(|stream| (stream.name, stream.pipe)).collect()
    }
}

impl Stream {
    fn pass_on(&mut self, journal: &Journal, most: usize) -> State {
        let mut buffer = [0; BUFFER];
        for _ in 0..most {
            match nix::unistd::read(&self.pipe, &mut buffer).map_err(io::Error::from) {
                Ok(length @ 1..) => self.take(buffer.get(..length).unwrap_or_default(), journal),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return State::Open,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
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
