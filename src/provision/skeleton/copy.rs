//! Copying, with the user's rights: nothing that is there is overwritten, and what was begun is
//! gone on with at the next start.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use super::NOTHING;
use super::copied::Copied;
use super::staging::Staging;
use super::tree::Copier;
use crate::sys::dirfd::Dir;

/// Copies each of the sources into a home, in this order, so that of two files with one name the
/// first is the one that is there afterwards. Of the image's home, nothing that is mounted in it.
/// Goes on until `must_stop` says otherwise.
///
/// # Errors
/// The home can't be written to at all.
pub fn fill(
    home: &Path,
    sources: &[PathBuf],
    image_home: Option<&Path>,
    must_stop: impl Fn() -> bool,
) -> io::Result<Copied> {
    let home = Dir::open(home)?;
    let staging = Staging::make(&home)?;
    let mut copier = Copier {
        staging: &staging,
        must_stop: &must_stop,
        stays_on_mount: false,
        copied: Copied::default(),
    };
    for source in sources {
        copier.stays_on_mount = Some(source.as_path()) == image_home;
        match open_source(source) {
            Ok(from) => copier.tree(&from, &home, source, is_copied_at_top),
            Err(error) => copier.failed(source, &error),
        }
    }
    let mut copied = copier.copied;
    if !copied.is_out_of_room && !copied.is_stopped {
        copied.still_marked = staging.remove(&home).err().map(|error| error.to_string());
    }
    Ok(copied)
}

/// Where Kubernetes mounts a ConfigMap, each name is a link into what `..data` leads to.
fn open_source(path: &Path) -> io::Result<Dir> {
    let dir = Dir::open(path)?;
    match dir.read_link(OsStr::new("..data")) {
        Ok(name) => dir.directory(&name),
        Err(_) => Ok(dir),
    }
}

