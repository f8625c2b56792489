//! The `Date` of answers (RFC 9110 §6.6.1).

use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

use httpdate::HttpDate;

thread_local! {
    static LAST: RefCell<(u64, String)> = const { RefCell::new((0, String::new())) };
}

/// Writes the field. A second is put into words once.
pub fn write(out: &mut Vec<u8>) {
    let now = SystemTime::now();
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    LAST.with_borrow_mut(|(second, line)| {
        if *second != seconds || line.is_empty() {
            (*second, *line) = (seconds, format!("Date: {}\r\n", HttpDate::from(now)));
        }
        out.extend_from_slice(line.as_bytes());
    });
}
