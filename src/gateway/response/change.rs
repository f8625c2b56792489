//! A body that is changed as it streams: decoded, rewritten, encoded.

use super::webviews::Webviews;
use crate::gateway::assets::Draft;
use crate::gateway::encoding::{Decoder, Encoder};
use crate::gateway::rewrite::Rewriter;
use crate::gateway::wire::scratch;

/// What comes is not what the answer's head says it is, or there is no memory to change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is not in the coding that its head names")]
pub struct Unchangeable;

/// The changes to one body, in this order.
pub struct Change {
    /// Takes off the coding that the IDE sent it in.
    decoder: Option<Decoder>,
    /// Puts the base path in.
    rewriter: Option<Rewriter>,
    /// Turns a workbench's webviews to its own origin.
    webviews: Option<Webviews>,
    /// Puts it into the coding that the client takes.
    pub encoder: Option<Encoder>,
    /// Keeps what was made, and the validator that it is kept under.
    pub draft: Option<(Draft, Option<Vec<u8>>)>,
    has_more: bool,
}

impl Change {
    /// These changes.
    pub fn new(
        decoder: Option<Decoder>,
        rewriter: Option<Rewriter>,
        webviews: Option<Webviews>,
        encoder: Option<Encoder>,
    ) -> Change {
        Change { decoder, rewriter, webviews, encoder, draft: None, has_more: false }
    }

    /// Whether something more would come out without anything going in.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// Takes some of `input` and adds what comes of it to `out`; before it is encoded, that is
    /// about `room` bytes at most. Returns how much was taken.
    pub fn write(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<usize, Unchangeable> {
        let Some(decoder) = &mut self.decoder else {
            let taken = input.len().min(room);
            self.rewrite(input.get(..taken).unwrap_or_default(), out)?;
            return Ok(taken);
        };
        let mut decoded = scratch::room(room);
        let step = decoder.decode(input, &mut decoded, room).map_err(|_| Unchangeable)?;
        self.has_more = step.is_full;
        let done = self.rewrite(&decoded, out);
        scratch::give_back(decoded);
        done.map(|()| step.taken)
    }

    fn rewrite(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<(), Unchangeable> {
        let Some(rewriter) = &mut self.rewriter else {
            return self.turn(content, out);
        };
        let mut rewritten = scratch::room(content.len());
        rewriter.write(content, &mut rewritten);
        let done = self.turn(&rewritten, out);
        scratch::give_back(rewritten);
        done
    }

    fn turn(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<(), Unchangeable> {
        let Some(webviews) = &mut self.webviews else { return self.encode(content, out) };
        let mut turned = scratch::room(content.len());
        webviews.write(content, &mut turned);
        let done = self.encode(&turned, out);
        scratch::give_back(turned);
        done
    }

    fn encode(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<(), Unchangeable> {
        let before = out.len();
        match &mut self.encoder {
            Some(encoder) => encoder.write(content, out).map_err(|_| Unchangeable)?,
            None => out.extend_from_slice(content),
        }
        if let Some((draft, _)) = &mut self.draft {
            draft.push(content, out.get(before..).unwrap_or_default());
        }
        Ok(())
    }

    /// Adds to `out` whatever was held back of what has come so far.
    pub fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), Unchangeable> {
        let before = out.len();
        if let Some(encoder) = &mut self.encoder {
            encoder.flush(out).map_err(|_| Unchangeable)?;
        }
        if let Some((draft, _)) = &mut self.draft {
            draft.push(&[], out.get(before..).unwrap_or_default());
        }
        Ok(())
    }

    /// Nothing more comes.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Unchangeable> {
        if let Some(decoder) = self.decoder.take() {
            decoder.finish().map_err(|_| Unchangeable)?;
        }
        if let Some(rewriter) = self.rewriter.take() {
            let mut rest = Vec::new();
            rewriter.finish(&mut rest);
            self.turn(&rest, out)?;
        }
        if let Some(webviews) = self.webviews.take() {
            let mut rest = Vec::new();
            webviews.finish(&mut rest);
            self.encode(&rest, out)?;
        }
        let before = out.len();
        if let Some(encoder) = self.encoder.take() {
            encoder.finish(out).map_err(|_| Unchangeable)?;
        }
        if let Some((mut draft, etag)) = self.draft.take() {
            draft.push(&[], out.get(before..).unwrap_or_default());
            if draft.is_worth_keeping() {
                draft.commit(etag.as_deref());
            }
        }
        Ok(())
    }
}
