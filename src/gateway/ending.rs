//! The word that the gateway is to end.

use tokio::sync::watch;

/// Heard by everything that may last long. As long as one of these lives, so does something that
/// has not finished.
#[derive(Debug, Clone)]
pub struct Ending(watch::Receiver<bool>);

/// Says the word.
#[derive(Debug)]
pub struct End(watch::Sender<bool>);

/// A word that has not been said yet, and those who will hear it.
pub fn channel() -> (End, Ending) {
    let (sender, receiver) = watch::channel(false);
    (End(sender), Ending(receiver))
}

impl Ending {
    /// Whether it has been said.
    pub fn has_come(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for the word.
    pub async fn come(&mut self) {
        let _ = self.0.wait_for(|&said| said).await;
    }
}

impl End {
    /// Says it, and waits until everybody who heard it has finished.
    pub async fn say(&self) {
        self.0.send_replace(true);
        self.0.closed().await;
    }
}
