//! Whose a home was before: a file in it.
//!
//! Where the user's id changes from one start to the next, the files of the earlier id are taken
//! over. The home is the user's, who can put any file here, and could name somebody else's id to
//! be given what is theirs. So a record counts for no more than whoever owns it could give away:
//! the owner's own files, or any if it is root's. Nobody can make a file that is somebody else's,
//! and a link to another home's record is known by its number of names, and by the home that it
//! says it is for.

use std::ffi::OsStr;
use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::sys::creds::{self, FileRights};
use crate::sys::dirfd::{Dir, Kind, Meta, give_file_to};
use crate::sys::stat;

/// Its name in the home.
pub const NAME: &str = ".waiide-owners";
/// The name that it is written under.
pub const NEW: &str = ".waiide-owners.new";
const LONGEST: u64 = 4096;
/// How many ids are remembered, so that it stays short whatever happens.
const MOST: usize = 32;

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// The home's inode: a record of another home is none.
    home: u64,
    /// The ids that files in it were given to and may still belong to, the latest last.
    owners: Vec<u32>,
}

/// Whose the home was, besides `uid`; nobody's where there is no record, or none to be trusted.
pub fn earlier(home: &Dir, uid: u32) -> Vec<u32> {
    let mut owners = read(home).map(|(meta, record)| trusted(&meta, record.owners));
    let owners = owners.get_or_insert_default();
    owners.retain(|owner| *owner != uid && *owner != 0);
    std::mem::take(owners)
}

/// Notes that files are about to be given to `uid`. Until [`settle`], some may still be an earlier
/// owner's. Without root, an earlier owner's record stays as it is: it speaks of files that only
/// root can give away.
///
/// # Errors
/// Neither this process nor the user may write there.
pub fn begin(home: &Dir, uid: u32, gid: u32) -> io::Result<()> {
    let mut owners = earlier(home, uid);
    match (owners.is_empty(), creds::uid()) {
        (true, _) => return settle(home, uid, gid),
        (false, 0) => {}
        (false, _) => return Ok(()),
    }
    owners.push(uid);
    owners.drain(..owners.len().saturating_sub(MOST));
    write(home, owners, (0, 0))
}

/// Notes that all there is has been given to `uid`.
///
/// # Errors
/// Neither this process nor the user may write there.
pub fn settle(home: &Dir, uid: u32, gid: u32) -> io::Result<()> {
    match write(home, vec![uid], (uid, gid)) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let _rights = FileRights::of(uid, gid)?;
            write(home, vec![uid], (uid, gid))
        }
        written => written,
    }
}

fn read(home: &Dir) -> Option<(Meta, Record)> {
    let file = home.file(OsStr::new(NAME)).ok()?;
    // Looked at by the same descriptor that is read from.
    let meta = stat::of(&file).ok().filter(|meta| meta.kind == Kind::File && meta.links == 1)?;
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    let record: Record = serde_json::from_str(&text).ok()?;
    (record.home == home.meta().ok()?.inode).then_some((meta, record))
}

/// The ids that the owner of a record can speak for.
fn trusted(meta: &Meta, mut owners: Vec<u32>) -> Vec<u32> {
    let is_roots_alone = meta.uid == 0 && meta.mode & 0o022 == 0;
    owners.retain(|owner| is_roots_alone || *owner == meta.uid);
    owners
}

