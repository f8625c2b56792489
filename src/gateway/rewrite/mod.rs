//! The rewriting of responses for a base path, for a backend that takes itself to be at the root.
//!
//! All that it ever does is put the prefix in: before the slash of each path that a browser would
//! look for at the root. Nothing is taken out and nothing else is changed, so that whatever is not
//! understood passes as it came, byte for byte. Each reader ([`html`], [`css`], [`json`]) finds
//! places; the [`tape`] holds what was read until they are known, which is never longer than it
//! takes to read the tag or the URL that is being read. [`url`] alone decides whether a URL gets
//! the prefix.
//!
//! It does no input or output of its own, and no input makes it fail.

mod css;
pub mod headers;
mod html;
mod json;
mod kind;
mod prefix;
mod tape;
mod url;

use std::sync::Arc;

use self::html::{Finder, Frame};
pub use self::kind::Kind;
use self::prefix::{Notation, Prefix};
use self::tape::Tape;

/// Rewrites one response's body as it comes.
#[derive(Debug)]
pub struct Rewriter {
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The first bytes may say that the text is UTF-16.
    Start {
        kind: Kind,
        prefix: Prefix,
        read: Vec<u8>,
    },
    Page(Box<Finder>),
    Text(Box<Text>),
    /// All passes as it is.
    Pass,
}

impl Rewriter {
    /// For a body of this kind, under a base path such as `/user/alice`; a slash at its end does
    /// not matter. Under `/` everything passes as it is.
    pub fn new(kind: Kind, prefix: &str) -> Rewriter {
        let stage = Prefix::new(prefix).map_or(Stage::Pass, |prefix| Stage::Start {
            kind,
            prefix,
            read: Vec::new(),
        });
        Rewriter { stage }
    }

    /// Reads a piece, and adds to `out` all that can be sent by now.
    pub fn write(&mut self, input: &[u8], out: &mut Vec<u8>) {
        match &mut self.stage {
            Stage::Start { read, .. } => {
                read.extend_from_slice(input);
                if !matches!(read.as_slice(), [] | [0xfe | 0xff]) {
                    self.start(out);
                }
            }
            Stage::Page(finder) => {
                finder.read(input);
                finder.release(out);
            }
            Stage::Text(text) => text.write(input, out),
            Stage::Pass => out.extend_from_slice(input),
        }
    }

    /// The body is over: adds to `out` what is left.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        if matches!(self.stage, Stage::Start { .. }) {
            self.start(out);
        }
        match &mut self.stage {
            Stage::Page(finder) => {
                finder.end();
                finder.release(out);
            }
            Stage::Text(text) => text.finish(out),
            Stage::Start { .. } | Stage::Pass => {}
        }
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        let Stage::Start { kind, prefix, read } = std::mem::replace(&mut self.stage, Stage::Pass)
        else {
            return;
        };
        if !matches!(read.as_slice(), [0xfe, 0xff, ..] | [0xff, 0xfe, ..]) {
            self.stage = stage(kind, Arc::new(prefix));
        }
        self.write(&read, out);
    }
}

fn stage(kind: Kind, prefix: Arc<Prefix>) -> Stage {
    let (notation, reader) = match kind {
        Kind::Html | Kind::Xml => {
            let frame = Frame { prefix, depth: 0, nesting: 0, is_xml: kind == Kind::Xml };
            return Stage::Page(Box::new(Finder::new(frame)));
        }
        Kind::Css => (Notation::Css, Reader::Css(css::Scanner::new(Arc::clone(&prefix)))),
        Kind::Manifest => {
            let json = json::Scanner::new(json::MANIFEST, Arc::clone(&prefix));
            (Notation::Plain, Reader::Json(json))
        }
    };
    let insert = prefix.written(notation, 0);
    Stage::Text(Box::new(Text { tape: Tape::default(), reader, insert, places: Vec::new() }))
}

/// A style sheet or a manifest.
#[derive(Debug)]
struct Text {
    tape: Tape,
    reader: Reader,
    insert: Vec<u8>,
    places: Vec<usize>,
}

#[derive(Debug)]
enum Reader {
    Css(css::Scanner),
    Json(json::Scanner),
}

impl Text {
    fn write(&mut self, input: &[u8], out: &mut Vec<u8>) {
        let start = self.tape.end();
        self.tape.push(input);
        let pending = match &mut self.reader {
            Reader::Css(scanner) => {
                scanner.scan(input, start, &mut self.places);
                scanner.pending()
            }
            Reader::Json(scanner) => {
                scanner.scan(input, start, &mut self.places);
                scanner.pending()
            }
        };
        self.release(pending, out);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        match &mut self.reader {
            Reader::Css(scanner) => scanner.end(&mut self.places),
            Reader::Json(scanner) => scanner.end(),
        }
        self.release(None, out);
    }

    fn release(&mut self, pending: Option<usize>, out: &mut Vec<u8>) {
        for at in self.places.drain(..) {
            self.tape.insert(at, self.insert.clone());
        }
        self.tape.release(pending.unwrap_or(self.tape.end()), out);
    }
}

#[cfg(test)]
mod tests;
