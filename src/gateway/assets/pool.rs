//! Memory for forms that are in no file, or not yet: bounded as a whole.
//!
//! It belongs to anonymous files (memfd_create(2)) and not to the heap: it is given back to the
//! kernel to the last byte, and what is in it is read like any other file.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::form::{Form, Place, Sums};
use super::identity::Identity;
use crate::gateway::encoding::Coding;
use crate::sys::memory;

/// What there is to be had. Bytes.
#[derive(Debug, Clone)]
pub struct Pool {
    used: Arc<AtomicU64>,
    limit: u64,
}

impl Pool {
    /// One of `limit` bytes.
    pub fn new(limit: u64) -> Pool {
        Pool { used: Arc::default(), limit }
    }

    fn take(&self, bytes: u64) -> Result<(), Full> {
        let add = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= self.limit);
        let taken = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        taken.map(drop).map_err(|_| Full)
    }
}

/// All of the pool is in use, or the kernel has no more.
#[derive(Debug, thiserror::Error)]
#[error("there is no memory left for another kept form")]
pub struct Full;

/// A part of the pool; it goes back when this is dropped.
#[derive(Debug)]
pub struct Reserved {
    pool: Pool,
    bytes: u64,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.pool.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A form that is being made.
#[derive(Debug)]
pub struct Scratch {
    file: File,
    length: u64,
    sums: Sums,
    reserved: Reserved,
}

impl Scratch {
    /// An empty one.
    ///
    /// # Errors
    /// The kernel gives no anonymous file.
    pub fn new(pool: &Pool) -> io::Result<Scratch> {
        let file = memory::anonymous_file(c"asset")?;
        let reserved = Reserved { pool: pool.clone(), bytes: 0 };
        Ok(Scratch { file, length: 0, sums: Sums::default(), reserved })
    }

    /// Makes sure of room for `bytes` more.
    ///
    /// # Errors
    /// See [`Full`].
    pub fn reserve(&mut self, bytes: u64) -> Result<(), Full> {
        let missing = (self.length + bytes).saturating_sub(self.reserved.bytes);
        self.reserved.pool.take(missing)?;
        self.reserved.bytes += missing;
        Ok(())
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// See [`Full`]. After that it is no use any more.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.reserve(bytes.len() as u64)?;
        self.file.write_all(bytes).map_err(|_| Full)?;
        self.length += bytes.len() as u64;
        self.sums.update(bytes);
        Ok(())
    }

    /// The form, once it is complete.
    pub fn finish(self, coding: Coding, identity: Identity, is_smallest: bool) -> Form {
        let length = self.length;
        let place = Place::Memory(Arc::new(self.file), self.reserved);
        let sums = self.sums.finish();
        Form { coding, identity, length, is_smallest, sums, place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::assets::identity::Digest;

    #[test]
    fn what_is_dropped_can_be_had_again() {
        let pool = Pool::new(100);
        let mut one = Scratch::new(&pool).unwrap();
        one.add(&[0; 60]).unwrap();
        let mut two = Scratch::new(&pool).unwrap();
        assert!(two.add(&[0; 41]).is_err());
        two.add(&[0; 40]).unwrap();
        drop(two);
        let form = one.finish(Coding::Gzip, Digest::default().finish(), true);
        let mut three = Scratch::new(&pool).unwrap();
        three.add(&[0; 40]).unwrap();
        assert!(three.add(&[0; 1]).is_err());
        drop(form);
        three.add(&[0; 60]).unwrap();
    }
}
