//! Where URLs stand in a style sheet.
//!
//! A tokenizer after CSS Syntax Module Level 3, §4, that keeps no tokens: only the name that is
//! being read, the parentheses that are open, and the URL that is being looked at. It reads byte
//! by byte, so that it does not matter where the style sheet is cut into pieces.

mod escape;
mod name;
mod states;

use std::sync::Arc;

use self::escape::{Escape, Step};
use self::name::{Name, Parentheses, is_name};
use super::prefix::Prefix;
use super::url::Watch;

/// Finds `url(…)` and `src("…")`, the strings of `@import` and those of `image-set(…)`.
#[derive(Debug)]
pub struct Scanner {
    prefix: Arc<Prefix>,
    state: State,
    name: Name,
    open: Parentheses,
    /// The string that comes next is an `@import`'s.
    import: bool,
    watch: Watch,
    escape: Option<Escape>,
    /// A line end of two bytes counts as one: its first was read.
    half_line_end: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Normal,
    /// A slash, which may begin a comment.
    Slash,
    Comment,
    /// A star in a comment, which may end it.
    Star,
    /// So many bytes of `<!--`, which is a token of its own.
    Opening(usize),
    At,
    Hash,
    /// A minus, which may begin a number or such a name.
    Minus(Kind),
    /// A dot, which may begin or continue a number.
    Dot,
    Digits,
    Name(Kind),
    /// Behind `url(`: white space, then a string or the URL itself.
    UrlStart,
    Url,
    /// Behind a URL without quotes: nothing but white space may follow.
    UrlEnd,
    /// What follows instead belongs to a token that browsers throw away.
    BadUrl,
    /// In a string that ends with this quote.
    Text(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    At,
    /// A colour, an ID or a unit: no function, whatever follows.
    Other,
}

/// Whether a byte was used, or is to be looked at again in another state.
#[derive(PartialEq, Eq)]
enum Use {
    Done,
    Again,
}

impl Scanner {
    /// At the beginning of a style sheet, or of declarations.
    pub fn new(prefix: Arc<Prefix>) -> Scanner {
        Scanner {
            prefix,
            state: State::Normal,
            name: Name::default(),
            open: Parentheses::default(),
            import: false,
            watch: Watch::idle(),
            escape: None,
            half_line_end: false,
        }
    }

    /// Reads a piece that begins at `start` and adds the places for the prefix to `places`.
    pub fn scan(&mut self, bytes: &[u8], start: usize, places: &mut Vec<usize>) {
        let mut rest = bytes;
        while let Some((&byte, behind)) = rest.split_first() {
            let at = start + (bytes.len() - rest.len());
            rest = match self.skip(rest) {
                0 => {
                    self.push(byte, at, places);
                    behind
                }
                skipped => rest.get(skipped..).unwrap_or_default(),
            };
        }
    }

    /// How many of the next bytes cannot change the state; they are done with.
    fn skip(&mut self, rest: &[u8]) -> usize {
        if self.escape.is_some() || self.half_line_end {
            return 0;
        }
        let run = |skipped: fn(u8) -> bool| {
            rest.iter().position(|&byte| !skipped(byte)).unwrap_or(rest.len())
        };
        match self.state {
            State::Comment => run(|byte| byte != b'*'),
            State::Text(_) if !self.watch.is_open() => run(is_inert_in_text),
            State::Name(_) => {
                let length = run(is_name);
                self.name.extend(rest.get(..length).unwrap_or_default());
                length
            }
            _ => 0,
        }
    }

    /// Reads the byte that stands at `at`.
    pub fn push(&mut self, byte: u8, at: usize, places: &mut Vec<usize>) {
        if std::mem::take(&mut self.half_line_end) && byte == b'\n' {
            return;
        }
        if let Some(escape) = self.escape.take()
            && self.continue_escape(escape, byte, at, places) == Use::Done
        {
            return;
        }
        while self.step(byte, at, places) == Use::Again {}
    }

    /// The end: what is open counts as closed. It may begin again.
    pub fn end(&mut self, places: &mut Vec<usize>) {
        // In a string, a backslash at the end is nothing (§4.3.5).
        let is_nothing =
            |escape: &Escape| !escape.is_number() && matches!(self.state, State::Text(_));
        if let Some(escape) = self.escape.take().filter(|escape| !is_nothing(escape)) {
            self.character(escape.cut_off(), escape.at(), places);
        }
        self.end_url(places);
        *self = Scanner::new(Arc::clone(&self.prefix));
    }

    /// The first place that is not decided yet.
    pub fn pending(&self) -> Option<usize> {
        let escape = self.escape.as_ref().filter(|_| self.watch.is_open()).map(Escape::at);
        self.watch.pending().or(escape)
    }

    fn continue_escape(
        &mut self,
        mut escape: Escape,
        byte: u8,
        at: usize,
        places: &mut Vec<usize>,
    ) -> Use {
        match escape.push(byte) {
            Step::More => {
                self.escape = Some(escape);
                Use::Done
            }
            Step::Ended(character) => {
                self.half_line_end = byte == b'\r' && escape.is_number();
                self.character(character, escape.at(), places);
                Use::Done
            }
            Step::EndedBefore(character) => {
                self.character(character, escape.at(), places);
                Use::Again
            }
            Step::LineEnd => self.escaped_line_end(byte, at),
        }
    }

    /// A backslash before a line end is an escape in a string alone (§4.3.8).
    fn escaped_line_end(&mut self, byte: u8, at: usize) -> Use {
        match self.state {
            State::Text(_) => {
                self.half_line_end = byte == b'\r';
                self.watch.wait(at);
                Use::Done
            }
            State::Url | State::UrlEnd | State::BadUrl => {
                self.give_up_url();
                Use::Again
            }
            _ => {
                self.state = State::Normal;
                self.import = false;
                Use::Again
            }
        }
    }

    /// An escaped character: part of a name, a string or a URL, whatever it is.
    fn character(&mut self, byte: u8, at: usize, places: &mut Vec<usize>) {
        match self.state {
            State::Text(_) | State::Url => self.read_url(byte, at, places),
            State::Name(_) => self.name.push(byte),
            State::Minus(kind) => {
                self.begin_name(kind, b'-');
                self.name.push(byte);
            }
            State::At => self.begin_name(Kind::At, byte),
            State::Hash | State::Digits => self.begin_name(Kind::Other, byte),
            State::Normal => self.begin_name(Kind::Plain, byte),
            _ => {}
        }
    }
}

fn is_inert_in_text(byte: u8) -> bool {
    !matches!(byte, b'"' | b'\'' | b'\\' | b'\n' | b'\r' | b'\x0c')
}

#[cfg(test)]
mod tests;
