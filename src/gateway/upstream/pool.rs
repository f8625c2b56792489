//! Connections to the IDE, kept open between requests.

use std::borrow::Cow;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{sleep_until, timeout};

use crate::gateway::wire::{Link, Socket};
use crate::sys::socket::Unread;

/// How long a connection may lie idle. Node's HTTP server hangs up after 5 s; a request that is
/// sent just then would be lost.
const IDLE_AT_MOST: Duration = Duration::from_secs(4);
/// How many idle connections are kept: as many as are open at a time, but for a flood.
const KEPT: usize = 1024;
/// How long connecting may take. On one machine it is a matter of microseconds, or of a listener
/// whose queue is full.
const CONNECT: Duration = Duration::from_secs(5);

/// A server on this machine.
#[derive(Debug)]
pub struct Upstream {
    name: Cow<'static, str>,
    addresses: Vec<SocketAddr>,
    idle: Mutex<Vec<Idle>>,
    given_back: Notify,
    answered: AtomicBool,
}

#[derive(Debug)]
struct Idle {
    link: Link,
    since: Instant,
}

impl Upstream {
    /// The server at an address; nothing is opened yet. `name` is what people call it.
    pub fn new(name: &'static str, address: SocketAddr) -> Upstream {
        Upstream::at(name.into(), vec![address])
    }

    /// Whatever listens on a port of loopback, IPv4 or IPv6.
    pub fn on_loopback(port: u16) -> Upstream {
        let addresses = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
        let addresses = addresses.map(|address| SocketAddr::new(address, port));
        Upstream::at(format!("port {port}").into(), addresses.to_vec())
    }

    fn at(name: Cow<'static, str>, addresses: Vec<SocketAddr>) -> Upstream {
        let (idle, given_back) = (Mutex::default(), Notify::new());
        Upstream { name, addresses, idle, given_back, answered: AtomicBool::new(false) }
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has answered any request so far.
    pub fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// It has answered.
    pub fn note_answer(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// Opens a connection.
    pub async fn connect(&self) -> io::Result<Link> {
        let connecting = TcpStream::connect(self.addresses.as_slice());
        let stream = timeout(CONNECT, connecting).await.map_err(io::Error::from)??;
        stream.set_nodelay(true)?;
        Ok(Link::new(Socket::Tcp(stream)))
    }

    /// An idle connection: the one used last, since the others are likelier to be hung up on.
    pub fn take_idle(&self) -> Option<Link> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(last) = idle.pop() {
            if last.since.elapsed() >= IDLE_AT_MOST {
                idle.clear();
            } else if last.link.socket.unread() == Unread::Nothing {
                return Some(last.link);
            }
        }
        None
    }

    /// Takes a connection back whose answer has been read to its end.
    pub fn give_back(&self, mut link: Link) {
        link.outgoing.trim();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.is_empty() {
            self.given_back.notify_one();
        }
        if idle.len() < KEPT {
            idle.push(Idle { link, since: Instant::now() });
        }
    }

    /// Hangs up on connections that lie idle for too long: what the server has hung up on would hold
    /// a descriptor until somebody asks again. Ready when none lies there any more; not sooner than
    /// one may lie there, however often that is so.
    pub async fn rest(&self) {
        let mut next = None;
        while next.is_none() {
            self.given_back.notified().await;
            next = self.drop_old();
        }
        while let Some(at) = next {
            sleep_until(at.into()).await;
            next = self.drop_old();
        }
    }

    /// When that has to be done next; none while nothing lies there.
    fn drop_old(&self) -> Option<Instant> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // The first one lies there for the longest time.
        let old = idle.iter().take_while(|idle| idle.since.elapsed() >= IDLE_AT_MOST).count();
        drop(idle.drain(..old));
        if idle.is_empty() {
            *idle = Vec::new();
        }
        idle.first().map(|first| first.since + IDLE_AT_MOST)
    }
}
