//! What each byte does in each state (CSS Syntax §4.3).

use super::escape::Escape;
use super::name::{is_name, starts_name};
use super::{Kind, Scanner, State, Use};
use crate::gateway::rewrite::url::Watch;

impl Scanner {
    /// Reads a byte that is part of no escape.
    pub(super) fn step(&mut self, byte: u8, at: usize, places: &mut Vec<usize>) -> Use {
        match self.state {
            State::Normal => self.in_normal(byte, at),
            State::Slash | State::Comment | State::Star => self.in_comment(byte),
            State::Opening(read) => self.in_opening(read, byte),
            State::At | State::Hash | State::Minus(_) | State::Dot | State::Digits => {
                self.before_name(byte, at)
            }
            State::Name(kind) => self.in_name(kind, byte, at),
            State::UrlStart => self.before_url(byte),
            State::Url => self.in_url(byte, at, places),
            State::UrlEnd | State::BadUrl => self.behind_url(byte, at),
            State::Text(quote) => self.in_text(quote, byte, at, places),
        }
    }

    fn in_normal(&mut self, byte: u8, at: usize) -> Use {
        let import = self.import;
        self.import &= is_space(byte) || byte == b'/';
        match byte {
            b'"' | b'\'' => {
                let is_url = import || self.open.holds_urls();
                self.watch = if is_url { Watch::new() } else { Watch::idle() };
                self.state = State::Text(byte);
            }
            b'/' => self.state = State::Slash,
            b'\\' => self.escape = Some(Escape::new(at)),
            b'@' => self.state = State::At,
            b'#' => self.state = State::Hash,
            b'-' => self.state = State::Minus(Kind::Plain),
            b'.' => self.state = State::Dot,
            b'<' => self.state = State::Opening(1),
            b'0'..=b'9' => self.state = State::Digits,
            b'(' => self.open.push(false),
            b')' => self.open.pop(),
            _ if starts_name(byte) => self.begin_name(Kind::Plain, byte),
            _ => {}
        }
        Use::Done
    }

    fn in_comment(&mut self, byte: u8) -> Use {
        self.state = match (self.state, byte) {
            (State::Slash, b'*') => State::Comment,
            (State::Slash, _) => {
                self.import = false;
                return self.back_to_normal();
            }
            (State::Star, b'/') => State::Normal,
            (_, b'*') => State::Star,
            _ => State::Comment,
        };
        Use::Done
    }

    /// `<!--` hides no name that begins right behind it.
    fn in_opening(&mut self, read: usize, byte: u8) -> Use {
        let opening = b"<!--";
        if opening.get(read) != Some(&byte) {
            self.state = if read == 3 { State::Minus(Kind::Plain) } else { State::Normal };
            return Use::Again;
        }
        self.state =
            if read + 1 == opening.len() { State::Normal } else { State::Opening(read + 1) };
        Use::Done
    }

    fn before_name(&mut self, byte: u8, at: usize) -> Use {
        match (self.state, byte) {
            (State::Dot, b'0'..=b'9') => self.state = State::Digits,
            (State::Dot, _) => return self.back_to_normal(),
            (_, b'\\') => self.escape = Some(Escape::new(at)),
            (State::Minus(_) | State::Digits, b'0'..=b'9') => self.state = State::Digits,
            (State::Digits, b'.') => self.state = State::Dot,
            (State::Digits, b'-') => self.state = State::Minus(Kind::Other),
            (State::Minus(kind), _) if byte == b'-' || starts_name(byte) => {
                self.begin_name(kind, b'-');
                self.name.push(byte);
            }
            (State::At, _) if byte == b'-' || starts_name(byte) => {
                self.begin_name(Kind::At, byte);
            }
            (State::Digits, _) if starts_name(byte) => self.begin_name(Kind::Other, byte),
            (State::Hash, _) if is_name(byte) => self.begin_name(Kind::Other, byte),
            _ => return self.back_to_normal(),
        }
        Use::Done
    }

    pub(super) fn begin_name(&mut self, kind: Kind, first: u8) {
        self.import = false;
        self.name.clear();
        self.name.push(first);
        self.state = State::Name(kind);
    }

    fn in_name(&mut self, kind: Kind, byte: u8, at: usize) -> Use {
        match byte {
            b'\\' => self.escape = Some(Escape::new(at)),
            b'(' if kind == Kind::Plain => self.begin_function(),
            _ if is_name(byte) => self.name.push(byte),
            _ => {
                self.import = kind == Kind::At && self.name.is(b"import");
                return self.back_to_normal();
            }
        }
        Use::Done
    }

    fn begin_function(&mut self) {
        if self.name.is(b"url") {
            self.state = State::UrlStart;
            return;
        }
        let names: [&[u8]; 3] = [b"image-set", b"-webkit-image-set", b"src"];
        self.open.push(names.iter().any(|name| self.name.is(name)));
        self.state = State::Normal;
    }

    fn before_url(&mut self, byte: u8) -> Use {
        match byte {
            b'"' | b'\'' => {
                self.open.push(true);
                return self.back_to_normal();
            }
            b')' => self.state = State::Normal,
            _ if is_space(byte) => {}
            _ => {
                self.state = State::Url;
                self.watch = Watch::new();
                return Use::Again;
            }
        }
        Use::Done
    }

    fn in_url(&mut self, byte: u8, at: usize, places: &mut Vec<usize>) -> Use {
        match byte {
            b')' => {
                self.end_url(places);
                self.state = State::Normal;
            }
            b'\\' => self.escape = Some(Escape::new(at)),
            b'"' | b'\'' | b'(' => self.give_up_url(),
            _ if is_space(byte) => {
                self.end_url(places);
                self.state = State::UrlEnd;
            }
            _ if is_unprintable(byte) => self.give_up_url(),
            _ => self.read_url(byte, at, places),
        }
        Use::Done
    }

    fn behind_url(&mut self, byte: u8, at: usize) -> Use {
        match byte {
            b')' => self.state = State::Normal,
            b'\\' => {
                self.state = State::BadUrl;
                self.escape = Some(Escape::new(at));
            }
            _ if is_space(byte) => {}
            _ => self.state = State::BadUrl,
        }
        Use::Done
    }

    fn in_text(&mut self, quote: u8, byte: u8, at: usize, places: &mut Vec<usize>) -> Use {
        match byte {
            _ if byte == quote => {
                self.end_url(places);
                self.state = State::Normal;
            }
            // The string is none (§4.3.5).
            b'\n' | b'\r' | b'\x0c' => {
                self.watch = Watch::idle();
                return self.back_to_normal();
            }
            b'\\' => self.escape = Some(Escape::new(at)),
            _ => self.read_url(byte, at, places),
        }
        Use::Done
    }

    fn back_to_normal(&mut self) -> Use {
        self.state = State::Normal;
        Use::Again
    }

    pub(super) fn give_up_url(&mut self) {
        self.watch = Watch::idle();
        self.state = State::BadUrl;
    }

    pub(super) fn read_url(&mut self, byte: u8, at: usize, places: &mut Vec<usize>) {
        places.extend(self.watch.push(byte, at, self.prefix.plain()));
    }

    pub(super) fn end_url(&mut self, places: &mut Vec<usize>) {
        places.extend(self.watch.end(self.prefix.plain()));
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}

fn is_unprintable(byte: u8) -> bool {
    matches!(byte, 0x01..=0x08 | 0x0b | 0x0e..=0x1f | 0x7f)
}
