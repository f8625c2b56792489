//! Clients that want to know more than once.

use tokio::sync::mpsc::Sender;

use crate::control::protocol::Reply;
use crate::journal::Journal;

/// Those who want to know more than once.
#[derive(Debug, Default)]
pub struct Audience {
    pub(super) subscribers: Vec<Sender<Reply>>,
    pub(super) followers: Vec<Follower>,
}

/// Somebody who follows the log.
#[derive(Debug)]
pub struct Follower {
    /// Where they are.
    pub client: Sender<Reply>,
    /// Whose lines; all where there is none.
    pub service: Option<String>,
    /// The number of the next line.
    pub next: u64,
}

impl Audience {
    /// Tells of a change. A client that does not keep up is given up.
    pub fn tell_subscribers(&mut self, reply: &Reply) {
        self.subscribers.retain(|client| offer(client, reply.clone()));
    }

    /// Sends followers what has come since.
    pub fn tell_followers(&mut self, journal: &Journal) {
        self.followers.retain_mut(|follower| {
            let (lines, next) = journal.since(follower.service.as_deref(), follower.next);
            follower.next = next;
            lines.is_empty() || offer(&follower.client, Reply::Lines(lines))
        });
    }
}

/// Sends a reply to a client that may be slow. Returns whether it is still there.
pub fn offer(client: &Sender<Reply>, reply: Reply) -> bool {
    client.try_send(reply).is_ok()
}
