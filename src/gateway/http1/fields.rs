//! The header fields of a head: where they stand in its bytes, and what they are called.

use super::name::{Name, Names};

/// Where something stands in a head's bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// From `start` up to, and not with, `end`. A head is far shorter than 4 GB.
    pub fn new(start: usize, end: usize) -> Span {
        let narrow = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Span { start: narrow(start), end: narrow(end) }
    }

    /// What stands there.
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// One field line.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub(super) name: Name,
    pub(super) spelled: Span,
    pub(super) value: Span,
}

/// The field lines of a head, in the order in which they came.
#[derive(Debug, Default)]
pub struct Lines {
    lines: Vec<Line>,
    present: Names,
}

impl Lines {
    pub(super) fn push(&mut self, line: Line) {
        self.present.add(line.name);
        self.lines.push(line);
    }

    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.present = Names::NONE;
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }
}

/// A field: its name, the name as it was spelled, its value without white space around it.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// What it is called.
    pub name: Name,
    /// How that is spelled.
    pub spelled: &'a [u8],
    /// Its value.
    pub value: &'a [u8],
}

/// The fields of a head.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) lines: &'a Lines,
}

impl<'a> Fields<'a> {
    /// All of them, in order.
    pub fn iter(self) -> impl Iterator<Item = Field<'a>> {
        self.lines.lines.iter().map(move |line| Field {
            name: line.name,
            spelled: line.spelled.of(self.bytes),
            value: line.value.of(self.bytes),
        })
    }

    /// Whether a field is there.
    pub fn has(self, name: Name) -> bool {
        self.lines.present.has(name)
    }

    /// Whether any of these is there.
    pub fn has_any(self, names: Names) -> bool {
        self.lines.present.meet(names)
    }

    /// The values of a field, a line each.
    pub fn all(self, name: Name) -> impl Iterator<Item = &'a [u8]> {
        let lines = if self.has(name) { self.lines.lines.as_slice() } else { &[] };
        lines
            .iter()
            .filter(move |line| line.name == name)
            .map(move |line| line.value.of(self.bytes))
    }

    /// The first value of a field.
    pub fn first(self, name: Name) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// The value of a field that is there once, and is visible ASCII, spaces and tabs.
    pub fn only(self, name: Name) -> Option<&'a str> {
        let mut values = self.all(name);
        let first = values.next()?;
        if values.next().is_some() { None } else { visible(first) }
    }

    /// The members of a comma-separated field, of all its lines (RFC 9110 §5.6.1).
    pub fn tokens(self, name: Name) -> impl Iterator<Item = &'a str> {
        let values = self.all(name).filter_map(visible);
        values.flat_map(|value| value.split(',')).map(str::trim).filter(|token| !token.is_empty())
    }

    /// Whether a comma-separated field holds a token, in any case.
    pub fn has_token(self, name: Name, token: &str) -> bool {
        self.has(name) && self.tokens(name).any(|found| found.eq_ignore_ascii_case(token))
    }
}

fn visible(value: &[u8]) -> Option<&str> {
    let plain = value.iter().all(|&byte| byte == b'\t' || (b' '..0x7f).contains(&byte));
    if plain { std::str::from_utf8(value).ok() } else { None }
}
