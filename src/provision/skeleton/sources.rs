//! The image's own home as a source for another one.

use std::path::{Path, PathBuf};

use super::looks_served;
use crate::environment::host::Host;
use crate::provision::served::Past;
use crate::site::Site;
use crate::sys::dirfd::Dir;

/// The home that the image gave the user, where another one is served and nobody has used it: a
/// user's home is never copied into somebody else's.
pub fn image_home(site: &Site, host: &Host, past: &Past) -> Option<PathBuf> {
    let uid = site.account.uid;
    let of_entry = || host.entry_of(uid).map(|entry| entry.home.clone());
    let image = past.image.clone().or_else(of_entry)?;
    let home = &site.home.path;
    let is_other = !home.starts_with(&image) && !image.starts_with(home);
    (is_other && !was_used(&image, site, past) && is_images(&image, uid)).then_some(image)
}

fn was_used(image: &Path, site: &Site, past: &Past) -> bool {
    let in_image = |path: &PathBuf| Some(image.join(path.strip_prefix(&site.home.path).ok()?));
    let directories: Vec<_> = site.home.directories.iter().filter_map(in_image).collect();
    past.started.iter().any(|visit| visit.home == image)
        || (!past.is_kept && looks_served(image, &directories))
}

/// Whether it lies in the container itself and is the user's; or root's among the homes, as after
/// a `COPY`. System users have homes such as `/bin`.
fn is_images(path: &Path, uid: u32) -> bool {
    let Ok(dir) = Dir::open(path) else { return false };
    let owner = dir.meta().map(|meta| meta.uid);
    is_containers_own(&dir)
        && owner.is_ok_and(|owner| owner == uid || (owner == 0 && path.starts_with("/home")))
}

/// Whether nothing is mounted there, nor above it but the root file system.
pub fn is_containers_own(dir: &Dir) -> bool {
    Dir::root().and_then(|root| dir.is_on_mount_of(&root)).unwrap_or(false)
}
