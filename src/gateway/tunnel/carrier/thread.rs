//! What the thread does.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use super::super::watched::Watched;
use super::super::ways::Tunnel;
use super::{Back, Letters, Post};
use crate::sys::epoll::{Bell, Event, Heard, Watch};

/// The number that the bell is watched under. A tunnel's ends have twice its own number, and one
/// more.
const BELL: u64 = u64::MAX;

/// What the thread has.
pub struct Thread {
    /// How it is told things.
    pub post: Arc<Post>,
    watch: Watch,
    tunnels: HashMap<u64, (Tunnel<Watched>, Back)>,
    /// Those that there was more of to carry than in one turn.
    unfinished: Vec<u64>,
}

impl Thread {
    /// One that has nothing to do yet.
    ///
    /// # Errors
    /// There are no descriptors left.
    pub fn new() -> io::Result<Thread> {
        let post = Post { letters: Mutex::default(), bell: Bell::new()? };
        let watch = Watch::new()?;
        watch.add(&post.bell, BELL)?;
        Ok(Thread { post: Arc::new(post), watch, tunnels: HashMap::new(), unfinished: Vec::new() })
    }

    /// Carries what it is told to, until it is told that nothing follows.
    pub fn run(mut self) {
        let mut heard = Heard::default();
        loop {
            let unfinished = std::mem::take(&mut self.unfinished);
            for event in self.watch.wait(&mut heard, unfinished.is_empty()) {
                if event.number != BELL {
                    self.note(event);
                } else if !self.read_letters() {
                    return;
                }
            }
            unfinished.into_iter().for_each(|number| self.carry(number));
        }
    }

    /// Returns false where nothing follows.
    fn read_letters(&mut self) -> bool {
        let Letters { tunnels, recalled, is_last, .. } = {
            let mut letters = self.post.letters();
            let count = letters.count;
            std::mem::replace(&mut *letters, Letters { count, ..Letters::default() })
        };
        for (number, tunnel, back) in tunnels {
            let client = self.watch.add(&tunnel.client.socket, 2 * number);
            let backend = self.watch.add(&tunnel.backend.socket, 2 * number + 1);
            self.tunnels.insert(number, (tunnel, back));
            if client.and(backend).is_err() {
                self.give_back(number, Ok(()));
            }
        }
        recalled.into_iter().for_each(|number| self.give_back(number, Ok(())));
        !is_last
    }

    fn note(&mut self, event: Event) {
        let number = event.number / 2;
        if let Some((tunnel, _)) = self.tunnels.get_mut(&number) {
            let end = match event.number & 1 {
                0 => &mut tunnel.client,
                _ => &mut tunnel.backend,
            };
            end.socket.note(event);
            self.carry(number);
        }
    }

    fn carry(&mut self, number: u64) {
        let Some((tunnel, _)) = self.tunnels.get_mut(&number) else { return };
        tunnel.client.socket.begin_turn();
        tunnel.backend.socket.begin_turn();
        let carried = tunnel.pass(&mut Context::from_waker(Waker::noop()));
        if carried.is_err() || !tunnel.is_open() {
            self.give_back(number, carried.map(|_| ()));
        } else if tunnel.client.socket.is_to_go_on() || tunnel.backend.socket.is_to_go_on() {
            self.unfinished.push(number);
        }
    }

    fn give_back(&mut self, number: u64, carried: io::Result<()>) {
        if let Some((tunnel, back)) = self.tunnels.remove(&number) {
            self.watch.remove(&tunnel.client.socket);
            self.watch.remove(&tunnel.backend.socket);
            // It is closed where nobody waits for it.
            let _ = back.send(carried.map(|()| tunnel));
        }
    }
}
