//! Compresses what browsers load of a VS Code server, while an image is built: then no container
//! spends time on it, and the first visit to each gets the smallest form.
//!
//! What is made is what a gateway keeps ([`super`]), in brotli for browsers over HTTPS or at
//! localhost, and in gzip for those over plain HTTP, which are offered nothing better.

mod browsers;
mod error;

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use self::browsers::BrowsersFile;
pub use self::error::PrecompressError;
use super::folder::is_ours;
use super::identity::Digest;
use super::key::Key;
use super::proof;
use super::record::Record;
use crate::gateway::encoding::{Coding, Effort, Encoder, Failed};

/// Where the gateway looks for them.
pub const FOLDER: &str = "/usr/local/share/waiide-init/assets";
const CODINGS: [Coding; 2] = [Coding::Brotli, Coding::Gzip];

/// What was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many of the server's files.
    pub files: usize,
    /// How many bytes these have.
    pub bytes: u64,
    /// How many bytes their forms have, in brotli and in gzip.
    pub made: [u64; 2],
}

/// Writes forms of the files of the server in the folder `server` into the folder `into`, which is
/// made where it is not there. Forms that an earlier run has left there go.
///
/// # Errors
/// The folder is no VS Code server, or a file cannot be read, compressed or written.
pub fn run(server: &Path, into: &Path) -> Result<Summary, PrecompressError> {
    let files = browsers::files(server)?;
    make_empty(into).map_err(write_error(into))?;
    let (next, made) = (AtomicUsize::new(0), Mutex::new(Ok(Summary::default())));
    let work = || {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let done = compress(file, into);
            let Ok(mut made) = made.lock() else { return };
            match (made.as_mut(), done) {
                (Ok(summary), Ok(more)) => summary.add(more),
                (Ok(_), Err(error)) => *made = Err(error),
                (Err(_), _) => return,
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    made.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Summary {
    fn add(&mut self, more: Summary) {
        self.files += more.files;
        self.bytes += more.bytes;
        for (sum, more) in self.made.iter_mut().zip(more.made) {
            *sum += more;
        }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        let [brotli, gzip] = self.made.map(megabytes);
        let (files, bytes) = (self.files, megabytes(self.bytes));
        write!(f, "{files} files of {bytes:.1} MB: {brotli:.1} MB in brotli, {gzip:.1} MB in gzip")
    }
}

/// What is made is for everybody to read, whatever the umask; what was there keeps its permissions.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folder(parent)?;
    }
    fs::create_dir(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o755))
}

fn make_empty(folder: &Path) -> io::Result<()> {
    make_folder(folder)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_ours) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn compress(file: &BrowsersFile, into: &Path) -> Result<Summary, PrecompressError> {
    let path = &file.path;
    let content =
        fs::read(path).map_err(|reason| PrecompressError::Read { path: path.clone(), reason })?;
    let key = Key::new(file.target.as_bytes());
    let mut summary = Summary { files: 1, bytes: content.len() as u64, made: [0; 2] };
    for (coding, made) in CODINGS.into_iter().zip(&mut summary.made) {
        let form = encode(&content, coding)
            .map_err(|reason| PrecompressError::Compress { path: path.clone(), reason })?;
        *made = form.len() as u64;
        let name = into.join(key.file_name(coding));
        write(&name, key, coding, &content, &form).map_err(write_error(&name))?;
    }
    Ok(summary)
}

fn encode(content: &[u8], coding: Coding) -> Result<Vec<u8>, Failed> {
    let mut out = Vec::new();
    let mut encoder = Encoder::with(coding, Effort::Utmost, Some(content.len() as u64));
    encoder.write(content, &mut out)?;
    encoder.finish(&mut out)?;
    Ok(out)
}

/// What was written is read again and proven: nobody will do that later.
fn write(path: &Path, key: Key, coding: Coding, content: &[u8], form: &[u8]) -> io::Result<()> {
    let mut digest = Digest::default();
    digest.update(content);
    let (identity, length) = (digest.finish(), form.len() as u64);
    let record = Record { key, coding, identity, length, is_smallest: true };
    let mut bytes = record.to_bytes();
    bytes.extend_from_slice(form);
    fs::write(path, bytes)?;
    fs::set_permissions(path, Permissions::from_mode(0o644))?;
    proof::prove(&File::open(path)?, |found| *found == record).map_err(io::Error::other)?;
    Ok(())
}

fn write_error(path: &Path) -> impl FnOnce(io::Error) -> PrecompressError {
    |reason| PrecompressError::Write { path: path.to_owned(), reason }
}
