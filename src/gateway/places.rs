//! How many clients are let in at a time: so many that descriptors are left for what they ask for.
//!
//! A crowd of connections that say nothing would otherwise take the last of them, and whoever is in
//! already could not be passed on to the IDE.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many descriptors the gateway needs for itself.
const OWN: u64 = 32;
/// How many are kept for what clients ask for, where there are more than enough; otherwise a quarter.
const KEPT: u64 = 224;
/// How often it is told that there is no place.
const TOLD: Duration = Duration::from_secs(60);

/// The places.
#[derive(Debug)]
pub struct Places {
    free: Arc<Semaphore>,
    most: usize,
    told: Option<Instant>,
}

/// One client's; free again when this is dropped.
pub type Place = OwnedSemaphorePermit;

impl Places {
    /// As many as there can be with so many open files.
    pub fn within(open_files: u64) -> Places {
        let clients = open_files.saturating_sub(OWN + KEPT.min(open_files / 4));
        let most = usize::try_from(clients)
            .map_or(Semaphore::MAX_PERMITS, |clients| clients.clamp(1, Semaphore::MAX_PERMITS));
        Places { free: Arc::new(Semaphore::new(most)), most, told: None }
    }

    /// The next one that is free; none where there will never be one.
    pub async fn next(&mut self) -> Option<Place> {
        if let Ok(place) = Arc::clone(&self.free).try_acquire_owned() {
            return Some(place);
        }
        self.tell();
        Arc::clone(&self.free).acquire_owned().await.ok()
    }

    fn tell(&mut self) {
        if self.told.is_some_and(|told| told.elapsed() < TOLD) {
            return;
        }
        self.told = Some(Instant::now());
        tracing::warn!(
            "all {} connections that the limit of open files leaves room for are taken, and who \
             comes next waits: raise it (docker run --ulimit nofile)",
            self.most
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn some_descriptors_are_kept_for_others() {
        for (open_files, most) in [(0, 1), (100, 43), (1024, 768), (10_500, 10_244)] {
            assert_eq!(Places::within(open_files).most, most, "{open_files}");
        }
        assert_eq!(Places::within(u64::MAX).most, Semaphore::MAX_PERMITS);
    }

    #[tokio::test]
    async fn a_place_is_free_again_when_it_is_given_back() {
        let mut places = Places::within(1);
        let place = places.next().await.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(10), places.next()).await.is_err());
        drop(place);
        assert!(places.next().await.is_some());
    }
}
