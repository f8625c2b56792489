//! Compressed forms of what does not change are kept, and never sent for anything else.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::compression::{content, text};
use crate::support::backend::Backend;
use crate::support::client::Reply;
use crate::support::control::Control;
use crate::support::eventually;
use crate::support::gateway::{Gateway, config};
use crate::support::talk::Talk;

const LINES: &str = "Content-Type: text/javascript\r\nCache-Control: public, max-age=31536000\r\n";

/// An IDE whose file can be changed.
fn before(first: String) -> (Backend, Arc<Mutex<String>>) {
    let body = Arc::new(Mutex::new(first));
    let shared = body.clone();
    let backend = Backend::start(move |mut served| {
        while served.head().is_some() {
            let body = shared.lock().unwrap().clone();
            let length = body.len();
            served
                .send(format!("HTTP/1.1 200 OK\r\n{LINES}Content-Length: {length}\r\n\r\n{body}"));
        }
    });
    (backend, body)
}

fn started(backend: &Backend, dir: &Path) -> (Control, Gateway) {
    let control = Control::ready();
    let mut config = config(&control, backend.address);
    config.cache_dir = Some(dir.to_owned());
    let gateway = Gateway::start(&config);
    (control, gateway)
}

fn get(gateway: &Gateway) -> Reply {
    gateway.ask("GET /app.js HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: zstd\r\n")
}

/// A kept form has a length; one that is being made has none.
fn is_kept(reply: &Reply) -> bool {
    reply.header("content-length").is_some()
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let all = fs::read_dir(dir).map(|all| all.map(|entry| entry.unwrap().path()).collect());
    all.unwrap_or_default()
}

#[test]
fn the_second_one_gets_what_the_first_one_got() {
    let body = text(300_000);
    let (backend, _) = before(body.clone());
    let dir = tempfile::tempdir().unwrap();
    let (_control, gateway) = started(&backend, &dir.path().join("a/b"));
    let first = get(&gateway);
    assert!(!is_kept(&first) && content(&first) == body);
    eventually("it is kept", || is_kept(&get(&gateway)));
    let second = get(&gateway);
    assert_eq!(second.header("content-encoding"), Some("zstd"));
    assert_eq!(second.header("vary"), Some("Accept-Encoding"));
    assert!(content(&second) == body);
}

#[test]
fn what_the_image_brings_along_is_sent() {
    let body = text(300_000);
    let (backend, _) = before(body.clone());
    let image = tempfile::tempdir().unwrap();
    let (server, forms) = (image.path().join("server"), image.path().join("assets"));
    fs::create_dir_all(server.join("out")).unwrap();
    fs::write(server.join("product.json"), "{}").unwrap();
    fs::write(server.join("out/app.js"), &body).unwrap();
    let program = env!("CARGO_BIN_EXE_waiide-init");
    let made = Command::new(program).arg("precompress").args([&server, &forms]).output().unwrap();
    let said = String::from_utf8_lossy(&made.stdout);
    assert!(made.status.success() && said.starts_with("1 files of 0.3 MB: "), "{said}");
    let brotli = files(&forms).into_iter().find(|file| file.extension() == Some("br".as_ref()));
    let made = fs::metadata(brotli.unwrap()).unwrap().len();

    let control = Control::ready();
    let mut config = config(&control, backend.address);
    config.precompressed_dir = Some(forms);
    let head = "GET /oss-dev/static/out/app.js HTTP/1.1\r\nHost: localhost\r\n\
        Accept-Encoding: br\r\n";
    let is_images = |reply: &Reply| {
        let length = reply.header("content-length").and_then(|length| length.parse::<u64>().ok());
        length.is_some_and(|length| length + 128 == made)
    };
    // A request that comes before they are found has a form made on the way, which may get smaller.
    let first = |tenths: u64| {
        let gateway = Gateway::start(&config);
        std::thread::sleep(Duration::from_millis(100 * tenths));
        gateway.ask(head)
    };
    let found = (1..=20).map(first).find(is_images);
    let reply = found.expect("the first request gets the image's");
    assert_eq!(reply.header("content-encoding"), Some("br"));
    assert!(content(&reply) == body);
}

