//! Files that may be something else than they should be.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

/// Reads a regular file, following links, and never waits for anything: of a FIFO without a
/// writer, open(2) would not return.
///
/// # Errors
/// It is something else (`InvalidInput`, in words), holds more than `most` bytes
/// (`FileTooLarge`), or what the kernel said.
pub fn read_regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open(OpenOptions::new().read(true), path, 0)?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => {
            let text = format!("it holds more than {} MiB", most >> 20);
            Err(io::Error::new(io::ErrorKind::FileTooLarge, text))
        }
        false => Ok(bytes),
    }
}

/// Opens a regular file that is no link, to add to its end (`O_APPEND`).
///
/// # Errors
/// It is something else, or what the kernel said.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().append(true), path, libc::O_NOFOLLOW)
}

/// Adds to a file's end, in one write(2): nobody sees half of it.
///
/// # Errors
/// `WriteZero` where not all of it was taken, or what the kernel said.
pub fn append(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    match file.write(bytes)? == bytes.len() {
        true => Ok(()),
        false => Err(io::ErrorKind::WriteZero.into()),
    }
}

fn open(options: &mut OpenOptions, path: &Path, flags: i32) -> io::Result<File> {
    let file = options.custom_flags(libc::O_NONBLOCK | flags).open(path)?;
    let kind = file.metadata()?.file_type();
    let what = match kind {
        _ if kind.is_file() => return Ok(file),
        _ if kind.is_dir() => "it is a directory",
        _ if kind.is_fifo() => "it is a pipe",
        _ => "it is no regular file",
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_regular_file_is_said_so_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let error = |path: &Path| read_regular(path, 9).unwrap_err().to_string();
        assert_eq!(error(&pipe), "it is a pipe");
        assert_eq!(error(dir.path()), "it is a directory");
        assert_eq!(error(Path::new("/dev/zero")), "it is no regular file");
        assert!(open_to_append(&pipe).is_err());
    }

    #[test]
    fn as_many_bytes_are_read_as_are_allowed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read_regular(&path, 5).unwrap(), b"12345");
        let error = read_regular(&path, 4).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
