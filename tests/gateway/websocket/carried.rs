//! WebSockets are carried through, byte for byte.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use nix::sys::signal::Signal;

use crate::support::backend::{Backend, Served, values};
use crate::support::client::Client;
use crate::support::control::Control;
use crate::support::eventually;
use crate::support::gateway::{Gateway, config};

const UPGRADE: &str = "GET /stable?reconnectionToken=x HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Extensions: permessage-deflate\r\n";
const SWITCHED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: b\r\n\r\n";

/// A gateway before an IDE that takes every WebSocket.
fn before(serve: impl Fn(Served) + Send + Sync + 'static) -> (Control, Backend, Gateway) {
    let backend = Backend::start(move |mut served| {
        served.head();
        served.send(SWITCHED);
        serve(served);
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    (control, backend, gateway)
}

fn open(gateway: &Gateway) -> (Client<TcpStream>, String) {
    let mut client = gateway.connect();
    client.send_head(UPGRADE);
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    (client, head)
}

fn echo(mut served: Served) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = served.stream.read(&mut buffer) {
        served.send(&buffer[..count]);
    }
}

#[test]
fn bytes_go_both_ways_and_the_handshake_is_the_two_ends_own() {
    let (_control, backend, gateway) = before(echo);
    let (mut client, head) = open(&gateway);
    assert_eq!(values(&head, "sec-websocket-protocol"), ["b"]);
    assert_eq!(values(&head, "sec-websocket-accept"), ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]);
    assert_eq!(values(&head, "upgrade"), ["websocket"]);
    let seen = backend.last_head();
    assert_eq!(values(&seen, "sec-websocket-extensions"), ["permessage-deflate"]);
    assert_eq!(values(&seen, "sec-websocket-protocol"), ["a, b"]);
    for message in ["one", "two"] {
        client.send(message);
        assert_eq!(client.read(3), message.as_bytes());
    }
    let metrics = || gateway.get("/api/metrics").text().to_owned();
    assert!(metrics().contains("waiide_gateway_websockets 1\n"));
    drop(client);
    eventually("it is counted as closed", || metrics().contains("waiide_gateway_websockets 0\n"));
}

#[test]
fn what_comes_right_behind_the_handshake_is_not_lost() {
    let backend = Backend::start(|mut served| {
        served.head();
        served.send(format!("{SWITCHED}early"));
        echo(served);
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let mut client = gateway.connect();
    client.send(format!("{UPGRADE}Host: localhost\r\n\r\nhasty"));
    client.head();
    assert_eq!(client.read(10), b"earlyhasty");
}

#[test]
fn one_direction_can_be_closed_while_the_other_goes_on() {
    let (_control, _backend, gateway) = before(|mut served| {
        let mut all = Vec::new();
        served.stream.read_to_end(&mut all).unwrap();
        served.send(format!("got {} bytes", all.len()));
    });
    let (mut client, _) = open(&gateway);
    client.send("twelve bytes");
    client.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(client.read(12), b"got 12 bytes");
    assert!(client.is_at_end());
}

#[test]
fn sixty_four_megabytes_come_back_in_bounded_memory() {
    const SIZE: usize = 64 * 1024 * 1024;
    let (_control, _backend, gateway) = before(echo);
    let (mut client, _) = open(&gateway);
    let mut writer = client.stream.try_clone().unwrap();
    let written = std::thread::spawn(move || {
        let piece: Vec<u8> = (0..=255).cycle().take(1024 * 1024).collect();
        (0..SIZE / piece.len()).for_each(|_| writer.write_all(&piece).unwrap());
    });
    let mut piece = vec![0; 1024 * 1024];
    for _ in 0..SIZE / piece.len() {
        client.stream.read_exact(&mut piece).unwrap();
        assert!(piece.iter().enumerate().all(|(at, &byte)| usize::from(byte) == at % 256));
    }
    written.join().unwrap();
    assert!(gateway.memory("VmHWM") < 40 * 1024 * 1024);
}

#[test]
fn a_refusal_is_an_answer_like_any_other() {
    let backend = Backend::answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let mut client = gateway.connect();
    client.send_head(UPGRADE);
    let reply = client.reply();
    assert_eq!((reply.status, reply.text()), (403, "no"));
}

#[test]
fn a_switch_that_nobody_asked_for_is_a_bad_gateway() {
    let (_control, _backend, gateway) = before(|_| {});
    assert_eq!(gateway.get("/").error_code(), "bad_gateway");
}

#[test]
fn when_the_ide_goes_the_client_hears_of_it() {
    let (_control, _backend, gateway) = before(drop);
    let (mut client, _) = open(&gateway);
    assert!(client.is_at_end());
}

#[test]
fn when_the_client_goes_the_ide_hears_of_it() {
    let (gone, heard) = std::sync::mpsc::channel();
    let (_control, _backend, gateway) = before(move |mut served| {
        let mut rest = Vec::new();
        let _ = served.stream.read_to_end(&mut rest);
        gone.send(()).unwrap();
    });
    drop(open(&gateway));
    heard.recv_timeout(crate::support::PATIENCE).unwrap();
}

#[test]
fn on_sigterm_the_client_is_told_between_two_frames() {
    // A frame of 100,000 bytes: the second half comes only after SIGTERM.
    const HALF: usize = 50_000;
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let (_control, _backend, mut gateway) = before(move |mut served| {
        let mut frame = vec![0x82, 127, 0, 0, 0, 0, 0, 1, 0x86, 0xa0];
        frame.extend(vec![7; HALF]);
        served.send(&frame);
        wait.lock().unwrap().recv().unwrap();
        served.send([&vec![7; HALF][..], &[0x81, 2, b'h', b'i'].repeat(100)].concat());
        let _ = served.stream.read_to_end(&mut Vec::new());
    });
    let (mut client, _) = open(&gateway);
    client.read(10 + HALF);
    gateway.signal(Signal::SIGTERM);
    std::thread::sleep(std::time::Duration::from_millis(50));
    go.send(()).unwrap();
    assert_eq!(client.read(HALF), vec![7; HALF]);
    let mut rest = Vec::new();
    client.stream.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, [0x88, 2, 0x03, 0xe9]);
    assert!(gateway.wait().success());
}
