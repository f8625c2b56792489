//! Where URLs stand in JSON (RFC 8259).

mod key;

use std::sync::Arc;

use self::key::{Key, Levels};
use super::prefix::Prefix;
use super::url::Watch;

/// Which strings are URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strings {
    /// All, names of members too: an import map's and a speculation rule's.
    All,
    /// The values of members with these names, and those in arrays that are such values.
    Of(&'static [&'static [u8]]),
}

/// Members of a web manifest that hold URLs, at whatever depth (W3C Web Application Manifest, and
/// the extensions that browsers know).
pub const MANIFEST: Strings =
    Strings::Of(&[b"action", b"id", b"new_note_url", b"scope", b"src", b"start_url", b"url"]);

/// Members of the workbench's settings that hold a path on the server that sent them.
pub const WORKBENCH: Strings =
    Strings::Of(&[b"callbackRoute", b"serverBasePath", b"webviewEndpoint"]);

/// Follows a text as far as it takes to tell names from values. One that is not JSON does no
/// harm: what is taken for a URL there gets the prefix, or does not, and nothing else changes.
#[derive(Debug)]
pub struct Scanner {
    strings: Strings,
    prefix: Arc<Prefix>,
    state: State,
    levels: Levels,
    key: Key,
    watch: Watch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Text,
    /// Behind the backslash at this place.
    Escape(usize),
    /// In `\u`: where the backslash stands, how many digits were read, and their value.
    Number(usize, u8, u32),
}

impl Scanner {
    /// At the beginning of a text.
    pub fn new(strings: Strings, prefix: Arc<Prefix>) -> Scanner {
        Scanner {
            strings,
            prefix,
            state: State::Between,
            levels: Levels::default(),
            key: Key::default(),
            watch: Watch::idle(),
        }
    }

    /// Reads a piece that begins at `start` and adds the places for the prefix to `places`.
    pub fn scan(&mut self, bytes: &[u8], start: usize, places: &mut Vec<usize>) {
        for (offset, &byte) in bytes.iter().enumerate() {
            self.push(byte, start + offset, places);
        }
    }

    /// Reads the byte that stands at `at`.
    pub fn push(&mut self, byte: u8, at: usize, places: &mut Vec<usize>) {
        match self.state {
            State::Between => self.between(byte),
            State::Text => match byte {
                b'"' => self.end_text(places),
                b'\\' => self.state = State::Escape(at),
                _ => self.character(byte, at, places),
            },
            State::Escape(from) => self.escaped(byte, from, places),
            State::Number(from, digits, value) => match (byte as char).to_digit(16) {
                Some(digit) => self.number(from, digits + 1, value << 4 | digit, places),
                // An escape that is none; the string goes on.
                None => {
                    self.state = State::Text;
                    self.push(byte, at, places);
                }
            },
        }
    }

    /// The end; a string that is not closed is none. It may begin again.
    pub fn end(&mut self) {
        *self = Scanner::new(self.strings, Arc::clone(&self.prefix));
    }

    /// The first place that is not decided yet.
    pub fn pending(&self) -> Option<usize> {
        let escape = match self.state {
            State::Escape(from) | State::Number(from, ..) if self.watch.is_open() => Some(from),
            _ => None,
        };
        self.watch.pending().or(escape)
    }

    fn between(&mut self, byte: u8) {
        match byte {
            b'{' => self.levels.open(true),
            b'[' => self.levels.open(false),
            b'}' | b']' => self.levels.close(),
            b',' => self.levels.next(),
            b':' => self.levels.value(),
            b'"' => {
                self.key.clear();
                self.state = State::Text;
                let is_url = match self.strings {
                    Strings::All => true,
                    Strings::Of(_) => self.levels.holds_url(),
                };
                self.watch = if is_url { Watch::new() } else { Watch::idle() };
            }
            _ => {}
        }
    }

    fn end_text(&mut self, places: &mut Vec<usize>) {
        self.state = State::Between;
        places.extend(self.watch.end(self.prefix.plain()));
        if let Strings::Of(names) = self.strings {
            self.levels.name(names.iter().any(|name| self.key.is(name)));
        }
    }

    fn escaped(&mut self, byte: u8, from: usize, places: &mut Vec<usize>) {
        self.state = State::Text;
        match byte {
            b'u' => self.state = State::Number(from, 0, 0),
            b'b' | b'f' | b'n' | b'r' | b't' => {
                let control = match byte {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    _ => b'\x0c',
                };
                self.character(control, from, places);
            }
            _ => self.character(byte, from, places),
        }
    }

    fn number(&mut self, from: usize, digits: u8, value: u32, places: &mut Vec<usize>) {
        if digits < 4 {
            self.state = State::Number(from, digits, value);
            return;
        }
        self.state = State::Text;
        let character = u8::try_from(value).ok().filter(u8::is_ascii).unwrap_or(0xff);
        self.character(character, from, places);
    }

