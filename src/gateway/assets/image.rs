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

use super::folder::{is_ours, regular_file};
use super::form::{Damaged, Form, Place};
use super::key::Key;
use super::proof;
use super::record::Record;
use crate::sys::dirfd::Dir;

/// The permission bits that let others than the owner write.
const WRITABLE: u32 = 0o022;

/// Reads the folder, and tells of each form that is what it claims to be.
///
/// # Errors
/// What the kernel said; mostly that there is none.
pub fn each_form(path: &Path, mut tell: impl FnMut(Key, Form)) -> io::Result<()> {
    let folder = Arc::new(Dir::open(&path.canonicalize()?)?);
    for name in folder.names()? {
        let name = name.to_str().filter(|name| is_ours(name));
        if let Some(Ok((key, form))) = name.map(|name| form(&folder, name)) {
            tell(key, form);
        }
    }
    Ok(())
}

fn form(folder: &Arc<Dir>, name: &str) -> Result<(Key, Form), Damaged> {
    let file = regular_file(folder, name).map_err(|_| Damaged)?;
    let is_named = |record: &Record| record.key.file_name(record.coding) == name;
    let proven = match is_roots(&file) {
        true => proof::believe(&file, is_named),
        false => proof::prove(&file, is_named),
    }?;
    Ok((proven.record.key, proven.form(|span| Place::Image(Arc::clone(folder), span))))
}

/// Whether root alone may change it.
fn is_roots(file: &File) -> bool {
    file.metadata().is_ok_and(|meta| meta.uid() == 0 && meta.mode() & WRITABLE == 0)
}
