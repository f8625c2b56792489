//! 200 MB in either direction, in bounded memory.

use std::io::{Read, Write};

use crate::support::backend::Backend;
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};

const SIZE: usize = 200 * 1024 * 1024;
const PIECE: usize = 1024 * 1024;
/// More than any gateway that does not keep bodies needs.
const MOST: u64 = 40 * 1024 * 1024;

#[test]
fn an_upload_is_not_kept_in_memory() {
    let backend = Backend::start(|mut served| {
        served.head();
        let mut piece = vec![0; PIECE];
        let mut sum = 0;
        for _ in 0..SIZE / PIECE {
            served.stream.read_exact(&mut piece).unwrap();
            sum += piece.iter().map(|&byte| u64::from(byte)).sum::<u64>();
        }
        served.send(format!("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{sum:020}"));
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let mut client = gateway.connect();
    client.send_head(&format!("PUT /x HTTP/1.1\r\nContent-Length: {SIZE}\r\n"));
    let piece = vec![1; PIECE];
    for _ in 0..SIZE / PIECE {
        client.send(&piece);
    }
    assert_eq!(client.reply().text().parse::<usize>().unwrap(), SIZE);
    assert!(gateway.memory("VmHWM") < MOST, "{} bytes", gateway.memory("VmHWM"));
}

#[test]
fn a_download_waits_for_a_slow_client() {
    let backend = Backend::start(|mut served| {
        served.head();
        served.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n"));
        let piece = vec![1; PIECE];
        for _ in 0..SIZE / PIECE {
            if served.stream.write_all(&piece).is_err() {
                return;
            }
        }
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let mut client = gateway.connect();
    client.send_head("GET /x HTTP/1.1\r\n");
    client.head();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let mut piece = vec![0; PIECE];
    for _ in 0..SIZE / PIECE {
        client.stream.read_exact(&mut piece).unwrap();
    }
    assert!(gateway.memory("VmHWM") < MOST, "{} bytes", gateway.memory("VmHWM"));
}