fn is_copied_at_top(name: &OsStr) -> bool {
    NOTHING.iter().all(|nothing| name != *nothing)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::provision::skeleton::UNFILLED;

    struct Place {
        root: tempfile::TempDir,
        home: PathBuf,
    }

    impl Place {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let home = root.path().join("home");
            fs::create_dir(&home).unwrap();
            Place { root, home }
        }

        fn source(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
            let source = self.root.path().join(name);
            fs::create_dir_all(&source).unwrap();
            for (file, text) in files {
                let path = source.join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            source
        }

        fn read(&self, name: &str) -> String {
            fs::read_to_string(self.home.join(name)).unwrap()
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn files_directories_and_links_are_copied_with_their_modes() {
        let place = Place::new();
        let source = place.source("skel", &[(".profile", "p"), ("closed/a", "a")]);
        set_mode(&source.join(".profile"), 0o666);
        set_mode(&source.join("closed"), 0o555);
        symlink("/etc/shadow", source.join("link")).unwrap();
        let copied = fill(&place.home, &[source], None, || false).unwrap();
        assert_eq!(copied, Copied { made: 4, ..Copied::default() });
        assert_eq!((place.read(".profile"), place.read("closed/a")), ("p".into(), "a".into()));
        assert_eq!(mode(&place.home.join(".profile")), 0o666);
        assert_eq!(mode(&place.home.join("closed")), 0o555);
        assert_eq!(fs::read_link(place.home.join("link")).unwrap(), Path::new("/etc/shadow"));
        assert!(!place.home.join(UNFILLED).exists());
    }

    #[test]
    fn the_first_source_wins_and_what_is_there_stays() {
        let place = Place::new();
        let one = place.source("one", &[("a", "1"), ("dir/x", "1"), ("mine", "1")]);
        let two = place.source("two", &[("a", "2"), ("dir/x", "2"), ("dir/y", "2"), ("b/c", "2")]);
        fs::write(place.home.join("mine"), "mine").unwrap();
        fs::write(place.home.join("b"), "a file").unwrap();
        fill(&place.home, &[one, two], None, || false).unwrap();
        let read = ["a", "dir/x", "dir/y", "mine", "b"].map(|name| place.read(name));
        assert_eq!(read, ["1", "1", "2", "mine", "a file"]);
    }

    #[test]
    fn a_link_in_the_home_is_not_followed() {
        let place = Place::new();
        let source = place.source("skel", &[("dir/x", "x")]);
        let outside = place.source("outside", &[]);
        symlink(&outside, place.home.join("dir")).unwrap();
        fill(&place.home, &[source], None, || false).unwrap();
        assert_eq!(fs::read_dir(outside).unwrap().count(), 0);
    }

    #[test]
    fn what_cannot_be_copied_is_counted_and_named() {
        let place = Place::new();
        let source = place.source("skel", &[("a", "a")]);
        let copied = fill(&place.home, &["/no/such/skel".into(), source], None, || false).unwrap();
        assert_eq!((copied.made, copied.failed), (1, 1));
        assert!(copied.first_failure.unwrap().contains("/no/such/skel"));
    }

    #[test]
    fn only_permission_bits_are_kept() {
        let place = Place::new();
        let source = place.source("skel", &[("a", "a")]);
        set_mode(&source.join("a"), 0o6755);
        fill(&place.home, &[source], None, || false).unwrap();
        assert_eq!(mode(&place.home.join("a")), 0o755);
    }

    #[test]
    fn what_an_interrupted_copy_left_is_completed() {
        let place = Place::new();
        let source = place.source("skel", &[("a", "whole")]);
        let staging = place.home.join(UNFILLED);
        fs::create_dir(&staging).unwrap();
        fs::write(staging.join("part-0"), "wh").unwrap();
        fill(&place.home, &[source], None, || false).unwrap();
        assert_eq!(place.read("a"), "whole");
        assert!(!staging.exists());
    }

    /// Two servers of one user, on one new volume.
    #[test]
    fn two_who_fill_one_home_at_the_same_time_mix_nothing_up() {
        // Large, so that one is written while the other begins.
        let file = |number| (format!("file-{number}"), format!("{number} ").repeat(100_000));
        let files: Vec<(String, String)> = (0..20).map(file).collect();
        for _ in 0..5 {
            let place = Place::new();
            let all: Vec<_> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
            let sources = [place.source("skel", &all)];
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| fill(&place.home, &sources, None, || false).unwrap());
                }
            });
            assert!(all.iter().all(|(name, text)| place.read(name) == *text));
            assert!(!place.home.join(UNFILLED).exists());
        }
    }

    #[test]
    fn what_an_image_put_beside_it_goes_as_well_and_no_link_is_followed() {
        let place = Place::new();
        let source = place.source("skel", &[("a", "a")]);
        let outside = place.source("outside", &[("kept", "kept")]);
        let staging = place.home.join(UNFILLED);
        fs::create_dir(&staging).unwrap();
        fs::write(staging.join(".keep"), "").unwrap();
        symlink(&outside, staging.join("link")).unwrap();
        fs::hard_link(outside.join("kept"), staging.join("kept")).unwrap();
        let copied = fill(&place.home, &[source], None, || false).unwrap();
        assert_eq!(copied, Copied { made: 1, ..Copied::default() });
        assert!(!staging.exists());
        assert_eq!(fs::read_to_string(outside.join("kept")).unwrap(), "kept");
    }

    #[test]
    fn a_mark_that_stays_is_told_in_its_own_words() {
        let place = Place::new();
        let source = place.source("skel", &[("a", "a")]);
        fs::create_dir_all(place.home.join(UNFILLED).join("inner")).unwrap();
        let copied = fill(&place.home, &[source], None, || false).unwrap();
        let warnings: Vec<_> = copied.warnings(&place.home).collect();
        assert_eq!((copied.made, warnings.len()), (1, 1));
        for part in ["Directory not empty", "bring back", "rm -r ", UNFILLED] {
            assert!(warnings[0].contains(part), "{part}: {warnings:?}");
        }
    }

    #[test]
    fn a_stop_leaves_what_is_missing_to_the_next_start() {
        let place = Place::new();
        let source = place.source("skel", &[("a", "a"), ("b", "b"), ("c", "c")]);
        let asked = std::cell::Cell::new(0);
        let must_stop = || asked.replace(asked.get() + 1) == 2;
        let copied = fill(&place.home, std::slice::from_ref(&source), None, must_stop).unwrap();
        assert_eq!((copied.made, copied.is_stopped), (2, true));
        assert!(place.home.join(UNFILLED).exists());
        assert_eq!(fill(&place.home, &[source], None, || false).unwrap().made, 1);
        assert_eq!(place.read("c"), "c");
    }

    #[test]
    fn a_config_map_is_copied_as_files() {
        let place = Place::new();
        let source = place.source("skel", &[("..2026/a", "a")]);
        symlink("..2026", source.join("..data")).unwrap();
        symlink("..data/a", source.join("a")).unwrap();
        fill(&place.home, &[source], None, || false).unwrap();
        assert!(fs::symlink_metadata(place.home.join("a")).unwrap().is_file());
        assert_eq!(fs::read_dir(&place.home).unwrap().count(), 1);
    }

    #[test]
    fn whatever_the_user_puts_in_the_markers_place_leads_nowhere() {
        let place = Place::new();
        let source = place.source("skel", &[("a", "a")]);
        let outside = place.source("outside", &[("part-0", "mine")]);
        symlink(&outside, place.home.join(UNFILLED)).unwrap();
        fill(&place.home, &[source], None, || false).unwrap();
        assert_eq!(place.read("a"), "a");
        assert_eq!(fs::read_to_string(outside.join("part-0")).unwrap(), "mine");
    }
}
