//! Reading what services print, line by line.

use std::cell::RefCell;
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use tokio::net::unix::pipe::Receiver;
use tokio::sync::Notify;
use tracing::Level;

use crate::journal::{Journal, Lines};

/// How much is read before others get a turn.
const BUFFER: usize = 8192;
/// How much a pipe holds (pipe(7)).
const PIPE_CAPACITY: usize = 65536;

/// The end of a pipe at which what a service prints comes out.
#[derive(Debug)]
pub struct Tap {
    pipe: Receiver,
    lines: RefCell<Lines>,
    service: Rc<str>,
    /// Whether lines may begin with their level, as this program's own do.
    tells_levels: bool,
    journal: Journal,
    /// Notified of every batch of lines, for those who follow the log.
    told: Rc<Notify>,
}

impl Tap {
    /// For the read end of a pipe, which must not block.
    pub fn new(
        pipe: OwnedFd,
        service: &str,
        tells_levels: bool,
        journal: &Journal,
        told: &Rc<Notify>,
    ) -> io::Result<Self> {
        Ok(Tap {
            pipe: Receiver::from_owned_fd(pipe)?,
            lines: RefCell::default(),
            service: service.into(),
            tells_levels,
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

    /// Reads what is there at this moment, also a line without its end, so that a report has a
    /// service's last words. No more than a pipe holds: somebody else may go on writing.
    pub fn drain(&self) {
        let mut buffer = [0; BUFFER];
        for _ in 0..PIPE_CAPACITY / BUFFER {
            match nix::unistd::read(&self.pipe, &mut buffer) {
                Ok(read) if read > 0 => self.take(buffer.get(..read).unwrap_or_default()),
                _ => break,
            };
        }
        self.take(&[]);
    }

    /// Takes bytes in; none mean the end. Returns whether there may be more.
    fn take(&self, bytes: &[u8]) -> bool {
        let mut lines = self.lines.borrow_mut();
        let add = |line: &str| {
            let (level, text) = if self.tells_levels { levelled(line) } else { (None, line) };
            self.journal.add(&self.service, text, level);
        };
        match bytes.is_empty() {
            true => lines.end(add),
            false => lines.take(bytes, add),
        }
        self.journal.flush();
        self.told.notify_one();
        !bytes.is_empty()
    }
}

/// Takes the level off a line of this program's own, where `logging` has put one before it.
fn levelled(line: &str) -> (Option<Level>, &str) {
    let told = [Level::ERROR, Level::WARN].into_iter().find_map(|level| {
        let text = line.strip_prefix(level.as_str())?.strip_prefix(' ')?;
        Some((Some(level), text))
    });
    told.unwrap_or((None, line))
}

#[cfg(test)]
mod tests {
    use std::io::{PipeWriter, Write, pipe};

    use super::*;

    fn tap() -> (Tap, PipeWriter, Journal) {
        let (read, write) = pipe().unwrap();
        let journal = Journal::new(crate::settings::LogFormat::Text, false);
        let tap = Tap::new(read.into(), "ide", false, &journal, &Rc::new(Notify::new())).unwrap();
        (tap, write, journal)
    }

    fn texts(journal: &Journal) -> Vec<String> {
        journal.since(Some("ide"), 0).0.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn a_level_is_taken_off_and_nothing_else_is() {
        assert_eq!(levelled("WARN no"), (Some(Level::WARN), "no"));
        assert_eq!(levelled("ERROR  no"), (Some(Level::ERROR), " no"));
        for line in ["WARNING no", "WARN", "no WARN ", ""] {
            assert_eq!(levelled(line), (None, line));
        }
    }

    /// One who crashes seldom ends the line; and what has its pipe, too, may live on.
    #[tokio::test]
    async fn last_words_need_no_line_end() {
        for is_closed in [true, false] {
            let (tap, mut pipe, journal) = tap();
            write!(pipe, "starting\nfatal: bad flag").unwrap();
            let pipe = (!is_closed).then_some(pipe);
            tap.drain();
            assert_eq!(texts(&journal), ["starting", "fatal: bad flag"]);
            drop(pipe);
            Rc::new(tap).follow().await;
            assert_eq!(texts(&journal), ["starting", "fatal: bad flag"], "once");
        }
    }
}
