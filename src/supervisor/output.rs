//! Reading what services print, line by line.

use std::cell::RefCell;
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use tokio::net::unix::pipe::Receiver;
use tokio::sync::Notify;

use super::journal::Journal;

/// A longer line is cut into pieces of this many bytes.
const LONGEST_LINE: usize = 16 * 1024;
/// How much is read before others get a turn.
const BUFFER: usize = 8192;
/// How much a pipe holds (pipe(7)).
const PIPE_CAPACITY: usize = 65536;

/// Takes bytes in, gives lines out.
#[derive(Debug, Default)]
pub struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes bytes; calls `each` for every line that they end, and for every piece of a line that
    /// grew too long.
    pub fn take(&mut self, bytes: &[u8], mut each: impl FnMut(&str)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.finish(&mut each);
            }
            while self.rest.len() > LONGEST_LINE {
                let longer = self.rest.split_off(LONGEST_LINE);
                self.finish(&mut each);
                self.rest = longer;
            }
        }
    }

    /// Gives out what has no line end.
    pub fn end(&mut self, mut each: impl FnMut(&str)) {
        if !self.rest.is_empty() {
            self.finish(&mut each);
        }
    }

    fn finish(&mut self, each: &mut impl FnMut(&str)) {
        let line = self.rest.strip_suffix(b"\n").unwrap_or(&self.rest);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        for piece in line.chunks(LONGEST_LINE.max(1)) {
            each(&String::from_utf8_lossy(piece));
        }
        if line.is_empty() {
            each("");
        }
        self.rest.clear();
    }
}

/// The end of a pipe at which what a service prints comes out.
#[derive(Debug)]
pub struct Tap {
    pipe: Receiver,
    lines: RefCell<Lines>,
    service: Rc<str>,
    journal: Journal,
    /// Notified of every batch of lines, for those who follow the log.
    told: Rc<Notify>,
}

impl Tap {
    /// For the read end of a pipe, which must not block.
    pub fn new(
        pipe: OwnedFd,
        service: &str,
        journal: &Journal,
        told: &Rc<Notify>,
    ) -> io::Result<Self> {
        Ok(Tap {
            pipe: Receiver::from_owned_fd(pipe)?,
            lines: RefCell::default(),
            service: service.into(),
            journal: journal.clone(),
            told: Rc::clone(told),
        })
    }

    /// Reads to the end, into the journal, whenever there is something.
    pub async fn follow(self: Rc<Self>) {
        let mut is_open = true;
        while is_open && self.pipe.readable().await.is_ok() {
            let mut buffer = [0; BUFFER];
            is_open = match self.pipe.try_read(&mut buffer) {
                Ok(read) => self.take(buffer.get(..read).unwrap_or_default()),
                Err(error) => error.kind() == io::ErrorKind::WouldBlock,
            };
            // A service that never stops printing must not keep others, or a signal, waiting.
            tokio::task::yield_now().await;
        }
    }

    /// Reads what is there at this moment, so that a report has a service's last words. No more
    /// than a pipe holds: somebody else may go on writing.
    pub fn drain(&self) {
        let mut buffer = [0; BUFFER];
        for _ in 0..PIPE_CAPACITY / BUFFER {
            match nix::unistd::read(&self.pipe, &mut buffer) {
                Ok(read) if read > 0 => self.take(buffer.get(..read).unwrap_or_default()),
                _ => return,
            };
        }
    }

    /// Takes bytes in; none mean the end. Returns whether there may be more.
    fn take(&self, bytes: &[u8]) -> bool {
        let mut lines = self.lines.borrow_mut();
        let add = |line: &str| self.journal.add(&self.service, line, None);
        match bytes.is_empty() {
            true => lines.end(add),
            false => lines.take(bytes, add),
        }
        self.journal.flush();
        self.told.notify_one();
        !bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut found = Vec::new();
        let mut lines = Lines::default();
        for chunk in chunks {
            lines.take(chunk, |line| found.push(line.to_owned()));
        }
        lines.end(|line| found.push(line.to_owned()));
        found
    }

    #[test]
    fn lines_are_put_together_and_taken_apart() {
        assert_eq!(lines(&[b"a\nb", b"c\r\n\nd"]), ["a", "bc", "", "d"]);
    }

    #[test]
    fn bytes_that_are_not_utf8_survive_as_replacements() {
        assert_eq!(lines(&[b"a\xffb\n"]), ["a\u{fffd}b"]);
    }

    #[test]
    fn a_line_without_end_is_cut_into_pieces() {
        let long = vec![b'x'; LONGEST_LINE * 3 + 5];
        let found = lines(&[&long, b"\n"]);
        assert_eq!(found.iter().map(String::len).sum::<usize>(), long.len());
        assert!(found.iter().all(|line| line.len() <= LONGEST_LINE));
    }

    proptest! {
        #[test]
        fn how_the_bytes_arrive_makes_no_difference(
            text in "[a-c\\n]{0,60}",
            cuts in proptest::collection::vec(0usize..60, 0..5),
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut from = 0;
            for cut in cuts {
                chunks.push(&text.as_bytes()[from..cut]);
                from = cut;
            }
            chunks.push(&text.as_bytes()[from..]);
            prop_assert_eq!(lines(&chunks), lines(&[text.as_bytes()]));
        }
    }
}
