//! Where URLs stand in attributes that hold more than one URL and nothing else.

use crate::gateway::rewrite::url;

/// White space in HTML (Infra standard, "ASCII whitespace").
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}

/// A text that is read from the left.
struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Goes past the bytes that `wanted` says yes to, and returns them.
    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|&byte| !wanted(byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Goes past the next byte if `wanted` says yes to it.
    fn take_if(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        let takes = self.peek().is_some_and(wanted);
        self.at += usize::from(takes);
        takes
    }
}

/// Adds the places for the prefix in a list of URLs with space between them.
pub fn in_list(text: &[u8], prefix: &[u8], places: &mut Vec<usize>) {
    let mut reader = Reader { text, at: 0 };
    while !reader.rest().is_empty() {
        reader.take_while(is_space);
        let from = reader.at;
        let url = reader.take_while(|byte| !is_space(byte));
        places.extend(url::place(url, prefix).map(|at| from + at));
    }
}

/// Adds the places for the prefix in a `srcset` (HTML §4.8.4.3.10).
pub fn in_srcset(text: &[u8], prefix: &[u8], places: &mut Vec<usize>) {
    let mut reader = Reader { text, at: 0 };
    loop {
        reader.take_while(|byte| is_space(byte) || byte == b',');
        if reader.rest().is_empty() {
            return;
        }
        let from = reader.at;
        let url = reader.take_while(|byte| !is_space(byte));
        let has_descriptors = url.last() != Some(&b',');
        let length = url.iter().rposition(|&byte| byte != b',').map_or(0, |last| last + 1);
        let url = url.get(..length).unwrap_or_default();
        places.extend(url::place(url, prefix).map(|at| from + at));
        if has_descriptors {
            skip_descriptors(&mut reader);
        }
    }
}

/// Descriptors go on to a comma that is not in parentheses.
fn skip_descriptors(reader: &mut Reader<'_>) {
    let mut inside = false;
    while let Some(byte) = reader.peek() {
        reader.at += 1;
        match byte {
            b'(' => inside = true,
            b')' => inside = false,
            b',' if !inside => return,
            _ => {}
        }
    }
}

/// The place for the prefix in what `http-equiv=refresh` and a `Refresh` header hold (HTML
/// §4.2.5.3, "shared declarative refresh steps").
pub fn in_refresh(text: &[u8], prefix: &[u8]) -> Option<usize> {
    let mut reader = Reader { text, at: 0 };
    reader.take_while(is_space);
    let time = reader.take_while(|byte| byte.is_ascii_digit());
    if time.is_empty() && reader.peek() != Some(b'.') {
        return None;
    }
    reader.take_while(|byte| byte.is_ascii_digit() || byte == b'.');
    if !reader.peek().is_some_and(|byte| is_space(byte) || matches!(byte, b';' | b',')) {
        return None;
    }
    reader.take_while(is_space);
    reader.take_if(|byte| matches!(byte, b';' | b','));
    reader.take_while(is_space);
    let from = reader.at;
    if !skip_url_word(&mut reader) {
        reader.at = from;
    }
    let quote = reader.peek().filter(|byte| matches!(byte, b'"' | b'\''));
    // There is no way to write a quote between quotes.
    if quote.is_some_and(|quote| prefix.contains(&quote)) {
        return None;
    }
    reader.at += usize::from(quote.is_some());
    let from = reader.at;
    let url = reader.take_while(|byte| Some(byte) != quote);
    url::place(url, prefix).map(|at| from + at)
}

/// Goes past `url =`; says no where something else stands, of which the caller makes a URL.
fn skip_url_word(reader: &mut Reader<'_>) -> bool {
    for letter in *b"url" {
        if !reader.take_if(|byte| byte.eq_ignore_ascii_case(&letter)) {
            return false;
        }
    }
    reader.take_while(is_space);
    let has_equals = reader.take_if(|byte| byte == b'=');
    reader.take_while(is_space);
    has_equals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(find: impl Fn(&[u8], &[u8], &mut Vec<usize>), text: &str) -> String {
        let mut places = Vec::new();
        find(text.as_bytes(), b"/p", &mut places);
        let mut text = text.to_owned();
        places.iter().rev().for_each(|&at| text.insert_str(at, "/p"));
        text
    }

    #[test]
    fn each_url_of_a_list_is_looked_at() {
        assert_eq!(rewritten(in_list, " /a\tb //c /d/p "), " /p/a\tb //c /p/d/p ");
        assert_eq!(rewritten(in_list, ""), "");
    }

    #[test]
    fn each_candidate_of_a_srcset_is_looked_at() {
        for (from, to) in [
            ("/a", "/p/a"),
            ("/a 1x, /b 2x", "/p/a 1x, /p/b 2x"),
            ("/a,/b", "/p/a,/b"),
            ("/a, /b", "/p/a, /p/b"),
            ("/a,, /b,", "/p/a,, /p/b,"),
            (",, /a 100w,/b 200w", ",, /p/a 100w,/p/b 200w"),
            ("/a\n1x\n,\n/b", "/p/a\n1x\n,\n/p/b"),
            ("/a (x, /y) 2x, /b", "/p/a (x, /y) 2x, /p/b"),
            ("data:,/x 1x, /b", "data:,/x 1x, /p/b"),
            ("/a,b 1x", "/p/a,b 1x"),
            (",", ","),
            ("a 1x, //h/b 2x, /p/c", "a 1x, //h/b 2x, /p/c"),
        ] {
            assert_eq!(rewritten(in_srcset, from), to);
        }
    }

    #[test]
    fn a_refresh_is_read_as_browsers_read_it() {
        let find = |text: &[u8], prefix: &[u8], places: &mut Vec<usize>| {
            places.extend(in_refresh(text, prefix));
        };
        for (from, to) in [
            ("0;url=/x", "0;url=/p/x"),
            ("0; URL = '/x' y", "0; URL = '/p/x' y"),
            ("0 ; url=\"/x\"", "0 ; url=\"/p/x\""),
            ("1.5,/x", "1.5,/p/x"),
            (".5 /x", ".5 /p/x"),
            ("3;'/x'", "3;'/p/x'"),
            ("0;url= /x", "0;url= /p/x"),
            ("\n0\n;\nurl\n=\n/x", "\n0\n;\nurl\n=\n/p/x"),
        ] {
            assert_eq!(rewritten(find, from), to);
        }
        for same in [
            "",
            "5",
            "5;",
            "/x",
            "x;url=/x",
            "0;url=x",
            "0;url=//h/x",
            "0;url=/p/x",
            "0x;url=/x",
            "0;url/x",
            "0;url='",
        ] {
            assert_eq!(rewritten(find, same), same);
        }
        assert_eq!(in_refresh(b"0;url='/x'", b"/o'n"), None);
        assert_eq!(in_refresh(b"0;url=\"/x\"", b"/o'n"), Some(7));
    }
}