    fn character(&mut self, byte: u8, at: usize, places: &mut Vec<usize>) {
        self.key.push(byte);
        places.extend(self.watch.push(byte, at, self.prefix.plain()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(strings: Strings, text: &str) -> String {
        let prefix = Arc::new(Prefix::new("/p").unwrap());
        let mut scanner = Scanner::new(strings, prefix);
        let mut places = Vec::new();
        scanner.scan(text.as_bytes(), 0, &mut places);
        scanner.end();
        let mut text = text.to_owned();
        places.iter().rev().for_each(|&at| text.insert_str(at, "/p"));
        text
    }

    #[test]
    fn a_manifests_urls_get_the_prefix_and_nothing_else_does() {
        for (from, to) in [
            (r#"{"start_url":"/"}"#, r#"{"start_url":"/p/"}"#),
            (r#"{"start_url" : "\/a"}"#, r#"{"start_url" : "/p\/a"}"#),
            (r#"{"start_url":"\u002fa"}"#, r#"{"start_url":"/p\u002fa"}"#),
            (r#"{"st\u0061rt_url":"/"}"#, r#"{"st\u0061rt_url":"/p/"}"#),
            (
                r#"{"icons":[{"src":"/i","sizes":"/"}]}"#,
                r#"{"icons":[{"src":"/p/i","sizes":"/"}]}"#,
            ),
            (r#"{"scope":["/a","/b"],"x":"/c"}"#, r#"{"scope":["/p/a","/p/b"],"x":"/c"}"#),
            (r#"{"scope":[["/a"]]}"#, r#"{"scope":[["/p/a"]]}"#),
            (r#"{"url":{"x":"/a"}}"#, r#"{"url":{"x":"/a"}}"#),
            (r#"{"url":{"x":1},"y":"/a"}"#, r#"{"url":{"x":1},"y":"/a"}"#),
            (r#"{"x":{"url":"/a"},"y":"/a"}"#, r#"{"x":{"url":"/p/a"},"y":"/a"}"#),
        ] {
            assert_eq!(rewritten(MANIFEST, from), to);
        }
        for same in [
            r#"{"name":"/tool","description":"url","short_name":"/"}"#,
            r#"{"name":"url","x":"/y"}"#,
            r#"{"/url":"//x/y"}"#,
            r#"{"url":"x","start_url":"https://x/y","scope":"/p/","id":"/p"}"#,
            r#"{"start_urls":"/","start_ur":"/"}"#,
            r#"{"url":"\n/\/x"}"#,
            r#""/x""#,
            r#"["/x"]"#,
            "{\"url\":\"/",
            r#"{"url":"\u00"}"#,
        ] {
            assert_eq!(rewritten(MANIFEST, same), same);
        }
    }

    #[test]
    fn all_strings_of_an_import_map_are_looked_at() {
        assert_eq!(
            rewritten(
                Strings::All,
                r#"{"imports":{"a":"/a.js","/b/":"./b/"},"scopes":{"/s":{"c":"\/c"}}}"#
            ),
            r#"{"imports":{"a":"/p/a.js","/p/b/":"./b/"},"scopes":{"/p/s":{"c":"/p\/c"}}}"#
        );
    }

    #[test]
    fn the_workbenchs_settings_are_known_by_name() {
        for (name, path, rewritten_path) in [
            ("serverBasePath", "/", "/p/"),
            ("webviewEndpoint", "/s/w", "/p/s/w"),
            ("callbackRoute", "/c", "/p/c"),
            ("remoteAuthority", "/h", "/h"),
            ("userDataPath", "/home/x", "/home/x"),
        ] {
            let settings =
                |path: &str| format!(r#"{{"folderUri":{{"path":"/w"}},"{name}":"{path}"}}"#);
            assert_eq!(rewritten(WORKBENCH, &settings(path)), settings(rewritten_path));
        }
    }

    #[test]
    fn deep_nesting_is_followed_or_left() {
        let nested = |depth: usize, x: &str| {
            format!("{}{{\"url\":\"{x}\"}}{}", "[".repeat(depth), "]".repeat(depth))
        };
        assert_eq!(rewritten(MANIFEST, &nested(20, "/x")), nested(20, "/p/x"));
        assert_eq!(rewritten(MANIFEST, &nested(500, "/x")), nested(500, "/x"));
        let behind = format!("[{},{{\"url\":\"/x\"}}]", nested(500, "/x"));
        let expected = format!("[{},{{\"url\":\"/p/x\"}}]", nested(500, "/x"));
        assert_eq!(rewritten(MANIFEST, &behind), expected);
    }
}
