//! What everything may take together.

use super::*;

fn sizes(dir: &Path) -> u64 {
    names(dir).iter().map(|name| std::fs::metadata(dir.join(name)).unwrap().len()).sum()
}

/// How long the smallest form of a text is, with its head.
fn size_of_one() -> u64 {
    let home = tempfile::tempdir().unwrap();
    let assets = open(home.path());
    send(&assets, &Key::new(b"/"), Coding::Zstd, &accepts("zstd"), &text(1, 60_000));
    settle(&assets);
    sizes(home.path())
}

#[test]
fn files_that_were_used_least_recently_go_first() {
    let home = tempfile::tempdir().unwrap();
    let all = accepts("zstd");
    let keys: Vec<Key> = (0..4).map(|n: u8| Key::new(&[n])).collect();
    let one = size_of_one();
    let limit = one * 5 / 2;
    let assets = limited(Some(home.path()), limit, 1 << 20);
    for (number, key) in (0..).zip(&keys) {
        send(&assets, key, Coding::Zstd, &all, &text(number, 60_000));
        settle(&assets);
        assert!(sizes(home.path()) <= limit);
        // Times of files are coarse.
        std::thread::sleep(Duration::from_millis(20));
    }
    let found = |assets: &Assets| keys.iter().map(|key| assets.find(key, &all).is_some()).collect();
    let there: Vec<bool> = found(&assets);
    assert_eq!(there, [false, false, true, true]);
    // That was a use of each.
    settle(&assets);

    // A use is written down, so that it counts for the next one, too.
    let again = limited(Some(home.path()), limit, 1 << 20);
    settle(&again);
    assert!(again.find(&keys[2], &all).is_some());
    settle(&again);
    let smaller = limited(Some(home.path()), one * 3 / 2, 1 << 20);
    settle(&smaller);
    let there: Vec<bool> = found(&smaller);
    assert_eq!(there, [false, false, true, false]);
}

#[test]
fn what_is_in_memory_is_bounded_and_makes_room() {
    let all = accepts("zstd");
    let assets = limited(None, 0, 60_000);
    let key = |n: u8| Key::new(&[n]);
    for n in 0..5 {
        assert!(send(&assets, &key(n), Coding::Zstd, &all, &text(n.into(), 60_000)));
        settle(&assets);
        assert!(assets.find(&key(n), &all).is_some(), "{n}");
    }
    assert!(assets.find(&key(0), &all).is_none());
    assert!(assets.0.count() < 5);
    // One that is larger than all there is isn't kept, and takes nothing in the end.
    send(&assets, &key(9), Coding::Zstd, &all, &text(9, 400_000));
    settle(&assets);
    assert!(assets.find(&key(9), &all).is_none());
    send(&assets, &key(1), Coding::Zstd, &all, &text(1, 60_000));
    assert!(assets.find(&key(1), &all).is_some());
}

#[test]
fn content_that_is_too_long_is_not_kept() {
    let assets = Assets::open(Places::default());
    let (key, all) = (Key::new(b"/"), accepts("zstd"));
    let mut draft = assets.draft(&key, Coding::Zstd, &all).unwrap();
    let zeros = vec![0; 1 << 20];
    (0..65).for_each(|_| draft.push(&zeros, b"x"));
    draft.commit(None);
    assert!(assets.find(&key, &all).is_none());
}
