//! The store as the gateway uses it.

mod damage;
mod image;
mod limits;
mod operations;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::identity::Identity;
use super::store::{Places, Store};
use super::{Assets, Digest, Kept, Key};
use crate::gateway::encoding::{Accepted, Coding, Decoder, Effort, Encoder};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Text that compresses to about a third.
fn text(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761).max(1);
    let mut bytes = Vec::with_capacity(length + 16);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        bytes.extend(format!("{:x} = {};\n", state & 0xfff, state & 0xff).bytes());
    }
    bytes.truncate(length);
    bytes
}

fn accepts(line: &str) -> Accepted {
    Accepted::of([line.as_bytes()])
}

fn identity(content: &[u8]) -> Identity {
    let mut digest = Digest::default();
    digest.update(content);
    digest.finish()
}

/// A store with limits of its own.
fn limited(dir: Option<&Path>, disk: u64, memory: u64) -> Assets {
    let places = Places { cache: dir.map(Path::to_owned), image: None };
    Assets(Arc::new(Store::new(places, disk, memory)))
}

fn open(dir: &Path) -> Assets {
    let assets = Assets::open(Places { cache: Some(dir.to_owned()), image: None });
    settle(&assets);
    assets
}

/// Waits until everything is written, proven and made smaller.
fn settle(assets: &Assets) {
    let deadline = Instant::now() + PATIENCE;
    while !assets.0.is_at_rest() {
        assert!(Instant::now() < deadline, "work is not done");
        std::thread::sleep(Duration::from_millis(1));
    }
    // Collects what was done last.
    assets.0.count();
}

/// What the gateway does with a response that is new. Whether it was kept.
fn send(assets: &Assets, key: &Key, coding: Coding, accepted: &Accepted, content: &[u8]) -> bool {
    let Some(mut draft) = assets.draft(key, coding, accepted) else {
        return false;
    };
    let mut encoder = Encoder::with(coding, Effort::Asset, Some(content.len() as u64));
    for piece in content.chunks(10_000) {
        let mut encoded = Vec::new();
        encoder.write(piece, &mut encoded).unwrap();
        draft.push(piece, &encoded);
    }
    let mut encoded = Vec::new();
    encoder.finish(&mut encoded).unwrap();
    draft.push(b"", &encoded);
    draft.commit(None);
    true
}

/// All bytes of a form, as they are sent.
fn bytes(kept: &Kept) -> Option<Vec<u8>> {
    let (mut all, mut block) = (Vec::new(), Vec::new());
    let mut reader = kept.reader();
    loop {
        reader.read(&mut block).ok()?;
        if block.is_empty() {
            return Some(all);
        }
        all.extend(&block);
    }
}

fn decoded(kept: &Kept) -> Option<Vec<u8>> {
    let encoded = bytes(kept)?;
    assert_eq!(encoded.len() as u64, kept.length());
    let (mut out, mut taken) = (Vec::new(), 0);
    let mut decoder = Decoder::new(kept.coding());
    loop {
        let step = decoder.decode(&encoded[taken..], &mut out, 1 << 16).unwrap();
        taken += step.taken;
        if !step.is_full {
            decoder.finish().unwrap();
            return Some(out);
        }
    }
}

/// The names in a directory.
fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn only_file(dir: &Path) -> PathBuf {
    let names = names(dir);
    assert_eq!(names.len(), 1, "{names:?}");
    dir.join(&names[0])
}

#[test]
fn the_second_client_gets_what_was_kept_and_so_does_one_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join(".cache/waiide-init/assets");
    let (key, all, content) =
        (Key::new(b"/workbench.js"), accepts("gzip, br, zstd"), text(1, 600_000));
    let assets = open(&dir);
    assert!(assets.find(&key, &all).is_none());
    assert!(send(&assets, &key, Coding::Zstd, &all, &content));

    let first = assets.find(&key, &all).expect("at once, before anything is written");
    assert_eq!(decoded(&first).unwrap(), content);
    assert!(first.length() > 2 * 64 * 1024, "it has several blocks");
    settle(&assets);
    let smaller = assets.find(&key, &all).unwrap();
    assert!(smaller.length() < first.length());
    assert_eq!(decoded(&smaller).unwrap(), content);
    // Whoever has begun to read the first goes on.
    assert_eq!(decoded(&first).unwrap(), content);

    let after = open(&dir).find(&key, &all).unwrap();
    assert_eq!(bytes(&after), bytes(&smaller));
    assert!(after.is_of(identity(&content)));
    assert!(open(&dir).find(&Key::new(b"/other.js"), &all).is_none());
}

