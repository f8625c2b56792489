//! Waiting for many sockets at once (epoll(7)), and being woken while doing so (eventfd(2)).

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};

/// How much is heard of at once.
const MOST: usize = 256;

/// Sockets that are watched, each under a number. It is heard of a socket when something changes
/// (`EPOLLET`), and of what there is when it is added.
#[derive(Debug)]
pub struct Watch(Epoll);

/// What was heard of.
#[derive(Debug)]
pub struct Heard([EpollEvent; MOST]);

/// What is the matter with a socket.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// The number that it was added under.
    pub number: u64,
    /// There is something to be read, its end included.
    pub readable: bool,
    /// There is room to write, or nobody who reads any more.
    pub writable: bool,
    /// Behind what is to be read comes the end, or the connection is broken.
    pub ends: bool,
}

impl Watch {
    /// Nothing yet.
    ///
    /// # Errors
    /// What epoll_create1(2) said.
    pub fn new() -> io::Result<Watch> {
        Ok(Watch(Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?))
    }

    /// Adds a socket.
    ///
    /// # Errors
    /// What epoll_ctl(2) said.
    pub fn add(&self, socket: &impl AsFd, number: u64) -> io::Result<()> {
        let both = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT;
        let flags = both | EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLET;
        Ok(self.0.add(socket, EpollEvent::new(flags, number))?)
    }

    /// Watches a socket no longer.
    pub fn remove(&self, socket: &impl AsFd) {
        // It fails for a socket that is not watched, which is what was wanted.
        let _ = self.0.delete(socket);
    }

    /// Waits for something, or where `waits` is false looks only whether there is something. A signal
    /// ends it as well, and nothing else does: what epoll_wait(2) may complain about is none of what
    /// it gets here.
    pub fn wait<'a>(
        &self,
        heard: &'a mut Heard,
        waits: bool,
    ) -> impl Iterator<Item = Event> + use<'a> {
        let timeout = if waits { EpollTimeout::NONE } else { EpollTimeout::ZERO };
        let count = self.0.wait(&mut heard.0, timeout).unwrap_or(0);
        heard.0.iter().take(count).map(Event::of)
    }
}

impl Default for Heard {
    fn default() -> Heard {
        Heard([EpollEvent::empty(); MOST])
    }
}

impl Event {
    fn of(event: &EpollEvent) -> Event {
        let flags = event.events();
        let broken = EpollFlags::EPOLLERR | EpollFlags::EPOLLHUP;
        let ends = flags.intersects(broken | EpollFlags::EPOLLRDHUP);
        Event {
            number: event.data(),
            readable: ends || flags.contains(EpollFlags::EPOLLIN),
            writable: flags.intersects(broken | EpollFlags::EPOLLOUT),
            ends,
        }
    }
}

/// Wakes whoever waits with a [`Watch`] that it was added to. Nobody reads it: each time that it
/// rings is a change.
#[derive(Debug)]
pub struct Bell(EventFd);

impl Bell {
    /// One that has not been rung.
    ///
    /// # Errors
    /// What eventfd(2) said.
    pub fn new() -> io::Result<Bell> {
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        Ok(Bell(EventFd::from_value_and_flags(0, flags)?))
    }

    /// Rings.
    pub fn ring(&self) {
        // It fails after 2^64 - 2 times.
        let _ = self.0.write(1);
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    fn heard(watch: &Watch, waits: bool) -> Vec<Event> {
        watch.wait(&mut Heard::default(), waits).collect()
    }

    #[test]
    fn it_is_heard_of_what_changes_and_once() {
        let (watch, (here, mut there)) = (Watch::new().unwrap(), UnixStream::pair().unwrap());
        watch.add(&here, 7).unwrap();
        let first = heard(&watch, true)[0];
        assert_eq!((first.number, first.writable, first.readable), (7, true, false));
        assert!(heard(&watch, false).is_empty());
        there.write_all(b"x").unwrap();
        let second = heard(&watch, true)[0];
        assert!(second.readable && !second.ends);
        drop(there);
        assert!(heard(&watch, true)[0].ends);
        watch.remove(&here);
        assert!(heard(&watch, false).is_empty());
    }

    #[test]
    fn a_bell_is_heard_each_time_that_it_rings() {
        let (watch, bell) = (Watch::new().unwrap(), Bell::new().unwrap());
        watch.add(&bell, 1).unwrap();
        heard(&watch, false);
        assert!(heard(&watch, false).is_empty());
        bell.ring();
        assert_eq!(heard(&watch, true)[0].number, 1);
        bell.ring();
        assert_eq!(heard(&watch, true)[0].number, 1);
    }
}
