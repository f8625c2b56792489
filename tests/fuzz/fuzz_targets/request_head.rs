//! A request as it comes from a client: whatever the pieces, it is read the same, and nothing that
//! is passed on could be read in another way.
#![no_main]

use libfuzzer_sys::fuzz_target;
use waiide_init::gateway::fuzzing::passed_on;

fuzz_target!(|data: &[u8]| {
    let [cut, request @ ..] = data else { return };
    let whole = passed_on([request]);
    let cut = usize::from(*cut).max(1);
    assert!(passed_on(request.chunks(cut)) == whole, "pieces are not the whole");
    let Some(passed) = whole else { return };
    let end = passed.windows(4).position(|four| four == b"\r\n\r\n").expect("a head has an end");
    let head = &passed[..end + 2];
    assert!(!head.contains(&0) && lines_end_with_crlf(head), "a line can be read in two ways");
    for line in head.split(|&byte| byte == b'\n').skip(1) {
        assert!(!line.starts_with(b" ") && !line.starts_with(b"\t"), "a line is folded");
        let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
        assert!(!name.eq_ignore_ascii_case(b"transfer-encoding"), "two say where the body ends");
    }
});

fn lines_end_with_crlf(head: &[u8]) -> bool {
    let feeds = head.iter().filter(|&&byte| byte == b'\n').count();
    let returns = head.iter().filter(|&&byte| byte == b'\r').count();
    feeds == returns && head.windows(2).filter(|two| two == b"\r\n").count() == feeds
}
