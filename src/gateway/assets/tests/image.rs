//! Forms that the image brings along.

use std::fs;

use super::*;
use crate::gateway::assets::precompress;

const TARGET: &[u8] = b"/stable-c0/static/out/workbench.js";

/// A VS Code server with one file for browsers, and what an image has of it.
fn image(content: &[u8]) -> tempfile::TempDir {
    let image = tempfile::tempdir().unwrap();
    let server = image.path().join("server");
    fs::create_dir_all(server.join("out")).unwrap();
    fs::write(server.join("product.json"), r#"{"quality": "stable", "commit": "c0"}"#).unwrap();
    fs::write(server.join("out/workbench.js"), content).unwrap();
    let made = precompress::run(&server, &image.path().join("assets")).unwrap();
    assert_eq!((made.files, made.bytes), (1, content.len() as u64));
    image
}

fn start(image: &Path, cache: Option<&Path>) -> Assets {
    let cache = cache.map(Path::to_owned);
    let assets = Assets::open(Places { cache, image: Some(image.join("assets")) });
    settle(&assets);
    assets
}

#[test]
fn the_first_visit_gets_the_images_form_and_nothing_is_made_after_it() {
    let (content, home) = (text(1, 90_000), tempfile::tempdir().unwrap());
    let image = image(&content);
    let assets = start(image.path(), Some(home.path()));
    for (line, coding) in [("gzip, br, zstd", Coding::Brotli), ("gzip", Coding::Gzip)] {
        let kept = assets.find(&Key::new(TARGET), &accepts(line)).unwrap();
        assert_eq!(kept.coding(), coding);
        assert!(kept.is_of(identity(&content)));
        assert_eq!(decoded(&kept).unwrap(), content);
    }
    settle(&assets);
    assert_eq!(assets.0.count(), 2);
    assert!(names(home.path()).is_empty());
}

#[test]
fn what_the_ide_has_changed_is_not_sent_from_the_image() {
    let image = image(&text(1, 90_000));
    let assets = start(image.path(), None);
    let (key, all) = (Key::new(TARGET), accepts("br"));
    assert!(!assets.find(&key, &all).unwrap().is_of(identity(b"other")));
    assert!(assets.find(&key, &accepts("gzip, br")).is_none());
    assert_eq!(names(&image.path().join("assets")).len(), 2);
}

#[test]
fn what_was_kept_of_a_changed_file_counts_from_the_next_start_on() {
    let (image, home) = (image(&text(1, 90_000)), tempfile::tempdir().unwrap());
    let (key, all, changed) = (Key::new(TARGET), accepts("br"), text(2, 90_000));
    let assets = start(image.path(), Some(home.path()));
    assert!(!assets.find(&key, &all).unwrap().is_of(identity(&changed)));
    assert!(send(&assets, &key, Coding::Brotli, &all, &changed));
    settle(&assets);
    drop(assets);
    let assets = start(image.path(), Some(home.path()));
    assert!(assets.find(&key, &all).unwrap().is_of(identity(&changed)));
}

/// One that anybody could have put there is decoded as a whole first, like the cache's.
#[test]
fn what_others_than_root_may_change_is_not_believed() {
    use std::os::unix::fs::PermissionsExt;
    let content = text(1, 90_000);
    let image = image(&content);
    let forms = image.path().join("assets");
    for name in names(&forms) {
        let path = forms.join(name);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    }
    assert_eq!(start(image.path(), None).0.count(), 0);
}

#[test]
fn an_earlier_releases_forms_go_and_nothing_else() {
    let (content, folder) = (text(1, 90_000), tempfile::tempdir().unwrap());
    let old = folder.path().join(format!("{}.br", "0".repeat(64)));
    let (other, image) = (folder.path().join("notes.txt"), image(&content));
    fs::write(&old, "old").unwrap();
    fs::write(&other, "mine").unwrap();
    precompress::run(&image.path().join("server"), folder.path()).unwrap();
    assert!(!old.exists() && other.exists());
    assert_eq!(names(folder.path()).len(), 3);
}

#[test]
fn an_image_without_any_starts_all_the_same() {
    let image = tempfile::tempdir().unwrap();
    assert_eq!(start(image.path(), None).0.count(), 0);
}

#[test]
fn a_folder_that_is_there_keeps_its_permissions_and_a_new_one_is_for_all_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let (image, folder) = (image(&text(1, 90_000)), tempfile::tempdir().unwrap());
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    let new = folder.path().join("a/b");
    precompress::run(&image.path().join("server"), &new).unwrap();
    assert_eq!(mode(folder.path()), 0o1777);
    assert_eq!((mode(&new), mode(&folder.path().join("a"))), (0o755, 0o755));
}
