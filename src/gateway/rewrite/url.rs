//! Whether, and where, the prefix belongs into a URL, as a browser reads it.

/// How many bytes a place may be undecided for. Only white space within a URL, or behind one,
/// makes it longer than the prefix.
const LONGEST_WAIT: usize = 4096;

/// Reads a URL byte by byte and says where the prefix is to be put in: before the slash that the
/// path begins with, unless that slash begins a host or a path that has the prefix already.
///
/// It sees what a browser sees (URL standard, "basic URL parser"): space and control characters
/// before and behind a URL are nothing, tabs and line ends within are nothing, and a backslash is
/// a slash.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    /// Where the slash stands that the prefix may go before.
    at: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but white space was read.
    Before,
    /// So many bytes were the prefix's.
    Matching(usize),
    /// The prefix, then white space: it is the whole URL if nothing else comes.
    Behind,
    Decided,
}

impl Watch {
    /// Before the first byte of a URL.
    pub fn new() -> Watch {
        Watch { at: 0, state: State::Before }
    }

    /// Before nothing: no URL is read.
    pub fn idle() -> Watch {
        Watch { at: 0, state: State::Decided }
    }

    /// Whether a byte may still decide something.
    pub fn is_open(&self) -> bool {
        self.state != State::Decided
    }

    /// The place that is not decided yet.
    pub fn pending(&self) -> Option<usize> {
        matches!(self.state, State::Matching(_) | State::Behind).then_some(self.at)
    }

    /// Gives up where a place has been undecided for too long: it is left as it is.
    pub fn wait(&mut self, at: usize) {
        if self.pending().is_some_and(|from| at.saturating_sub(from) > LONGEST_WAIT) {
            self.state = State::Decided;
        }
    }

    /// Reads the byte that stands at `at`; returns the place for the prefix if this decides it.
    pub fn push(&mut self, byte: u8, at: usize, prefix: &[u8]) -> Option<usize> {
        self.wait(at);
        match self.state {
            State::Decided => None,
            State::Before => {
                self.begin(byte, at);
                None
            }
            State::Matching(_) if matches!(byte, b'\t' | b'\n' | b'\r') => None,
            State::Matching(matched) => self.go_on(matched, byte, prefix),
            State::Behind if byte <= b' ' => None,
            State::Behind => self.decide(),
        }
    }

    /// The URL is over; returns the place for the prefix if this decides it.
    pub fn end(&mut self, prefix: &[u8]) -> Option<usize> {
        let state = std::mem::replace(&mut self.state, State::Decided);
        matches!(state, State::Matching(matched) if matched < prefix.len()).then_some(self.at)
    }

    fn begin(&mut self, byte: u8, at: usize) {
        self.at = at;
        self.state = match byte {
            0..=b' ' => State::Before,
            b'/' | b'\\' => State::Matching(1),
            _ => State::Decided,
        };
    }

    fn go_on(&mut self, matched: usize, byte: u8, prefix: &[u8]) -> Option<usize> {
        let byte = if byte == b'\\' { b'/' } else { byte };
        self.state = match prefix.get(matched) {
            _ if matched == 1 && byte == b'/' => State::Decided,
            Some(&expected) if expected == byte => State::Matching(matched + 1),
            Some(_) => return self.decide(),
            None if matches!(byte, b'/' | b'?' | b'#') => State::Decided,
            None if byte <= b' ' => State::Behind,
            None => return self.decide(),
        };
        None
    }

    fn decide(&mut self) -> Option<usize> {
        self.state = State::Decided;
        Some(self.at)
    }
}

/// The place for the prefix in a whole URL.
pub fn place(url: &[u8], prefix: &[u8]) -> Option<usize> {
    let mut watch = Watch::new();
    for (at, &byte) in url.iter().enumerate() {
        let found = watch.push(byte, at, prefix);
        if found.is_some() || !watch.is_open() {
            return found;
        }
    }
    watch.end(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &[u8] = b"/user/alice";

    #[test]
    fn a_path_that_begins_with_a_slash_gets_the_prefix() {
        for (url, at) in [
            ("/", 0),
            ("/x", 0),
            ("/user", 0),
            ("/user/", 0),
            ("/user/alic", 0),
            ("/user/alicex", 0),
            ("/user/alicex/y", 0),
            ("/user/alice%2Fx", 0),
            ("/user/alice;v=1", 0),
            ("/USER/ALICE/x", 0),
            ("/?q", 0),
            ("/#f", 0),
            ("/./user/alice", 0),
            ("/x//y", 0),
            ("/ /x", 0),
            ("  /x", 2),
            ("\t\r\n\x0c\x01/x", 5),
            ("\n/\tx", 1),
            ("\\x", 0),
            ("\\user\\bob", 0),
            ("/user/alice x", 0),
        ] {
            assert_eq!(place(url.as_bytes(), PREFIX), Some(at), "{url:?}");
        }
    }

    #[test]
    fn anything_else_stays() {
        for url in [
            "",
            " ",
            "x",
            "./x",
            "../x",
            "?q",
            "#f",
            "//host/x",
            "//",
            "///x",
            "/\\evil",
            "\\/evil",
            "\\\\evil",
            "/\t/evil",
            "/\n\\evil",
            "http://host/x",
            "data:text/html,/x",
            "javascript:/x",
            "about:blank",
            "\u{a0}/x",
            "/user/alice",
            "/user/alice/",
            "/user/alice/x",
            "/user/alice?q",
            "/user/alice#f",
            "/user/alice\\x",
            "\\user\\alice\\x",
            " /user/alice \n",
            "/us\ner/al\tice/x",
        ] {
            assert_eq!(place(url.as_bytes(), PREFIX), None, "{url:?}");
        }
    }

    #[test]
    fn a_place_is_not_waited_for_for_ever() {
        let url = [b"/".as_slice(), &[b'\t'; LONGEST_WAIT + 1], b"x"].concat();
        assert_eq!(place(&url, PREFIX), None);
        assert_eq!(place(&url[1..], PREFIX), None);
        let short = [b"/".as_slice(), &[b'\t'; LONGEST_WAIT - 2], b"x"].concat();
        assert_eq!(place(&short, PREFIX), Some(0));
    }
}
