//! The compressed forms of assets that do not change, kept so that the second user, tab or restart
//! costs no compression.
//!
//! **Right before fast.** The IDE is asked each time, and the form is sent only when what the IDE
//! sends is what the form was made from: its hash and length are compared, or its strong entity
//! tag. Nothing that a file says is believed: it is decoded as a whole and compared before it is
//! used, and each block that is read later must be the one that was read then. What is damaged,
//! forged or old is removed, and made anew. Files are opened by descriptor beneath the directory,
//! and no link is followed.
//!
//! An image can bring forms along ([`precompress`]), so that not even the first user pays for it.
//!
//! **Bounded.** Files take 64 MB together, what is in no file 16 MB; what was used last stays. A
//! form is drafted in memory while it is sent the first time. A thread that gets what the machine
//! has left writes it to the disk and makes a smaller one. Where there is no disk, it is full, or
//! may not be written to, forms stay in memory. The event loop reads, and does not wait for writes.
//!
//! The order of things for a response that is [`cacheable`]:
//!
//! 1. [`Assets::find`] before the IDE is asked, or when its header is there;
//! 2. if there is one: the IDE's content goes into a [`Digest`] and nowhere else; at its end, if
//!    [`Kept::is_of`] it, [`Kept::reader`] has what is sent; if not, the IDE is asked again, for 3;
//! 3. if there is none: [`Assets::draft`], and each piece of the IDE's goes through an encoder
//!    (`Effort::Asset`) to the client and is pushed to the draft; at the end it is committed.

mod cacheable;
mod draft;
mod folder;
mod form;
mod identity;
mod image;
mod index;
mod kept;
mod key;
mod pool;
pub mod precompress;
mod proof;
mod record;
mod shelf;
mod smaller;
mod store;
#[cfg(test)]
mod tests;
mod work;

use std::sync::Arc;

pub use self::cacheable::cacheable;
pub use self::draft::Draft;
pub use self::identity::Digest;
pub use self::kept::Kept;
pub use self::key::Key;
pub use self::store::Places;
use self::store::Store;
use super::encoding::{Accepted, Coding};

/// The assets of one IDE. It is shared by cloning.
#[derive(Debug, Clone)]
pub struct Assets(Arc<Store>);

impl Assets {
    /// Keeps them in the cache's directory, which is made when it is not there; in memory alone
    /// where there is none. Returns at once: what is in the directories is found a little later.
    pub fn open(places: Places) -> Assets {
        Assets(Arc::new(Store::new(places, store::DISK, store::MEMORY)))
    }

    /// The best form of an asset for a client: of those that it likes most, the smallest.
    pub fn find(&self, key: &Key, accepted: &Accepted) -> Option<Kept> {
        let found = self.0.find(key, accepted)?;
        Some(Kept::new(&self.0, *key, found))
    }

    /// Begins to keep what is sent to a client. None where somebody else is at it already, or there
    /// is no memory: it is sent all the same. `accepted` says which smaller form is of use.
    pub fn draft(&self, key: &Key, coding: Coding, accepted: &Accepted) -> Option<Draft> {
        Draft::new(&self.0, *key, coding, *accepted)
    }
}