#[test]
fn a_client_gets_what_it_takes_and_the_smallest_of_that() {
    let assets = Assets::open(Places::default());
    let (key, content) = (Key::new(b"/workbench.js"), text(2, 60_000));
    let (old, new) = (accepts("gzip"), accepts("gzip, br"));
    assert!(send(&assets, &key, Coding::Gzip, &old, &content));
    settle(&assets);
    assert_eq!(assets.find(&key, &old).unwrap().coding(), Coding::Gzip);
    assert!(assets.find(&key, &accepts("zstd")).is_none());
    assert!(assets.find(&key, &accepts("")).is_none());

    assert_eq!(assets.find(&key, &new).unwrap().coding(), Coding::Gzip);
    settle(&assets);
    let made = assets.find(&key, &new).unwrap();
    assert_eq!((made.coding(), decoded(&made).unwrap()), (Coding::Brotli, content));
    assert_eq!(assets.find(&key, &old).unwrap().coding(), Coding::Gzip);
    let liked = accepts("gzip, br;q=0.5");
    assert_eq!(assets.find(&key, &liked).unwrap().coding(), Coding::Gzip);
}

#[test]
fn what_the_ide_no_longer_has_is_dropped() {
    let home = tempfile::tempdir().unwrap();
    let (key, all) = (Key::new(b"/a.js"), accepts("zstd"));
    let (old, new) = (text(3, 50_000), text(4, 50_000));
    let assets = open(home.path());
    send(&assets, &key, Coding::Zstd, &all, &old);
    settle(&assets);
    assert!(!assets.find(&key, &all).unwrap().is_of(identity(&new)));
    assert!(assets.find(&key, &all).is_none());
    settle(&assets);
    assert_eq!(names(home.path()), [""; 0]);

    send(&assets, &key, Coding::Zstd, &all, &old);
    send(&assets, &key, Coding::Zstd, &all, &new);
    assert!(assets.find(&key, &all).unwrap().is_of(identity(&new)));
    settle(&assets);
    assert_eq!(decoded(&assets.find(&key, &all).unwrap()).unwrap(), new);
    assert_eq!(decoded(&open(home.path()).find(&key, &all).unwrap()).unwrap(), new);
}

#[test]
fn a_strong_tag_says_that_it_is_the_same() {
    let assets = Assets::open(Places::default());
    let (key, all) = (Key::new(b"/a.js"), accepts("zstd"));
    let has_tag = |given: &[u8], asked: &[u8]| {
        let mut draft = assets.draft(&key, Coding::Zstd, &all).unwrap();
        let mut encoded = Vec::new();
        let mut encoder = Encoder::new(Coding::Zstd, None);
        encoder.write(b"content", &mut encoded).unwrap();
        encoder.finish(&mut encoded).unwrap();
        draft.push(b"content", &encoded);
        draft.commit(Some(given));
        settle(&assets);
        assets.find(&key, &all).unwrap().has_tag(asked)
    };
    assert!(has_tag(b"\"1\"", b"\"1\""));
    assert!(!has_tag(b"\"1\"", b"\"2\""));
    assert!(!has_tag(b"\"1\"", b"W/\"1\""));
    assert!(!has_tag(b"W/\"1\"", b"W/\"1\""));
    assert!(!has_tag(b"", b""));
}

#[test]
fn a_draft_that_is_dropped_leaves_nothing_and_there_is_one_at_a_time() {
    let home = tempfile::tempdir().unwrap();
    let (key, all) = (Key::new(b"/a.js"), accepts("zstd"));
    let assets = open(home.path());
    let mut draft = assets.draft(&key, Coding::Zstd, &all).unwrap();
    draft.push(b"a part of it", b"and of that");
    assert!(assets.draft(&key, Coding::Zstd, &all).is_none());
    assert!(assets.draft(&key, Coding::Gzip, &all).is_some());
    assert!(assets.draft(&Key::new(b"/b.js"), Coding::Zstd, &all).is_some());
    drop(draft);
    settle(&assets);
    assert!(assets.find(&key, &all).is_none());
    assert!(assets.draft(&key, Coding::Zstd, &all).is_some());
    assert_eq!(names(home.path()), [""; 0]);
}

#[test]
fn what_was_not_made_smaller_in_time_is_after_the_restart() {
    let home = tempfile::tempdir().unwrap();
    let (key, all, content) = (Key::new(b"/a.js"), accepts("zstd"), text(5, 80_000));
    let assets = Assets::open(Places::default());
    send(&assets, &key, Coding::Zstd, &all, &content);
    let first = assets.find(&key, &all).unwrap().length();
    // With no room in memory for the smaller one, there is only the first.
    let assets = limited(Some(home.path()), 1 << 20, first + 1000);
    send(&assets, &key, Coding::Zstd, &all, &content);
    let held = assets.find(&key, &all).unwrap();
    settle(&assets);
    assert_eq!(assets.find(&key, &all).unwrap().length(), first);
    drop(held);
    let second = open(home.path()).find(&key, &all).unwrap();
    assert!(second.length() < first, "{} {first}", second.length());
    assert_eq!(decoded(&second).unwrap(), content);
}
