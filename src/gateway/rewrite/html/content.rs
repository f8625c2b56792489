//! The text of elements whose text is no markup of the page itself: style sheets, import maps,
//! and what is there for browsers without scripts.

use super::Finder;
use super::entities::Decoder;
use crate::gateway::rewrite::tape::Insert;
use crate::gateway::rewrite::{css, json};

/// What reads an element's text, and finds the places in it.
#[derive(Debug)]
pub enum Content {
    /// A style sheet. SVG's is markup, in which references stand for characters, outside of CDATA
    /// sections.
    Style { sheet: Box<css::Scanner>, references: Decoder, texts: Texts },
    /// JSON.
    Json { json: Box<json::Scanner>, text: Vec<u8> },
    /// A part of a page, and where it begins.
    Page { finder: Box<Finder>, start: Option<usize> },
}

/// What is put into a style sheet, by how it is written there.
#[derive(Debug)]
pub struct Texts {
    plain: Vec<u8>,
    in_markup: Vec<u8>,
    /// Whether what is read now is markup. Nothing is undecided where that changes.
    is_markup: bool,
}

impl Texts {
    /// The same text, for both.
    pub fn new(plain: Vec<u8>, in_markup: Vec<u8>) -> Texts {
        Texts { plain, in_markup, is_markup: false }
    }

    fn here(&self) -> &[u8] {
        if self.is_markup { &self.in_markup } else { &self.plain }
    }
}

impl Content {
    /// Reads a piece that begins at `start`, and returns what is to be put in.
    pub fn read(&mut self, bytes: &[u8], start: usize, is_markup: bool) -> Vec<Insert> {
        let mut places = Vec::new();
        if let Content::Style { texts, .. } = self {
            texts.is_markup = is_markup;
        }
        match self {
            Content::Style { sheet, references, .. } if is_markup => {
                for (at, &byte) in (start..).zip(bytes) {
                    references.push(byte, at, &mut |byte, at| sheet.push(byte, at, &mut places));
                }
            }
            Content::Style { sheet, .. } => sheet.scan(bytes, start, &mut places),
            Content::Json { json, .. } => json.scan(bytes, start, &mut places),
            Content::Page { finder, start: first } => {
                first.get_or_insert(start);
                finder.read(bytes);
            }
        }
        self.inserts(places)
    }

    /// The text is over; returns what is still to be put in.
    pub fn end(&mut self) -> Vec<Insert> {
        let mut places = Vec::new();
        match self {
            Content::Style { sheet, references, .. } => {
                references.end(&mut |byte, at| sheet.push(byte, at, &mut places));
                sheet.end(&mut places);
            }
            Content::Json { json, .. } => json.end(),
            Content::Page { finder, .. } => finder.end(),
        }
        self.inserts(places)
    }

    /// The first place that is not decided yet.
    pub fn pending(&self) -> Option<usize> {
        match self {
            Content::Style { sheet, references, .. } => {
                [sheet.pending(), references.pending()].into_iter().flatten().min()
            }
            Content::Json { json, .. } => json.pending(),
            Content::Page { finder, start } => start.map(|start| start + finder.settled()),
        }
    }

    fn inserts(&mut self, places: Vec<usize>) -> Vec<Insert> {
        match self {
            Content::Style { texts, .. } => all_with(texts.here(), places),
            Content::Json { text, .. } => all_with(text, places),
            Content::Page { finder, start } => {
                let start = start.unwrap_or_default();
                let moved = |insert: Insert| Insert { at: start + insert.at, ..insert };
                finder.take().into_iter().map(moved).collect()
            }
        }
    }
}

fn all_with(text: &[u8], places: Vec<usize>) -> Vec<Insert> {
    places.into_iter().map(|at| Insert { at, text: text.to_vec() }).collect()
}
