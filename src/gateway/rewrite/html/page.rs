//! A page while it is read: what is held of it, and the places that were found.

use std::ops::Range;
use std::sync::Arc;

use super::attributes::{Holds, Lower, holds};
use super::content::{Content, Texts};
use super::entities::{Decoded, Decoder};
use super::{Finder, LONGEST_TOKEN, values};
use crate::gateway::rewrite::prefix::{Depth, Notation, Prefix};
use crate::gateway::rewrite::tape::{Insert, Tape};
use crate::gateway::rewrite::{css, json, url};

/// How many pages may stand in one another: `srcdoc` and `noscript` hold pages.
const DEEPEST: u8 = 3;

/// An attribute's name and value: where they stand.
pub type Attribute = (Range<usize>, Range<usize>);

/// A start tag, by its places.
#[derive(Debug)]
pub struct StartTag<'a> {
    /// All of it.
    pub range: Range<usize>,
    /// Those that have a value.
    pub attributes: &'a [Attribute],
    /// Whether it is HTML's, and not SVG's or MathML's.
    pub is_html: bool,
}

/// What pages in one another share, and what tells them apart.
#[derive(Debug, Clone)]
pub struct Frame {
    /// What is put in.
    pub prefix: Arc<Prefix>,
    /// How many attributes the page stands in.
    pub depth: Depth,
    /// How many pages it stands in.
    pub nesting: u8,
    /// Whether the whole is XML, in which any element may be closed by its own tag.
    pub is_xml: bool,
}

/// What is known of a page.
#[derive(Debug)]
pub struct Page {
    frame: Frame,
    /// What was read and not sent.
    pub tape: Tape,
    /// The position up to which the parser is done.
    pub parsed: usize,
    content: Option<Content>,
    /// The last start tag was one whose text is no markup.
    pub in_text: bool,
    /// How many elements are open that lead from HTML to SVG or MathML.
    pub foreign: usize,
    /// Where the parser began.
    pub began: usize,
    /// Where a tag wants it to begin again.
    pub restart: Option<usize>,
}

impl Page {
    /// At the beginning of a page.
    pub fn new(frame: Frame) -> Page {
        Page {
            frame,
            tape: Tape::default(),
            parsed: 0,
            content: None,
            in_text: false,
            foreign: 0,
            began: 0,
            restart: None,
        }
    }

    /// The position up to which all is decided.
    pub fn settled(&self) -> usize {
        let pending = self.content.as_ref().and_then(Content::pending);
        pending.map_or(self.parsed, |pending| pending.min(self.parsed))
    }

    /// What the parser is done with, or gives up.
    pub fn leave(&mut self, until: usize) {
        if let Some(mut content) = self.content.take() {
            self.insert_all(content.end());
        }
        self.parsed = until;
    }

    /// Looks at a start tag's attributes, and prepares for the text behind it.
    pub fn start_tag(&mut self, tag: &StartTag<'_>) {
        let name = self.tag_name(tag.range.start);
        let name = name.as_bytes();
        self.in_text = tag.is_html && super::is_text_element(name);
        self.content = self.content_of(name, tag);
        if tag.range.len() > LONGEST_TOKEN {
            return;
        }
        for (attribute, value) in tag.attributes {
            let attribute = Lower::new(self.tape.get(attribute.clone()));
            if let Some(holds) = attribute.and_then(|attribute| holds(name, attribute.as_bytes())) {
                self.attribute(holds, value.clone(), tag.attributes);
            }
        }
    }

    /// Reads the text of an element that was prepared for.
    pub fn text(&mut self, range: Range<usize>, is_markup: bool, is_last: bool) {
        let Some(content) = &mut self.content else { return };
        let mut inserts = content.read(self.tape.get(range.clone()), range.start, is_markup);
        if is_last {
            inserts.extend(content.end());
            // A style sheet may go on behind a comment; the text that is a page is one.
            if matches!(content, Content::Page { .. }) {
                self.content = None;
            }
        }
        self.insert_all(inserts);
    }

