//! What is read back from a file is decoded as a whole, and compared with what it is said to be,
//! before any of it is sent: a cache file may be torn, old, or somebody's idea of a joke.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::form::{BLOCK, Content, Damaged, FileId, Form, Place, Span, Sums};
use super::identity::{Digest, Identity};
use super::record::{self, Record};
use crate::gateway::encoding::{Coding, Decoder};

/// The largest content that is kept, in bytes, before coding.
pub const LARGEST: u64 = 64 << 20;

/// What is in a file.
#[derive(Debug)]
pub struct Proven {
    /// What its head says.
    pub record: Record,
    span: Span,
    sums: Sums,
}

impl Proven {
    /// The form, in its place.
    pub fn form(self, place: impl FnOnce(Span) -> Place) -> Form {
        let Record { coding, identity, length, is_smallest, .. } = self.record;
        let (sums, place) = (self.sums.finish(), place(self.span));
        Form { coding, identity, length, is_smallest, sums, place }
    }
}

/// Reads and decodes a file that claims to be a kept form. `expected` is what its name says.
///
/// # Errors
/// It is not what it claims to be, or something else than expected.
pub fn prove(file: &File, expected: impl Fn(&Record) -> bool) -> Result<Proven, Damaged> {
    let mut blocks = Blocks::of(file, expected)?;
    let record = blocks.record;
    decode(record.coding, record.identity, |block| blocks.next(block), |_| Ok(()))?;
    Ok(blocks.proven())
}

/// The same for a file of somebody whose word is good for what is in it: it is read, so that each
/// block has its sum, and not decoded.
///
/// # Errors
/// It is torn, or something else than expected.
pub fn believe(file: &File, expected: impl Fn(&Record) -> bool) -> Result<Proven, Damaged> {
    let mut blocks = Blocks::of(file, expected)?;
    let mut block = Vec::with_capacity(BLOCK);
    loop {
        blocks.next(&mut block)?;
        if block.is_empty() {
            return Ok(blocks.proven());
        }
    }
}

/// What follows a file's head, block by block.
struct Blocks<'a> {
    file: &'a File,
    id: FileId,
    record: Record,
    sums: Sums,
    at: u64,
}

impl Blocks<'_> {
    const START: u64 = record::LENGTH as u64;

    fn of(file: &File, expected: impl Fn(&Record) -> bool) -> Result<Blocks<'_>, Damaged> {
        let mut head = [0; record::LENGTH];
        file.read_exact_at(&mut head, 0).map_err(|_| Damaged)?;
        let record = Record::from_bytes(&head).filter(expected).ok_or(Damaged)?;
        let id = FileId::of(file).map_err(|_| Damaged)?;
        let is_whole = Self::START.checked_add(record.length) == Some(id.length());
        if !is_whole || record.identity.length > LARGEST {
            return Err(Damaged);
        }
        Ok(Blocks { file, id, record, sums: Sums::default(), at: 0 })
    }

    /// The next one; empty after the last.
    fn next(&mut self, block: &mut Vec<u8>) -> Result<(), Damaged> {
        let length = (self.record.length - self.at).min(BLOCK as u64);
        block.resize(usize::try_from(length).map_err(|_| Damaged)?, 0);
        self.file.read_exact_at(block, Self::START + self.at).map_err(|_| Damaged)?;
        self.at += length;
        self.sums.update(block);
        Ok(())
    }

    fn proven(self) -> Proven {
        let span = Span { file: self.id, start: Self::START };
        Proven { record: self.record, span, sums: self.sums }
    }
}

/// Decodes a form and hands on its content piece by piece.
///
/// # Errors
/// It is damaged, or what takes the pieces had enough.
pub fn replay(
    form: &Form,
    content: &Content,
    take: impl FnMut(&[u8]) -> Result<(), Damaged>,
) -> Result<(), Damaged> {
    let mut number = 0;
    let read = |block: &mut Vec<u8>| {
        number += 1;
        content.read(form, number - 1, block)
    };
    decode(form.coding, form.identity, read, take)
}

/// Decodes blocks until there is an empty one; their content has to be `expected`, and is looked at
/// no further than that is long.
fn decode(
    coding: Coding,
    expected: Identity,
    mut read: impl FnMut(&mut Vec<u8>) -> Result<(), Damaged>,
    mut take: impl FnMut(&[u8]) -> Result<(), Damaged>,
) -> Result<(), Damaged> {
    let mut decoder = Decoder::new(coding);
    let mut digest = Digest::default();
    let mut block = Vec::with_capacity(BLOCK);
    loop {
        read(&mut block)?;
        if block.is_empty() {
            break;
        }
        decode_block(&mut decoder, &block, |piece| {
            digest.update(piece);
            if digest.length() > expected.length { Err(Damaged) } else { take(piece) }
        })?;
    }
    decoder.finish().map_err(|_| Damaged)?;
    if digest.finish() == expected { Ok(()) } else { Err(Damaged) }
}

fn decode_block(
    decoder: &mut Decoder,
    mut block: &[u8],
    mut take: impl FnMut(&[u8]) -> Result<(), Damaged>,
) -> Result<(), Damaged> {
    let mut piece = Vec::with_capacity(BLOCK);
    loop {
        piece.clear();
        let step = decoder.decode(block, &mut piece, BLOCK).map_err(|_| Damaged)?;
        take(&piece)?;
        block = block.get(step.taken..).unwrap_or_default();
        if !step.is_full && block.is_empty() {
            return Ok(());
        }
    }
}
