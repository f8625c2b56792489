//! A client that ended its own side: it may listen still, or be gone.

use std::io::Read;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::json;

use super::Scene;
use crate::support::PATIENCE;
use crate::support::stage::get;

/// A client that hung up looks the same as one that listens: the IDE is not kept busy for ever.
#[test]
fn its_answer_is_not_waited_for_for_ever() {
    let (gone, heard) = channel();
    let gone = Mutex::new(gone);
    let scene = Scene::set(json!({ "half_closed": 500 }), move |mut served| {
        served.head();
        let _ = served.stream.read_to_end(&mut Vec::new());
        let _ = gone.lock().unwrap().send(());
    });
    let mut talk = scene.talk();
    talk.say(get(""));
    talk.finish();
    heard.recv_timeout(PATIENCE).expect("the IDE hears of it");
    talk.is_over();
}

#[test]
fn an_answer_that_comes_in_time_arrives() {
    let scene = Scene::set(json!({ "half_closed": 20_000 }), |mut served| {
        served.head();
        std::thread::sleep(Duration::from_millis(500));
        served.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let mut talk = scene.talk();
    talk.say(get(""));
    talk.finish();
    assert_eq!(talk.answer().text(), "ok");
    talk.is_over();
}

/// One that takes its answer is there.
#[test]
fn a_stream_that_goes_on_is_not_broken_off() {
    let scene = Scene::set(json!({ "half_closed": 1500 }), |mut served| {
        served.head();
        served.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for _ in 0..10 {
            std::thread::sleep(Duration::from_millis(300));
            served.send("1\r\nx\r\n");
        }
        served.send("0\r\n\r\n");
    });
    let mut talk = scene.talk();
    talk.say(get(""));
    talk.finish();
    assert_eq!(talk.answer().text(), "xxxxxxxxxx");
}