fn write(home: &Dir, owners: Vec<u32>, (uid, gid): (u32, u32)) -> io::Result<()> {
    let record = Record { home: home.meta()?.inode, owners };
    if read(home).is_some_and(|(meta, known)| meta.uid == uid && known == record) {
        return Ok(());
    }
    let (name, new) = (OsStr::new(NAME), OsStr::new(NEW));
    // One that an earlier start was interrupted in, or that the user has put there.
    let _ = home.remove(new);
    let mut file = home.create(new, 0o644)?;
    let written = file.write_all(&serde_json::to_vec(&record)?).and_then(|()| {
        if stat::of(&file)?.uid != uid {
            give_file_to(&file, uid, gid)?;
        }
        home.rename(new, name)
    });
    written.inspect_err(|_| {
        let _ = home.remove(new);
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
    use std::path::PathBuf;

    use super::*;

    struct Home {
        _root: tempfile::TempDir,
        path: PathBuf,
    }

    impl Home {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let path = root.path().canonicalize().unwrap().join("home");
            fs::create_dir(&path).unwrap();
            Home { _root: root, path }
        }

        fn dir(&self) -> Dir {
            Dir::open(&self.path).unwrap()
        }

        fn record(&self) -> PathBuf {
            self.path.join(NAME)
        }
    }

    fn is_root() -> bool {
        crate::sys::creds::uid() == 0
    }

    #[test]
    fn an_earlier_owner_is_remembered_until_all_is_given_to_the_next() {
        if !is_root() {
            return;
        }
        let home = Home::new();
        assert_eq!(earlier(&home.dir(), 1000), &[0_u32; 0]);
        begin(&home.dir(), 1000, 100).unwrap();
        assert_eq!(home.record().metadata().unwrap().uid(), 1000);
        assert_eq!(earlier(&home.dir(), 1000), &[0_u32; 0]);
        begin(&home.dir(), 2000, 100).unwrap();
        assert_eq!(home.record().metadata().unwrap().uid(), 0);
        assert_eq!(earlier(&home.dir(), 2000), [1000]);
        begin(&home.dir(), 3000, 100).unwrap();
        assert_eq!(earlier(&home.dir(), 3000), [1000, 2000]);
        settle(&home.dir(), 3000, 100).unwrap();
        assert_eq!(earlier(&home.dir(), 1000), [3000]);
    }

    #[test]
    fn a_record_that_others_may_have_written_is_none() {
        if !is_root() {
            return;
        }
        let breaks: [fn(&Home); 6] = [
            |home| chown(home.record(), Some(1000), None).unwrap(),
            |home| {
                chown(home.record(), Some(0), None).unwrap();
                let open = fs::Permissions::from_mode(0o666);
                fs::set_permissions(home.record(), open).unwrap();
            },
            |home| fs::hard_link(home.record(), home.path.join("other")).unwrap(),
            |home| {
                fs::rename(home.record(), home.path.join("real")).unwrap();
                symlink("real", home.record()).unwrap();
            },
            |home| fs::write(home.record(), "{").unwrap(),
            |home| {
                let other = Home::new();
                settle(&other.dir(), 7, 7).unwrap();
                fs::copy(other.record(), home.record()).unwrap();
                chown(home.record(), Some(7), None).unwrap();
            },
        ];
        for (number, breaks) in breaks.iter().enumerate() {
            let home = Home::new();
            settle(&home.dir(), 7, 7).unwrap();
            assert_eq!(earlier(&home.dir(), 1000), [7]);
            breaks(&home);
            assert_eq!(earlier(&home.dir(), 1000), &[0_u32; 0], "{number}");
            // What stood in the way does not keep a new one from being written.
            settle(&home.dir(), 8, 8).unwrap();
            assert_eq!(earlier(&home.dir(), 1000), [8], "{number}");
        }
    }

    #[test]
    fn a_user_can_speak_for_nobody_else() {
        if !is_root() {
            return;
        }
        let home = Home::new();
        write(&home.dir(), vec![1000, 2000, 3000], (1000, 100)).unwrap();
        assert_eq!(earlier(&home.dir(), 5000), [1000]);
        write(&home.dir(), vec![1000, 2000, 3000], (0, 0)).unwrap();
        assert_eq!(earlier(&home.dir(), 5000), [1000, 2000, 3000]);
    }

    #[test]
    fn root_is_nobody_to_be_remembered() {
        if !is_root() {
            return;
        }
        let home = Home::new();
        write(&home.dir(), vec![0, 5], (0, 0)).unwrap();
        assert_eq!(earlier(&home.dir(), 1000), [5]);
    }
}
