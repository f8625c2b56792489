//! A process that the start has left to work in the background, with rights that this one has given
//! up.

use std::os::fd::OwnedFd;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

/// The process, by the two pipes that it is held by.
#[derive(Debug)]
pub struct Background {
    /// What it has to say, all of it at its end.
    pub output: OwnedFd,
    /// While this is open, it goes on. It can't be sent a signal.
    pub leash: OwnedFd,
    /// Told what it said.
    pub tell: fn(&str),
}

impl Background {
    /// Waits for its end in a task of its own. Returns what it is let go by.
    pub fn follow(self) -> OwnedFd {
        let Background { output, leash, tell } = self;
        tokio::task::spawn_local(async move {
            let mut text = String::new();
            let Ok(mut pipe) = Receiver::from_owned_fd(output) else { return };
            if pipe.read_to_string(&mut text).await.is_ok() {
                tell(&text);
            }
        });
        leash
    }
}
