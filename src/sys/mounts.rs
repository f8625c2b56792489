//! What is mounted where (proc_pid_mountinfo(5)), and how much room there is.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// A mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where it is mounted.
    pub point: PathBuf,
    /// What of the file system is mounted there, as a path from its top.
    pub root: PathBuf,
    /// Its type: `ext4`, `nfs4`, `fuse.sshfs`, …
    pub kind: String,
    /// What holds it: a device, a server's export, or any word.
    pub source: String,
    /// Whether this mount is for reading only.
    pub is_read_only: bool,
    /// Whether the file system itself is.
    pub is_file_system_read_only: bool,
}

/// The mount that a path is on; none where /proc is not to be had.
pub fn of(path: &Path) -> Option<Mount> {
    holding(&fs::read("/proc/self/mountinfo").ok()?, path)
}

/// The mount of the table that holds a path: of those whose point the path begins with, the
/// longest, and of two in one place the later, which covers the earlier.
fn holding(table: &[u8], path: &Path) -> Option<Mount> {
    table
        .split(|byte| *byte == b'\n')
        .filter_map(parse)
        .filter(|mount| path.starts_with(&mount.point))
        .max_by_key(|mount| mount.point.as_os_str().len())
}

fn parse(line: &[u8]) -> Option<Mount> {
    let fields: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let separator = fields.iter().position(|field| *field == b"-")?;
    let (mount, system) = fields.split_at(separator);
    let has_ro = |options: &[u8]| options.split(|byte| *byte == b',').any(|word| word == b"ro");
    let word = |field: &[u8]| String::from_utf8_lossy(unescaped(field).as_bytes()).into_owned();
    Some(Mount {
        root: unescaped(mount.get(3)?).into(),
        point: unescaped(mount.get(4)?).into(),
        is_read_only: has_ro(mount.get(5)?),
        kind: word(system.get(1)?),
        source: word(system.get(2)?),
        is_file_system_read_only: system.get(3).is_some_and(|options| has_ro(options)),
    })
}

/// Blanks, line ends and backslashes stand as a backslash and three octal digits.
fn unescaped(field: &[u8]) -> OsString {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, tail @ ..] = rest {
        let code = if *first == b'\\' { octal(tail) } else { None };
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[3..] } else { tail };
    }
    OsString::from_vec(bytes)
}

fn octal(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits.get(..3)?).ok()?;
    u8::from_str_radix(digits, 8).ok()
}

/// Less than this, in bytes, is nothing.
const LITTLE: u64 = 64 * 1024;

/// How much of a file system there is, and how much of that for who is not root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// All of it, in bytes.
    pub bytes: u64,
    /// What is left, in bytes.
    pub free_bytes: u64,
    /// How many files it can have; 0 where that is not limited.
    pub inodes: u64,
    /// How many more.
    pub free_inodes: u64,
}

impl Room {
    /// Asks the file system that a path is on (statvfs(3)).
    ///
    /// # Errors
    /// What the kernel said.
    pub fn of(path: &Path) -> io::Result<Self> {
        let found = nix::sys::statvfs::statvfs(path)?;
        // 32 bits wide on some architectures.
        #[allow(clippy::unnecessary_cast)]
        let (block, blocks, free, inodes, free_inodes) = (
            found.fragment_size() as u64,
            found.blocks() as u64,
            found.blocks_available() as u64,
            found.files() as u64,
            found.files_available() as u64,
        );
        Ok(Room {
            bytes: block.saturating_mul(blocks),
            free_bytes: block.saturating_mul(free),
            inodes,
            free_inodes,
        })
    }

    /// Whether hardly one more file would fit: some file systems say ENOSPC a few blocks before
    /// the last one. Others, that are made up, have no size at all.
    pub fn is_used_up(&self) -> bool {
        (self.bytes > 0 && self.free_bytes < LITTLE) || (self.inodes > 0 && self.free_inodes == 0)
    }
}

/// As in `1.5 GiB of 10.0 GiB and 7 of 100 inodes free`.
impl std::fmt::Display for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", in_units(self.free_bytes), in_units(self.bytes))?;
        match self.inodes {
            0 => write!(f, " free"),
            _ => write!(f, " and {} of {} inodes free", self.free_inodes, self.inodes),
        }
    }
}

/// So many bytes, in the largest unit of which there is one.
fn in_units(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let fits = (1..=units.len()).rev().find(|power| bytes >> (10 * power) > 0);
    match fits {
        None => format!("{bytes} B"),
        Some(power) => {
            format!("{:.1} {}", bytes as f64 / (1_u64 << (10 * power)) as f64, units[power - 1])
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TABLE: &[u8] = b"\
        22 1 0:21 / / ro,relatime - overlay overlay rw,lowerdir=/a,upperdir=/b\n\
        30 22 8:1 /srv/my\\040homes/alice /home/alice rw,relatime shared:1 master:2 - ext4 /dev/sda1 rw\n\
        31 22 0:50 / /home/alice/data ro - nfs4 nas:/export/data ro,vers=4.2\n\
        32 31 0:51 / /home/alice/data rw - tmpfs tmpfs rw\n\
        a line of nonsense\n";

    fn at(path: &str) -> Mount {
        holding(TABLE, Path::new(path)).unwrap()
    }

    #[test]
    fn the_longest_point_holds_a_path() {
        assert_eq!(at("/home/bob").point, Path::new("/"));
        assert!(at("/home/bob").is_read_only && !at("/home/bob").is_file_system_read_only);
        assert_eq!(at("/home/alice/x/y").point, Path::new("/home/alice"));
        assert_eq!(at("/home/alicexyz").point, Path::new("/"));
    }

    #[test]
    fn fields_are_read_past_the_optional_ones_and_blanks_are_blanks() {
        let mount = at("/home/alice");
        assert_eq!(mount.root, Path::new("/srv/my homes/alice"));
        assert_eq!((mount.kind.as_str(), mount.source.as_str()), ("ext4", "/dev/sda1"));
    }

    #[test]
    fn of_two_in_one_place_the_later_counts() {
        assert_eq!(at("/home/alice/data/x").kind, "tmpfs");
    }

    #[test]
    fn a_file_system_without_a_size_is_not_full() {
        let is_used_up = |bytes, free_bytes, inodes, free_inodes| {
            Room { bytes, free_bytes, inodes, free_inodes }.is_used_up()
        };
        assert!(!is_used_up(0, 0, 0, 0));
        assert!(is_used_up(1 << 30, 4096, 0, 0));
        assert!(is_used_up(1 << 30, 1 << 29, 3, 0));
        assert!(!is_used_up(65_536, 65_536, 0, 0));
    }

    #[test]
    fn sizes_are_told_in_units() {
        let told = [0, 1023, 1024, 1 << 20, 1536 << 20, u64::MAX].map(in_units);
        assert_eq!(told, ["0 B", "1023 B", "1.0 KiB", "1.0 MiB", "1.5 GiB", "16.0 EiB"]);
    }

    proptest! {
        #[test]
        fn no_table_is_too_odd(table in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = holding(&table, Path::new("/home"));
        }

        #[test]
        fn no_line_is_too_odd(line in "[0-9/a\\\\ -]{0,80}") {
            let _ = parse(line.as_bytes());
        }
    }
}