/// What comes behind the head is the request's body, however soon the answer is there: never the next
/// request (RFC 9112 §9.3).
#[test]
fn a_body_that_comes_with_the_request_is_not_read_as_the_next_one() {
    const NEXT: &str = "GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let (backend, body) = before(text(300_000));
    let dir = tempfile::tempdir().unwrap();
    let (_control, gateway) = started(&backend, dir.path());
    get(&gateway);
    eventually("it is kept", || is_kept(&get(&gateway)));
    for changed in [text(300_000), text(300_000).replace("line 7 ", "line 8 ")] {
        *body.lock().unwrap() = changed;
        let mut talk = Talk::to(gateway.address());
        talk.say(format!(
            "GET /app.js HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: zstd\r\n\
             Content-Length: {}\r\n\r\n",
            NEXT.len()
        ));
        let answer = talk.answer();
        assert!(answer.status == 200 && answer.says_close(), "{:?}", answer.head);
        talk.say(NEXT);
        talk.is_over();
    }
}

#[test]
fn a_file_that_changed_is_sent_as_it_is_now() {
    let (backend, body) = before(text(300_000));
    let dir = tempfile::tempdir().unwrap();
    let (_control, gateway) = started(&backend, dir.path());
    get(&gateway);
    eventually("it is kept", || is_kept(&get(&gateway)));
    for changed in [text(300_001), text(300_000).replace("line 7 ", "line 8 ")] {
        *body.lock().unwrap() = changed.clone();
        let reply = get(&gateway);
        assert!(content(&reply) == changed);
        eventually("the new one is kept", || is_kept(&get(&gateway)));
        assert!(content(&get(&gateway)) == changed);
    }
}

#[test]
fn it_outlives_the_gateway() {
    let body = text(300_000);
    let (backend, _) = before(body.clone());
    let dir = tempfile::tempdir().unwrap();
    let (_control, gateway) = started(&backend, dir.path());
    get(&gateway);
    eventually("it is on the disk", || !files(dir.path()).is_empty());
    drop(gateway);
    let (_control, gateway) = started(&backend, dir.path());
    eventually("it is found", || is_kept(&get(&gateway)));
    assert!(content(&get(&gateway)) == body);
}

#[test]
fn a_damaged_file_is_not_sent() {
    let body = text(300_000);
    let (backend, _) = before(body.clone());
    let dir = tempfile::tempdir().unwrap();
    let (_control, gateway) = started(&backend, dir.path());
    get(&gateway);
    eventually("it is on the disk", || !files(dir.path()).is_empty());
    drop(gateway);
    for file in files(dir.path()).iter().filter(|file| file.is_file()) {
        let mut bytes = fs::read(file).unwrap();
        let middle = bytes.len() / 2;
        if let Some(byte) = bytes.get_mut(middle) {
            *byte ^= 0x55;
        }
        fs::write(file, bytes).unwrap();
    }
    let (_control, gateway) = started(&backend, dir.path());
    for _ in 0..10 {
        assert!(content(&get(&gateway)) == body);
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_no_obstacle() {
    let body = text(300_000);
    let (backend, _) = before(body.clone());
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let (_control, gateway) = started(&backend, &file.join("below"));
    assert!(content(&get(&gateway)) == body);
    eventually("it is kept in memory", || is_kept(&get(&gateway)));
    assert!(content(&get(&gateway)) == body);
}

/// A VS Code server says `Transfer-Encoding: chunked` of its files.
#[test]
fn what_states_no_length_is_kept_unless_it_is_small() {
    for (length, worth_it) in [(300_000, true), (10_000, false)] {
        let body = text(length);
        let sent = body.clone();
        let backend = Backend::start(move |mut served| {
            while served.head().is_some() {
                let head = format!("HTTP/1.1 200 OK\r\n{LINES}Transfer-Encoding: chunked\r\n\r\n");
                served.send(format!("{head}{:x}\r\n{sent}\r\n0\r\n\r\n", sent.len()));
            }
        });
        let dir = tempfile::tempdir().unwrap();
        let (_control, gateway) = started(&backend, dir.path());
        assert!(content(&get(&gateway)) == body);
        if worth_it {
            eventually("it is kept", || is_kept(&get(&gateway)));
        } else {
            assert!((0..10).all(|_| !is_kept(&get(&gateway))));
        }
        assert!(content(&get(&gateway)) == body);
    }
}
