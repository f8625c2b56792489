//! Messages that two servers may read differently, and with which one of them can be made to see a
//! request, or an answer, that the other did not.
//!
//! Each request of the corpus is sent whole, byte by byte, in two pieces, and behind another one on
//! the same connection. Either it is refused, its connection ends, and the IDE hears nothing of it;
//! or the IDE gets exactly one request, whose end can be read in one way alone. The IDE in these
//! tests takes nothing else. Behind what has to be refused stands a request for `/hidden`, which
//! must never be seen.

mod ambiguous;
mod chunks;
mod codings;
mod delivery;
mod fields;
mod heads;
mod lengths;
mod mutations;
mod response_ends;
mod response_heads;
mod responses;
mod unsolicited;

use delivery::{Attack, survive};

/// The request that is hidden behind another.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A request with fields, and what follows its head.
fn with(fields: impl AsRef<[u8]>, rest: &str) -> Vec<u8> {
    let start = b"POST /attack HTTP/1.1\r\nHost: localhost\r\n";
    [start, fields.as_ref(), b"\r\n", rest.as_bytes()].concat()
}

/// Both readings of a body: as one of five bytes, and as an empty one in chunks.
fn either_way() -> String {
    format!("0\r\n\r\n{HIDDEN}")
}
