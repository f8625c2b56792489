//! Reading what services print, line by line.

use std::cell::RefCell;
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use tokio::net::unix::pipe::Receiver;
use tokio::sync::Notify;

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
