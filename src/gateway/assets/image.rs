//! Forms that the image brings along, made when it was built ([`super::precompress`]).
//!
//! Where root alone may change them they are believed, like the IDE beside them: to decode all of
//! them would take a new container's first tenths of a second. They are sent, like any other, only
//! while the IDE sends what they were made from.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use super::form::{Content, Damaged, FileId, Form, Place};
use super::key::Key;
use super::proof;
use super::record::Record;
use super::shelf::{is_ours, regular_file};
use crate::sys::dirfd::Dir;

/// The permission bits that let others than the owner write.
const WRITABLE: u32 = 0o022;

/// The directory.
#[derive(Debug)]
pub struct Image(Dir);

impl Image {
    /// Opens it.
    ///
    /// # Errors
    /// What the kernel said; mostly that there is none.
    pub fn open(path: &Path) -> io::Result<Image> {
        Dir::open(&path.canonicalize()?).map(Image)
    }

    /// All that is in it and is what it claims to be.
    pub fn forms(image: &Arc<Image>) -> Vec<(Key, Form)> {
        let names = image.0.names().unwrap_or_default();
        let ours = names.iter().filter_map(|name| name.to_str()).filter(|name| is_ours(name));
        ours.filter_map(|name| Image::form(image, name).ok()).collect()
    }

    /// Opens a form that was found.
    ///
    /// # Errors
    /// What the kernel said; another file has this name now (`NotFound`).
    pub fn content(&self, name: &str, id: FileId, start: u64) -> io::Result<Content> {
        Content::of(regular_file(&self.0, name)?, id, start)
    }

    fn form(image: &Arc<Image>, name: &str) -> Result<(Key, Form), Damaged> {
        let file = regular_file(&image.0, name).map_err(|_| Damaged)?;
        let is_named = |record: &Record| record.key.file_name(record.coding) == name;
        let (record, mut form) = match is_roots(&file) {
            true => proof::believe(&file, is_named),
            false => proof::prove(&file, is_named),
        }?;
        if let Place::Disk(id, start) = form.place {
            form.place = Place::Image(Arc::clone(image), id, start);
        }
        Ok((record.key, form))
    }
}

/// Whether root alone may change it.
fn is_roots(file: &File) -> bool {
    file.metadata().is_ok_and(|meta| meta.uid() == 0 && meta.mode() & WRITABLE == 0)
}
