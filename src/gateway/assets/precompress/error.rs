//! Why nothing could be compressed ahead, in words that name the file, the reason and the remedy.

use std::io;
use std::path::PathBuf;

use crate::gateway::encoding::Failed;

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum PrecompressError {
    /// The folder is no VS Code server.
    #[error("{path}: {reason}; name the folder of a VS Code server, the one that has product.json and out/server-main.js in it", path = path.display())]
    NoServer {
        /// What was looked for.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of the server's can't be read.
    #[error("cannot read {path}: {reason}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A file can't be written.
    #[error("cannot write {path}: {reason}; run it as root while the image is built, or name another folder to write to", path = path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// There is no memory for it.
    #[error("cannot compress {path}: {reason}; it takes some hundred MB of memory", path = path.display())]
    Compress {
        /// The file.
        path: PathBuf,
        /// What the encoder said.
        reason: Failed,
    },
}
