//! The rewriting of bodies and of header fields, with any input.
#![no_main]

use libfuzzer_sys::fuzz_target;
use waiide_init::gateway::fuzzing::{rewritten_body, rewritten_fields};

const PREFIXES: [&str; 3] = ["/user/alice", "/p", "/o'n(e)&x"];

fuzz_target!(|data: &[u8]| {
    let [kind, prefix, cut, body @ ..] = data else { return };
    let prefix = PREFIXES[usize::from(*prefix) % PREFIXES.len()];
    check_body(*kind, prefix, usize::from(*cut), body);
    check_fields(prefix, body);
});

fn check_body(kind: u8, prefix: &str, cut: usize, body: &[u8]) {
    let out = rewritten_body(kind, prefix, [body]);
    assert!(rewritten_body(kind, prefix, [&out[..]]) == out, "twice is not once");
    if cut == 0 {
        assert!(rewritten_body(kind, prefix, body.chunks(1)) == out, "bytes are not the whole");
    } else {
        assert!(rewritten_body(kind, prefix, body.chunks(cut)) == out, "pieces are not the whole");
        let (head, tail) = body.split_at(cut.min(body.len()));
        assert!(rewritten_body(kind, prefix, [head, tail]) == out, "two pieces are not the whole");
    }
    if !prefix.contains('\'') {
        assert!(without(&out, prefix) == without(body, prefix), "more than the prefix changed");
    }
    let plain: Vec<u8> = body
        .iter()
        .map(|&byte| if matches!(byte, b'/' | b'\\' | b'&') { b'-' } else { byte })
        .collect();
    assert!(rewritten_body(kind, prefix, [&plain[..]]) == plain, "no slash, and it changed");
}

fn check_fields(prefix: &str, value: &[u8]) {
    for field in 0..rewritten_fields(prefix, value).len() {
        let Some(new) = rewritten_fields(prefix, value).remove(field) else { continue };
        let again = rewritten_fields(prefix, &new).remove(field);
        assert!(again.is_none(), "field {field}: twice is not once");
    }
}

fn without(body: &[u8], prefix: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), body);
    while let Some((&byte, behind)) = rest.split_first() {
        match rest.strip_prefix(prefix.as_bytes()) {
            Some(behind) => rest = behind,
            None => {
                out.push(byte);
                rest = behind;
            }
        }
    }
    out
}
