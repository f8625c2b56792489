//! Running one hook: its end, its output, the time limit and a request to stop, all waited for at
//! once. The supervisor is not at work yet, so that this is the one place that waits for children.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::streams::Streams;
use crate::ending;
use crate::journal::{Flushed, Journal};
use crate::sys::pipe;
use crate::sys::proc;
use crate::sys::signal::{self, Notices, To};
use crate::sys::spawn::{Spawn, spawn};
use crate::sys::wait::{self, Ending, Waiting};

/// How many ended children are taken away before others get a turn.
const REAPED_AT_ONCE: usize = 1000;
/// How often it is looked whether everybody has ended, and whether a slow reader of the log has
/// caught up.
const PAUSE: Duration = Duration::from_millis(20);
/// How often everybody is told to end.
const TOLD_EVERY: Duration = Duration::from_millis(500);

/// What came of waiting for a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It ended.
    Itself(Ending),
    /// It didn't within its time.
    TimeUp,
    /// This signal asked to stop first.
    Stop(i32),
}

/// What is watched while hooks run.
#[derive(Debug)]
pub struct Watch {
    children: Notices,
    stop: Notices,
    streams: Streams,
    journal: Journal,
}

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// signalfd(2).
    pub fn new(journal: Journal) -> io::Result<Self> {
        Ok(Watch {
            children: Notices::of_children()?,
            stop: Notices::of_stop()?,
            streams: Streams::new(journal.clone()),
            journal,
        })
    }

    /// The signal by which this program was told to stop, if it was. Asking takes it away.
    pub fn asked_to_stop(&self) -> Option<i32> {
        self.stop.take()
    }

    /// Starts a hook, with a pipe as its output, and waits for its end, which is not the end of
    /// its output: something that it left behind may hold the pipe.
    ///
    /// # Errors
    /// It can't be started.
    pub fn run(&mut self, name: &str, mut what: Spawn, limit: Duration) -> io::Result<Ended> {
        let (read, write) = pipe::for_output()?;
        // One pipe, so that standard output's lines and standard error's keep their order.
        what.output = Some((write.try_clone()?, write));
        let pid = spawn(what)?;
        self.streams.add(name.into(), read);
        let ended = self.wait(pid, Instant::now() + limit);
        self.streams.pass_on_rest();
        ended
    }

    fn wait(&mut self, pid: i32, until: Instant) -> io::Result<Ended> {
        loop {
            self.streams.pass_on();
            if let Some(ending) = self.reap(pid) {
                return Ok(Ended::Itself(ending));
            }
            if let Some(number) = self.asked_to_stop() {
                return Ok(Ended::Stop(number));
            }
            match until.saturating_duration_since(Instant::now()) {
                Duration::ZERO => return Ok(Ended::TimeUp),
                rest => self.sleep(rest)?,
            }
        }
    }

    /// Takes ended children away; returns how `pid` ended, if it is among them.
    fn reap(&self, pid: i32) -> Option<Ending> {
        // Before the look: a child that ends after it is noticed anew.
        self.children.take();
        for _ in 0..REAPED_AT_ONCE {
            match wait::next() {
                Ok(Waiting::Ended(ended, how)) if ended == pid => return Some(how),
                Ok(Waiting::Ended(..) | Waiting::Paused(..) | Waiting::Resumed(_)) => {}
                Ok(Waiting::Nobody | Waiting::Childless) | Err(_) => return None,
            }
        }
        signal::notice_children();
        None
    }

    /// Sleeps until there is something to do.
    fn sleep(&self, most: Duration) -> io::Result<()> {
        let most = match self.journal.flush() {
            Flushed::All => most,
            Flushed::Behind => most.min(PAUSE),
        };
        let own = [self.children.as_fd(), self.stop.as_fd()];
        let fds: Vec<BorrowedFd<'_>> = own.into_iter().chain(self.streams.descriptors()).collect();
        pipe::wait_for_any(&fds, most)
    }

    /// Tells everybody to end, waits for that no longer than `grace` or a second request to stop,
    /// and kills who is left.
    ///
    /// # Errors
    /// poll(2).
    pub fn end_all(&mut self, grace: Duration) -> io::Result<()> {
        let until = Instant::now() + grace;
        let mut told: Option<Instant> = None;
        while anybody_left() && Instant::now() < until && self.asked_to_stop().is_none() {
            // Again and again: a shell's child loses a signal that comes between fork and exec.
            if told.is_none_or(|at| at.elapsed() > TOLD_EVERY) {
                ending::end_rest(&[]);
                told = Some(Instant::now());
            }
            self.sleep(PAUSE)?;
            self.streams.pass_on();
            self.reap(0);
        }
        if anybody_left() {
            ending::kill_all();
        }
        self.streams.pass_on_rest();
        Ok(())
    }

    /// What still holds a pipe, by the hook that left it behind.
    pub fn into_leftovers(self) -> Vec<(Rc<str>, OwnedFd)> {
        self.streams.into_open()
    }
}

/// Whether a descendant lives that can be told to end. Once root's rights are gone, what root's
/// hooks left behind can't, and ends with this process.
fn anybody_left() -> bool {
    let descendants = proc::descendants(&proc::all(), std::process::id() as i32);
    let mut alive = descendants.iter().filter(|process| process.state != 'Z');
    alive.any(|process| signal::send(To::Process(process.pid), 0).is_ok())
}
