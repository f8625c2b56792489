//! A form in the making, while it is sent to the first client that asks.

use std::sync::Arc;

use super::cacheable::is_worth_keeping;
use super::identity::Digest;
use super::key::Key;
use super::pool::Scratch;
use super::proof::LARGEST;
use super::store::Store;
use crate::gateway::encoding::{Accepted, Coding};

/// Follows a response as it is compressed and sent. Dropped before [`Draft::commit`], it is as if
/// it had never been.
#[derive(Debug)]
pub struct Draft {
    store: Arc<Store>,
    key: Key,
    coding: Coding,
    accepted: Accepted,
    digest: Digest,
    /// None once there was not enough memory, or it has been committed.
    scratch: Option<Scratch>,
}

impl Draft {
    /// None where somebody else is at it, or there is no memory. `accepted` is the client's; a
    /// smaller form that it takes is made later.
    pub fn new(store: &Arc<Store>, key: Key, coding: Coding, accepted: Accepted) -> Option<Draft> {
        let scratch = Some(store.begin(key, coding)?);
        let (store, digest) = (Arc::clone(store), Digest::default());
        Some(Draft { store, key, coding, accepted, digest, scratch })
    }

    /// Takes what came from the IDE, before any coding, and what was made of it; either may be
    /// empty, and the second may lag behind the first.
    pub fn push(&mut self, identity: &[u8], encoded: &[u8]) {
        self.digest.update(identity);
        if let Some(scratch) = &mut self.scratch {
            let is_too_long = self.digest.length() > LARGEST;
            if is_too_long || self.store.add(scratch, encoded).is_err() {
                self.scratch = None;
            }
        }
    }

    /// Whether what was pushed is worth keeping, now that its length shows.
    pub fn is_worth_keeping(&self) -> bool {
        is_worth_keeping(self.digest.length())
    }

    /// Keeps what was pushed: all that the IDE sent, encoded to its end. `etag` is the IDE's; a weak
    /// one is not looked at.
    pub fn commit(mut self, etag: Option<&[u8]>) {
        let (digest, scratch) = (std::mem::take(&mut self.digest), self.scratch.take());
        if let Some(scratch) = scratch {
            // gzip doesn't get much smaller at its best.
            let is_smallest = self.coding == Coding::Gzip;
            let form = scratch.finish(self.coding, digest.finish(), is_smallest);
            let etag = etag.filter(|etag| etag.starts_with(b"\""));
            self.store.keep(self.key, form, etag.map(Arc::from), &self.accepted);
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        self.store.end(self.key, self.coding);
    }
}
