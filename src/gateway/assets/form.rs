//! One asset in one coding, as it is kept: in memory or in a file, and never trusted further than
//! the block that is being read.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::folder::regular_file;
use super::identity::Identity;
use super::key::Key;
use super::pool::Reserved;
use crate::gateway::encoding::Coding;
use crate::sys::dirfd::Dir;

/// How much is read, checked and sent at a time. Bytes.
pub const BLOCK: usize = 64 * 1024;

type Sum = [u8; 32];

/// A form that is kept.
#[derive(Debug)]
pub struct Form {
    /// How it is encoded.
    pub coding: Coding,
    /// What it was made from.
    pub identity: Identity,
    /// Its own length in bytes.
    pub length: u64,
    /// Whether it is as small as it gets, so that no time need be spent on it any more.
    pub is_smallest: bool,
    /// What each block must be.
    pub sums: Vec<Sum>,
    /// Where it is.
    pub place: Place,
}

impl Form {
    /// Its bytes, where this is a form of `key`.
    ///
    /// # Errors
    /// What the kernel said; its file is another one by now (`NotFound`).
    pub fn open(&self, key: &Key) -> io::Result<Content> {
        match &self.place {
            Place::Memory(file, _) => Ok(Content { file: Arc::clone(file), start: 0 }),
            Place::Cache(folder, span) | Place::Image(folder, span) => {
                Content::of(folder, &key.file_name(self.coding), *span)
            }
        }
    }
}

/// Where a form is.
#[derive(Debug)]
pub enum Place {
    /// In memory that belongs to no file system, with what it takes of it.
    #[allow(dead_code)] // The second is there to be dropped.
    Memory(Arc<File>, Reserved),
    /// In a file of the cache's.
    Cache(Arc<Dir>, Span),
    /// In a file that the image brings along.
    Image(Arc<Dir>, Span),
}

impl Place {
    /// Whether the image brought it along.
    pub fn is_image(&self) -> bool {
        matches!(self, Place::Image(..))
    }

    /// Whether the file can be written to and removed.
    pub fn is_cache(&self) -> bool {
        matches!(self, Place::Cache(..))
    }
}

/// A part of a file: of this one and no other of its name, from this byte on.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Which file.
    pub file: FileId,
    /// Where in it the form starts.
    pub start: u64,
}

/// Which file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileId {
    device: u64,
    inode: u64,
    length: u64,
}

impl FileId {
    /// The one that is open here.
    pub fn of(file: &File) -> io::Result<FileId> {
        let meta = file.metadata()?;
        Ok(FileId { device: meta.dev(), inode: meta.ino(), length: meta.len() })
    }

    /// How long it is in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }
}

/// A block is not what it was.
#[derive(Debug, thiserror::Error)]
#[error("a kept form was changed or can't be read any more")]
pub struct Damaged;

/// The bytes of a form, open to be read.
#[derive(Debug, Clone)]
pub struct Content {
    /// The file.
    pub file: Arc<File>,
    /// Where in it they start.
    pub start: u64,
}

impl Content {
    fn of(folder: &Dir, name: &str, span: Span) -> io::Result<Content> {
        let file = regular_file(folder, name)?;
        match FileId::of(&file)? == span.file {
            true => Ok(Content { file: Arc::new(file), start: span.start }),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Reads a block into `block`, which is empty after the last one.
    ///
    /// # Errors
    /// It is not what it was when the form was made or proven.
    pub fn read(&self, form: &Form, number: u64, block: &mut Vec<u8>) -> Result<(), Damaged> {
        let from = number.saturating_mul(BLOCK as u64);
        let length = form.length.saturating_sub(from).min(BLOCK as u64);
        block.resize(usize::try_from(length).map_err(|_| Damaged)?, 0);
        if block.is_empty() {
            return Ok(());
        }
        self.file.read_exact_at(block, self.start + from).map_err(|_| Damaged)?;
        let sum = usize::try_from(number).ok().and_then(|number| form.sums.get(number));
        let is_right = sum.is_some_and(|sum| Sha256::digest(&*block)[..] == sum[..]);
        if is_right { Ok(()) } else { Err(Damaged) }
    }
}

/// Sums up blocks as their bytes pass.
#[derive(Debug, Default)]
pub struct Sums {
    done: Vec<Sum>,
    hash: Sha256,
    in_block: usize,
}

impl Sums {
    /// Takes the next bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let count = (BLOCK - self.in_block).min(bytes.len());
            let (now, later) = bytes.split_at(count);
            self.hash.update(now);
            self.in_block += count;
            bytes = later;
            if self.in_block == BLOCK {
                self.end_block();
            }
        }
    }

    /// The sums of all blocks.
    pub fn finish(mut self) -> Vec<Sum> {
        if self.in_block > 0 {
            self.end_block();
        }
        self.done
    }

    fn end_block(&mut self) {
        self.done.push(std::mem::take(&mut self.hash).finalize().into());
        self.in_block = 0;
    }
}
