//! Requests with random mistakes in them: whatever reaches the IDE is well-formed, and ours.

use super::{HIDDEN, with};
use crate::support::stage::Stage;

/// The bytes that parsers part a message by, and some that belong nowhere.
const BYTES: &[u8] = b"\r\n\t :;,=0159afAF+-x\"\\/?#%*\0\x0b\x7f\x85\xff";

/// A generator of numbers, the same ones in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }

    /// Makes a mistake.
    fn mistake(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len());
        let byte = BYTES[self.below(BYTES.len())];
        match self.below(5) {
            0 => bytes.insert(at, byte),
            1 => bytes[at] = byte,
            2 => drop(bytes.remove(at)),
            3 => bytes.insert(at, bytes[at]),
            _ => {
                let other = self.below(bytes.len());
                bytes.swap(at, other);
            }
        }
    }
}

fn requests() -> Vec<Vec<u8>> {
    let chunked = format!("5;a=b\r\nhello\r\n29\r\n{HIDDEN}\r\n0\r\nX-Sum: 1\r\n\r\n");
    vec![
        with("X-A: b\r\nContent-Length: 41\r\n", HIDDEN),
        with("Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n", &chunked),
        with("Content-Length: 5\r\nConnection: X-A, close\r\nX-A: b\r\n", "hello"),
        b"GET http://localhost:80/attack?x HTTP/1.1\r\nHost: localhost\r\nCookie: a=b\r\n\r\n"
            .to_vec(),
        b"GET /attack HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n".to_vec(),
    ]
}

#[test]
fn whatever_reaches_the_ide_is_well_formed() {
    let stage = Stage::set();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for n in 0..1000 {
        let mut bytes = requests().swap_remove(n % 5);
        for _ in 0..=numbers.below(3) {
            numbers.mistake(&mut bytes);
        }
        let mut talk = stage.talk();
        talk.say(&bytes);
        talk.say(HIDDEN);
        talk.finish();
        talk.wire.rest();
        // The IDE itself takes nothing that can be read in two ways.
        for seen in stage.ide.take() {
            let sent = String::from_utf8_lossy(&bytes).into_owned();
            assert_eq!(seen.head.all("x-forwarded-for"), ["127.0.0.1"], "{sent:?}");
            assert_eq!(seen.head.all("host").len(), 1, "{sent:?}");
            assert!(seen.target().starts_with('/'), "{sent:?}");
        }
    }
}
