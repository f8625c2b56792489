//! The files of forms in a folder, the cache's or the image's: their names, and how they are opened.

use std::ffi::OsStr;
use std::fs::File;
use std::io;

use crate::gateway::encoding::Coding;
use crate::sys::dirfd::Dir;

const CODINGS: [Coding; 3] = [Coding::Zstd, Coding::Brotli, Coding::Gzip];

/// Opens a file to read it; what is no regular one is an error.
pub fn regular_file(dir: &Dir, name: &str) -> io::Result<File> {
    let file = dir.file(OsStr::new(name))?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Whether a name is one of [`super::key::Key::file_name`].
pub fn is_ours(name: &str) -> bool {
    let Some((key, coding)) = name.split_once('.') else {
        return false;
    };
    key.len() == 64
        && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && CODINGS.iter().any(|ours| ours.token() == coding)
}
