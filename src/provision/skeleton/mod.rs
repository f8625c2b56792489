//! What a new home gets a copy of: what the image put into its own home, then the skeletons, as
//! useradd(8) does.
//!
//! [`survey`] decides by reading alone, as root or not; [`fill`] copies, as the user.

mod copied;
mod copy;
mod sources;
mod staging;
mod tree;

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::ownership::record;
use super::served::Past;
use crate::environment::host::Host;
use crate::site::Site;
use crate::sys::dirfd::Dir;
pub use copied::Copied;
pub use copy::fill;

/// A home with such an entry is still to be filled. The user may remove it at any time, or make
/// one: copying never overwrites anything. An image may ship one in its home, so that a volume
/// that the engine fills from the image gets the skeletons, too.
pub const UNFILLED: &str = ".waiide-unfilled";

/// Entries that don't make a home a used one: a file system's own, and this program's.
const NOTHING: [&str; 4] = ["lost+found", record::NAME, record::NEW, UNFILLED];

/// Whether a home gets the skeletons, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Newness {
    /// It is not there yet.
    Missing,
    /// It holds nothing.
    Empty,
    /// It holds [`UNFILLED`].
    Unfilled,
    /// It is part of the container, which has not been started for it before.
    Unserved,
    /// Somebody uses it.
    Used,
    /// This process may not look into it; the user will.
    Unknown,
}

impl Newness {
    /// Whether it gets the skeletons, as far as is known.
    pub fn is_new(self) -> bool {
        !matches!(self, Newness::Used | Newness::Unknown)
    }

    /// In words that follow "the home".
    pub fn in_words(self) -> &'static str {
        match self {
            Newness::Missing => "is not there yet",
            Newness::Empty => "is empty",
            Newness::Unfilled => "is still to be filled (it holds .waiide-unfilled)",
            Newness::Unserved => "is the container's own and was not served before",
            Newness::Used => "is not empty",
            Newness::Unknown => "can't be looked into yet",
        }
    }
}

/// A device's numbers.
type Device = (u32, u32);

/// What is decided about a home's first files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fill {
    /// Whether the home is new.
    pub newness: Newness,
    /// What it gets a copy of, the first one first.
    pub sources: Vec<PathBuf>,
    /// The home that the image gave the user, if that is a source.
    pub image_home: Option<PathBuf>,
    /// The device that the home is on, or will be.
    #[serde(skip)]
    pub device: Option<Device>,
}

/// Decides, and changes nothing.
pub fn survey(site: &Site, host: &Host, past: &Past) -> Fill {
    let home = &site.home.path;
    let image_home = sources::image_home(site, host, past);
    let sources = image_home.iter().chain(&site.home.skeletons).cloned().collect();
    let newness = newness(home, &site.home.directories, past);
    Fill { newness, sources, image_home, device: device_of(home) }
}

/// Decides once more, after the drop, where something else is in the home's place than before,
/// such as a volume that a start hook has mounted, or where root could not look into it.
pub fn settle(fill: &Fill, site: &Site, past: &Past) -> Newness {
    let home = &site.home.path;
    match fill.newness != Newness::Unknown && device_of(home) == fill.device {
        true => fill.newness,
        false => newness(home, &site.home.directories, past),
    }
}

fn newness(home: &Path, directories: &[PathBuf], past: &Past) -> Newness {
    match Dir::open(home) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Newness::Missing,
        Err(_) => Newness::Unknown,
        Ok(dir) => look_into(&dir, home, directories, past).unwrap_or(Newness::Unknown),
    }
}

fn look_into(dir: &Dir, home: &Path, directories: &[PathBuf], past: &Past) -> io::Result<Newness> {
    if dir.peek(UNFILLED).is_ok() {
        return Ok(Newness::Unfilled);
    }
    if !dir.has_name(|name| NOTHING.iter().all(|nothing| name != *nothing))? {
        return Ok(Newness::Empty);
    }
    let is_containers = sources::is_containers_own(dir);
    match is_containers && !was_filled(home, directories, past) {
        true => Ok(Newness::Unserved),
        false => Ok(Newness::Used),
    }
}

/// Where nothing could be written down, a home that was served shows by its directories.
fn was_filled(home: &Path, directories: &[PathBuf], past: &Past) -> bool {
    match past.is_kept {
        true => past.filled.iter().any(|filled| filled == home),
        false => looks_served(home, directories),
    }
}

/// Whether all that each start makes is there.
fn looks_served(home: &Path, directories: &[PathBuf]) -> bool {
    directories.iter().filter(|path| path.starts_with(home)).all(|path| path.exists())
}

/// The device of a path, or of what it will lie in.
fn device_of(path: &Path) -> Option<Device> {
    let dir = path.ancestors().find_map(|path| Dir::open(path).ok())?;
    dir.meta().ok().map(|meta| meta.device)
}
