//! What the thread does.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::task::{Context, Waker};

use super::super::watched::Watched;
use super::super::ways::Tunnel;
use super::{Back, Letter, Post};
use crate::gateway::wire::Link;
use crate::sys::epoll::{Event, Heard, Watch};

/// How much is read from an end before other tunnels get their turn, in bytes.
const TURN: usize = 512 * 1024;
/// The number that the bell is watched under.
const BELL: u64 = u64::MAX;

/// What the thread has.
pub struct Thread {
    /// How it is told things.
    pub post: Arc<Post>,
    watch: Watch,
    tunnels: HashMap<u64, Carried>,
    /// Those that something is to be done about, each once.
    due: Vec<u64>,
    turn: usize,
}

/// A tunnel in the thread.
struct Carried {
    tunnel: Box<Tunnel<Watched>>,
    back: Back,
    is_due: bool,
}

impl Thread {
    /// One that has nothing to do yet.
    ///
    /// # Errors
    /// What epoll_create1(2), epoll_ctl(2) or eventfd(2) said.
    pub fn new() -> io::Result<Thread> {
        let (post, watch) = (Post::new()?, Watch::new()?);
        watch.add(&post.bell, BELL)?;
        let (tunnels, due) = (HashMap::new(), Vec::new());
        Ok(Thread { post: Arc::new(post), watch, tunnels, due, turn: TURN })
    }

    /// Carries what it is told to, until it is told that nothing follows.
    pub fn run(mut self) {
        let mut heard = Heard::default();
        while self.round(&mut heard) {}
    }

    /// One turn for each tunnel that something is to be done about. Returns false where nothing
    /// follows.
    fn round(&mut self, heard: &mut Heard) -> bool {
        let mut has_rung = false;
        for event in self.watch.wait(heard, self.due.is_empty()) {
            match event.number {
                BELL => has_rung = true,
                _ => self.note(event),
            }
        }
        let mut due = std::mem::take(&mut self.due);
        due.drain(..).for_each(|number| self.pass(number));
        if self.due.is_empty() {
            self.due = due; // for its space
        }
        // Last, so that what is asked for back has passed on what it was known to have.
        !has_rung || self.read_letters()
    }

    /// Returns false where nothing follows.
    fn read_letters(&mut self) -> bool {
        let letters = std::mem::take(&mut *self.post.letters());
        for letter in letters {
            match letter {
                Letter::Carry(number, tunnel, back) => self.take(number, tunnel, back),
                Letter::Recall(number) => self.give_back(number),
                Letter::Last => return false,
            }
        }
        true
    }

    /// It is heard of both ends at once, of what they are ready for.
    fn take(&mut self, number: u64, tunnel: Box<Tunnel<Watched>>, back: Back) {
        let client = self.watch.add(&tunnel.client.socket, clients(number));
        let backend = self.watch.add(&tunnel.backend.socket, backends(number));
        self.tunnels.insert(number, Carried { tunnel, back, is_due: false });
        if client.and(backend).is_err() {
            self.give_back(number);
        }
    }

    fn note(&mut self, event: Event) {
        let number = tunnels(event.number);
        if let Some(carried) = self.tunnels.get_mut(&number) {
            carried.end(event.number).socket.note(event);
            if !std::mem::replace(&mut carried.is_due, true) {
                self.due.push(number);
            }
        }
    }

    /// Passes on what a tunnel has, or as much as may be in one turn.
    fn pass(&mut self, number: u64) {
        let Some(carried) = self.tunnels.get_mut(&number) else { return };
        let tunnel = &mut carried.tunnel;
        tunnel.client.socket.begin_turn(self.turn);
        tunnel.backend.socket.begin_turn(self.turn);
        tunnel.pass(&mut Context::from_waker(Waker::noop()));
        tunnel.is_closing = has_ended_behind(&tunnel.client, &tunnel.backend)
            || has_ended_behind(&tunnel.backend, &tunnel.client);
        carried.is_due = tunnel.client.socket.is_to_go_on() || tunnel.backend.socket.is_to_go_on();
        if !tunnel.is_open() {
            self.give_back(number);
        } else if carried.is_due {
            self.due.push(number);
        }
    }

    fn give_back(&mut self, number: u64) {
        if let Some(Carried { tunnel, back, .. }) = self.tunnels.remove(&number) {
            self.watch.remove(&tunnel.client.socket);
            self.watch.remove(&tunnel.backend.socket);
            // It is closed where nobody waits for it.
            let _ = back.send(tunnel);
        }
    }
}

/// Whether an end has closed its side behind what the other does not take: that is not read before
/// the other does, if it ever does.
fn has_ended_behind(from: &Link<Watched>, to: &Link<Watched>) -> bool {
    from.socket.has_ended() && !to.outgoing.is_empty()
}

impl Carried {
    /// The end that is watched under a number.
    fn end(&mut self, watched: u64) -> &mut Link<Watched> {
        match watched & 1 {
            0 => &mut self.tunnel.client,
            _ => &mut self.tunnel.backend,
        }
    }
}

/// The number that a tunnel's client is watched under.
fn clients(tunnel: u64) -> u64 {
    tunnel << 1
}

/// The number that its server is watched under.
fn backends(tunnel: u64) -> u64 {
    tunnel << 1 | 1
}

/// The tunnel of what is watched under a number.
fn tunnels(watched: u64) -> u64 {
    watched >> 1
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hears, tunnel};
    use super::*;
    use std::io::Write;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn one_that_has_much_and_one_that_has_little_take_turns() {
        let mut thread = Thread { turn: 4, ..Thread::new().unwrap() };
        let ((much, mut source, mut sink), (little, mut browser, mut server)) =
            (tunnel(), tunnel());
        for (number, tunnel) in [(1, much), (2, little)] {
            let tunnel = tunnel.with(Watched::from_event_loop).unwrap();
            thread.take(number, Box::new(tunnel), oneshot::channel().0);
        }
        source.write_all(b"0123456789").unwrap();
        browser.write_all(b"key").unwrap();
        for (piece, due) in [(&b"0123"[..], &[1][..]), (b"4567", &[1]), (b"89", &[])] {
            thread.round(&mut Heard::default());
            hears(&mut sink, piece);
            assert_eq!(thread.due, due);
            // More than that was not passed on.
            sink.set_nonblocking(true).unwrap();
            assert!(std::io::Read::read(&mut sink, &mut [0]).is_err());
            sink.set_nonblocking(false).unwrap();
            if piece == b"0123" {
                hears(&mut server, b"key");
            }
        }
    }
}
