//! Where URLs stand in a page.
//!
//! lol_html parses; it is asked for places alone. What it would send is counted, not used: the
//! page's bytes stay on a [`Tape`](super::tape::Tape) until the parser is past them and all that
//! is to be put in among them is known. So a byte that is not looked at cannot be changed, and a
//! parser that gives up takes nothing with it.

mod attributes;
mod content;
mod entities;
mod page;
mod parser;
mod skip;
pub mod values;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use self::page::Frame;
use self::page::Page;
use self::parser::Parser;
use self::skip::Skip;
use super::tape::Insert;

/// A longer tag is passed as it is, in bytes. Pictures in a page's source have this size; what
/// holds URLs does not.
const LONGEST_TOKEN: usize = 1 << 20;

/// Larger pieces are cut, since the parser copies a piece into that memory.
const PIECE: usize = 64 << 10;

/// Finds the places in a page that comes in pieces.
pub struct Finder {
    frame: Frame,
    page: Arc<Mutex<Page>>,
    stage: Stage,
}

enum Stage {
    Reading(Parser),
    /// On the way to the end of a token that is too long.
    Skipping(Skip),
    /// The rest is passed as it is.
    Off,
}

impl fmt::Debug for Finder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finder").field("frame", &self.frame).finish_non_exhaustive()
    }
}

impl Finder {
    /// At the beginning of a page.
    pub fn new(frame: Frame) -> Finder {
        let page = Arc::new(Mutex::new(Page::new(frame.clone())));
        let stage = reading(&frame, &page, 0);
        Finder { frame, page, stage }
    }

    /// Reads a piece.
    pub fn read(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(PIECE) {
            lock(&self.page).tape.push(piece);
            let mut left = self.parse(piece);
            while let Some(rest) = left {
                left = self.parse(&rest);
            }
        }
    }

    /// The page is over: everything is decided.
    pub fn end(&mut self) {
        if let Stage::Reading(parser) = std::mem::replace(&mut self.stage, Stage::Off) {
            // An error leaves undone what comes next, and nothing does.
            let _ = parser.end();
        }
        let mut page = lock(&self.page);
        let end = page.tape.end();
        page.leave(end);
    }

    /// The position up to which all is decided.
    pub fn settled(&self) -> usize {
        lock(&self.page).settled()
    }

    /// Sends what is decided.
    pub fn release(&mut self, out: &mut Vec<u8>) {
        let mut page = lock(&self.page);
        let settled = page.settled();
        page.tape.release(settled, out);
    }

    /// Returns what is to be put in as far as it is decided, and forgets the page up to there.
    pub fn take(&mut self) -> Vec<Insert> {
        let mut page = lock(&self.page);
        let settled = page.settled();
        page.tape.take(settled)
    }

    /// Parses the last bytes on the tape; returns those that another parser is to go on with.
    fn parse(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        match &mut self.stage {
            Stage::Off => {
                self.pass_all();
                None
            }
            Stage::Skipping(skip) => match skip.read(bytes) {
                None => {
                    self.pass_all();
                    None
                }
                Some(length) => {
                    let goes_on = skip.leads_to_markup();
                    let at = lock(&self.page).tape.end() - bytes.len() + length;
                    self.go_on_from(at, goes_on)
                }
            },
            Stage::Reading(parser) => match parser.write(bytes) {
                Ok(()) => self.skip_what_is_too_long(),
                Err(_) => self.recover(),
            },
        }
    }

    fn pass_all(&mut self) {
        let mut page = lock(&self.page);
        let end = page.tape.end();
        page.leave(end);
    }

    /// Gives the token up that the parser waits for the end of, if that is too long in coming.
    fn skip_what_is_too_long(&mut self) -> Option<Vec<u8>> {
        let page = lock(&self.page);
        let waiting = page.tape.get(page.parsed..page.tape.end());
        if waiting.len() <= LONGEST_TOKEN {
            return None;
        }
        let waiting = waiting.to_vec();
        drop(page);
        self.stage = Stage::Skipping(Skip::new());
        Some(waiting)
    }

    /// The parser gave up: a tag asked for it ([`parser::Restart`]), or it ran out of memory for
    /// the elements that are open. These it does not need to know.
    fn recover(&mut self) -> Option<Vec<u8>> {
        let mut page = lock(&self.page);
        let restart = page.restart.take();
        let at = restart.unwrap_or(page.parsed);
        let goes_on = restart.is_some() || (!page.in_text && at > page.began);
        drop(page);
        self.go_on_from(at, goes_on)
    }

    /// Goes on at a place where markup is read, with a parser that knows nothing.
    fn go_on_from(&mut self, at: usize, goes_on: bool) -> Option<Vec<u8>> {
        let mut page = lock(&self.page);
        page.leave(at);
        page.began = at;
        page.foreign = 0;
        let rest = page.tape.get(at..page.tape.end()).to_vec();
        drop(page);
        self.stage = if goes_on { reading(&self.frame, &self.page, at) } else { Stage::Off };
        Some(rest)
    }
}

/// A stage that reads with a parser whose first byte stands at `began`.
fn reading(frame: &Frame, page: &Arc<Mutex<Page>>, began: usize) -> Stage {
    Parser::new(frame.is_xml, page, began).map_or(Stage::Off, Stage::Reading)
}

fn lock(page: &Mutex<Page>) -> MutexGuard<'_, Page> {
    page.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether HTML takes what follows such a tag for text, up to the tag that ends it (§13.2.6).
fn is_text_element(name: &[u8]) -> bool {
    matches!(
        name,
        b"iframe"
            | b"noembed"
            | b"noframes"
            | b"noscript"
            | b"plaintext"
            | b"script"
            | b"style"
            | b"textarea"
            | b"title"
            | b"xmp"
    )
}
