//! A kept form, on its way to a client.

use std::sync::Arc;

use super::form::{Content, Damaged, Form};
use super::identity::Identity;
use super::key::Key;
use super::store::{Found, Store};
use crate::gateway::encoding::Coding;

/// A form that may be sent once the IDE has said that it still has the same content: by sending it
/// ([`Kept::is_of`]), or by its entity tag ([`Kept::has_tag`]).
#[derive(Debug)]
pub struct Kept {
    store: Arc<Store>,
    key: Key,
    found: Found,
}

impl Kept {
    /// What the store found.
    pub(super) fn new(store: &Arc<Store>, key: Key, found: Found) -> Kept {
        Kept { store: Arc::clone(store), key, found }
    }

    /// How it is encoded.
    pub fn coding(&self) -> Coding {
        self.found.form.coding
    }

    /// How long it is in bytes, as it is sent.
    pub fn length(&self) -> u64 {
        self.found.form.length
    }

    /// The content that it was made from. Where the IDE announces another length, there is no need
    /// to wait for all of it.
    pub fn identity(&self) -> Identity {
        self.found.form.identity
    }

    /// Whether it is a form of what the IDE sent. If not, it is dropped with all others of its
    /// content: they are of no use any more.
    pub fn is_of(&self, identity: Identity) -> bool {
        let is_it = self.found.form.identity == identity;
        if !is_it {
            self.store.forget_others(&self.key, identity);
        }
        is_it
    }

    /// Whether the IDE's response bears the strong tag that it gave with this content. A weak one
    /// says too little.
    pub fn has_tag(&self, etag: &[u8]) -> bool {
        self.found.etag.as_deref() == Some(etag)
    }

    /// Its bytes.
    pub fn reader(&self) -> Reader {
        let (store, form) = (Arc::clone(&self.store), Arc::clone(&self.found.form));
        Reader { store, key: self.key, form, content: self.found.content.clone(), next: 0 }
    }
}

/// Reads a kept form, a block of 64 KiB at a time: a read from a file that was read not long ago,
/// and its checksum; 0.1 ms together.
#[derive(Debug)]
pub struct Reader {
    store: Arc<Store>,
    key: Key,
    form: Arc<Form>,
    content: Content,
    next: u64,
}

impl Reader {
    /// Reads the next block into `block`, in place of what is there. Empty: that was all.
    ///
    /// # Errors
    /// The file was changed since it was proven, and is not used again. If the response has begun,
    /// it has to be cut off.
    pub fn read(&mut self, block: &mut Vec<u8>) -> Result<(), Damaged> {
        let read = self.content.read(&self.form, self.next, block);
        self.next += 1;
        if read.is_err() {
            block.clear();
            self.store.forget(&self.key, &self.form);
        }
        read
    }
}
