//! Whatever happens, and in whatever order: what is sent is what the IDE has.

use proptest::prelude::*;

use super::*;

/// Something that happens.
#[derive(Debug, Clone)]
enum Event {
    /// A client gets this version of this asset.
    Send { asset: u8, version: u32, coding: Coding, waits: bool },
    /// A client asks for an asset whose version in the IDE is this.
    Ask { asset: u8, version: u32, gzip_only: bool },
    /// A byte of a file changes.
    Flip { file: usize, place: usize },
    /// A file is cut.
    Cut { file: usize, place: usize },
    /// A file gets another's content.
    Copy { from: usize, to: usize },
    /// All files go.
    Clear,
    /// The gateway starts anew.
    Restart,
    /// Another one uses the same directory.
    Other { asset: u8, version: u32 },
}

fn event() -> impl Strategy<Value = Event> {
    let coding = proptest::sample::select(vec![Coding::Zstd, Coding::Zstd, Coding::Gzip]);
    let what = || (0u8..2, 0u32..2);
    prop_oneof![
        4 => (what(), coding, any::<bool>())
            .prop_map(|((asset, version), coding, waits)| Event::Send { asset, version, coding, waits }),
        6 => (what(), any::<bool>())
            .prop_map(|((asset, version), gzip_only)| Event::Ask { asset, version, gzip_only }),
        1 => (0..4usize, 0..4000usize).prop_map(|(file, place)| Event::Flip { file, place }),
        1 => (0..4usize, 0..4000usize).prop_map(|(file, place)| Event::Cut { file, place }),
        1 => (0..4usize, 0..4usize).prop_map(|(from, to)| Event::Copy { from, to }),
        1 => Just(Event::Clear),
        2 => Just(Event::Restart),
        1 => what().prop_map(|(asset, version)| Event::Other { asset, version }),
    ]
}

fn key(asset: u8) -> Key {
    Key::new(&[asset])
}

/// What the IDE has.
fn content(asset: u8, version: u32) -> Vec<u8> {
    text(u32::from(asset) * 100 + version + 1, 9000)
}

fn change(dir: &Path, file: usize, change: impl FnOnce(&mut Vec<u8>)) {
    if let Some(name) = names(dir).get(file) {
        let mut bytes = std::fs::read(dir.join(name)).unwrap_or_default();
        change(&mut bytes);
        let _ = std::fs::write(dir.join(name), bytes);
    }
}

/// What the gateway does for a client; the content that the client gets from what was kept.
fn ask(assets: &Assets, asset: u8, version: u32, accepted: &Accepted) -> Option<Vec<u8>> {
    let kept = assets.find(&key(asset), accepted)?;
    assert!(accepted.takes(kept.coding()));
    kept.is_of(identity(&content(asset, version))).then(|| decoded(&kept)).flatten()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nobody_ever_gets_anything_else(events in proptest::collection::vec(event(), 1..25)) {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("assets");
        let all = accepts("gzip, br, zstd");
        let mut assets = open(&dir);
        // Their threads go on, as those of other containers would.
        let mut earlier = Vec::new();
        for event in events {
            match event {
                Event::Send { asset, version, coding, waits } => {
                    send(&assets, &key(asset), coding, &all, &content(asset, version));
                    // It may be a form that was there before, in a file that was damaged since.
                    let got = ask(&assets, asset, version, &all);
                    prop_assert!(got.is_none_or(|got| got == content(asset, version)));
                    if waits {
                        settle(&assets);
                    }
                }
                Event::Ask { asset, version, gzip_only } => {
                    let accepted = if gzip_only { accepts("gzip") } else { all };
                    let got = ask(&assets, asset, version, &accepted);
                    prop_assert!(got.is_none_or(|got| got == content(asset, version)));
                }
                Event::Flip { file, place } => change(&dir, file, |bytes| {
                    bytes.get_mut(place).into_iter().for_each(|byte| *byte ^= 1);
                }),
                Event::Cut { file, place } => change(&dir, file, |bytes| bytes.truncate(place)),
                Event::Copy { from, to } => {
                    let names = names(&dir);
                    if let (Some(from), Some(to)) = (names.get(from), names.get(to)) {
                        let _ = std::fs::copy(dir.join(from), dir.join(to));
                    }
                }
                Event::Clear => {
                    for name in names(&dir) {
                        let _ = std::fs::remove_file(dir.join(name));
                    }
                }
                Event::Restart => earlier.push(std::mem::replace(&mut assets, open(&dir))),
                Event::Other { asset, version } => {
                    let other = open(&dir);
                    send(&other, &key(asset), Coding::Zstd, &all, &content(asset, version));
                    settle(&other);
                }
            }
        }
        earlier.iter().chain([&assets]).for_each(settle);
        let parts = names(&dir).iter().filter(|name| name.ends_with(".part")).count();
        prop_assert_eq!(parts, 0);
    }
}
