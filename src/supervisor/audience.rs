//! Clients that want to know more than once.

use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use crate::control::protocol::Reply;
use crate::journal::Journal;

/// Those who want to know more than once.
#[derive(Debug, Default)]
pub struct Audience {
    subscribers: Vec<Sender<Reply>>,
    followers: Vec<Follower>,
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
    /// Adds somebody to be told of changes.
    pub fn subscribe(&mut self, client: Sender<Reply>) {
        self.subscribers.retain(|client| !client.is_closed());
        self.subscribers.push(client);
    }

    /// Adds somebody to be sent lines.
    pub fn follow(&mut self, follower: Follower) {
        self.followers.retain(|follower| !follower.client.is_closed());
        self.followers.push(follower);
    }

    /// Tells of a change. A client that does not keep up is given up.
    pub fn tell_subscribers(&mut self, reply: &Reply) {
        self.subscribers.retain(|client| offer(client, reply.clone()));
    }

    /// Sends followers what has come since. One that is behind gets it later: until then the
    /// journal keeps it, as it keeps everything. Returns whether all have everything.
    pub fn tell_followers(&mut self, journal: &Journal) -> bool {
        self.followers.retain(|follower| !follower.client.is_closed());
        self.followers.iter_mut().filter_map(|follower| follower.tell(journal).err()).count() == 0
    }
}

impl Follower {
    /// # Errors
    /// It is still busy with what it got before.
    fn tell(&mut self, journal: &Journal) -> Result<(), TrySendError<()>> {
        let place = self.client.try_reserve()?;
        let (lines, next) = journal.since(self.service.as_deref(), self.next);
        self.next = next;
        if !lines.is_empty() {
            place.send(Reply::Lines(lines));
        }
        Ok(())
    }
}

/// Sends a reply to a client that may be slow. Returns whether it is still there.
pub fn offer(client: &Sender<Reply>, reply: Reply) -> bool {
    client.try_send(reply).is_ok()
}