    fn tag_name(&self, start: usize) -> Lower {
        let mut at = start + 1;
        let ends = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'/' | b'>');
        while self.tape.get(at..at + 1).first().is_some_and(|byte| !ends(byte)) {
            at += 1;
        }
        Lower::new(self.tape.get(start + 1..at)).unwrap_or_default()
    }

    fn content_of(&self, tag: &[u8], start: &StartTag<'_>) -> Option<Content> {
        let prefix = Arc::clone(&self.frame.prefix);
        let depth = self.frame.depth;
        match tag {
            b"style" => Some(Content::Style {
                texts: Texts::new(
                    prefix.written(Notation::Css, depth),
                    prefix.written(Notation::Css, depth + 1),
                ),
                sheet: Box::new(css::Scanner::new(prefix)),
                references: Decoder::default(),
            }),
            b"script" => self.is_json_script(start.attributes).then(|| Content::Json {
                text: prefix.written(Notation::Plain, depth),
                json: Box::new(json::Scanner::new(json::Strings::All, prefix)),
            }),
            b"noscript" if start.is_html => {
                self.nested(0).map(|finder| Content::Page { finder, start: None })
            }
            _ => None,
        }
    }

    fn nested(&self, attributes: Depth) -> Option<Box<Finder>> {
        let frame = Frame {
            depth: self.frame.depth + attributes,
            nesting: self.frame.nesting + 1,
            ..self.frame.clone()
        };
        (frame.nesting <= DEEPEST).then(|| Box::new(Finder::new(frame)))
    }

    fn is_json_script(&self, attributes: &[Attribute]) -> bool {
        self.value_of(b"type", attributes).is_some_and(|kind| {
            kind.eq_ignore_ascii_case(b"importmap")
                || kind.eq_ignore_ascii_case(b"speculationrules")
        })
    }

    /// The value of the first attribute with this name, decoded, without space around it.
    fn value_of(&self, name: &[u8], attributes: &[Attribute]) -> Option<Vec<u8>> {
        let named =
            |attribute: &&Attribute| self.tape.get(attribute.0.clone()).eq_ignore_ascii_case(name);
        let (_, value) = attributes.iter().find(named)?;
        let decoded = Decoded::new(self.tape.get(value.clone()));
        Some(decoded.bytes.trim_ascii().to_vec())
    }

    fn attribute(&mut self, holds: Holds, value: Range<usize>, attributes: &[Attribute]) {
        let source = self.tape.get(value.clone());
        // Most values hold no path: nothing that is, or stands for, a slash.
        if !source.iter().any(|byte| matches!(byte, b'/' | b'\\' | b'&')) {
            return;
        }
        let decoded = Decoded::new(source);
        let mut inserts = self.inserts(holds, &decoded.bytes, attributes);
        for insert in &mut inserts {
            insert.at = value.start + decoded.source(insert.at);
        }
        self.insert_all(inserts);
    }

    /// What is to be put into a decoded value, with places in it.
    fn inserts(&self, holds: Holds, value: &[u8], attributes: &[Attribute]) -> Vec<Insert> {
        let mut places = Vec::new();
        let prefix = &self.frame.prefix;
        let plain = prefix.plain();
        match holds {
            Holds::Url => places.extend(url::place(value, plain)),
            Holds::List => values::in_list(value, plain, &mut places),
            Holds::Srcset => values::in_srcset(value, plain, &mut places),
            Holds::Style => {
                let mut sheet = css::Scanner::new(Arc::clone(prefix));
                sheet.scan(value, 0, &mut places);
                sheet.end(&mut places);
            }
            Holds::Page => return self.inserts_in_page(value),
            Holds::MetaContent => {
                let equiv = self.value_of(b"http-equiv", attributes);
                if equiv.is_some_and(|equiv| equiv.eq_ignore_ascii_case(b"refresh")) {
                    places.extend(values::in_refresh(value, plain));
                }
            }
            Holds::MetaSettings => match self.value_of(b"id", attributes).as_deref() {
                Some(b"vscode-workbench-web-configuration") => {
                    let mut json = json::Scanner::new(json::WORKBENCH, Arc::clone(prefix));
                    json.scan(value, 0, &mut places);
                }
                Some(b"vscode-workbench-web-base-url") => places.extend(url::place(value, plain)),
                _ => {}
            },
        }
        let notation = if holds == Holds::Style { Notation::Css } else { Notation::Plain };
        let text = || prefix.written(notation, self.frame.depth + 1);
        places.into_iter().map(|at| Insert { at, text: text() }).collect()
    }

    fn inserts_in_page(&self, value: &[u8]) -> Vec<Insert> {
        let Some(mut finder) = self.nested(1) else { return Vec::new() };
        finder.read(value);
        finder.end();
        finder.take()
    }

    fn insert_all(&mut self, inserts: Vec<Insert>) {
        inserts.into_iter().for_each(|insert| self.tape.insert(insert.at, insert.text));
    }
}
