//! Decoding as a stream, a bounded step at a time: a small input can stand for gigabytes.

mod brotli;
mod gzip;
mod step;
mod zstd;

use self::step::Done;
pub use self::step::{Corrupt, Step};
use super::coding::Coding;

/// Decodes one stream.
pub struct Decoder(Inner);

enum Inner {
    Identity,
    Gzip(Box<gzip::Gzip>),
    Brotli(Box<brotli::Brotli>),
    Zstd(Box<zstd::Zstd>),
}

impl Decoder {
    /// For a response in this coding.
    pub fn new(coding: Coding) -> Decoder {
        Decoder(match coding {
            Coding::Identity => Inner::Identity,
            Coding::Gzip => Inner::Gzip(Box::new(gzip::Gzip::new())),
            Coding::Brotli => Inner::Brotli(Box::new(brotli::Brotli::new())),
            Coding::Zstd => Inner::Zstd(Box::new(zstd::Zstd::new())),
        })
    }

    /// Takes bytes in and adds at most `room` bytes to `out`. To be called again with what is left
    /// of the input, and while a step is full even if nothing is left.
    ///
    /// Several gzip members or zstd frames in a row are one stream (RFC 1952 §2.2, RFC 8878 §3.1).
    /// What follows the end of a gzip or brotli stream is ignored, as browsers do.
    ///
    /// # Errors
    /// See [`Corrupt`]. What is in `out` by then was right.
    pub fn decode(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<Step, Corrupt> {
        let filled = out.len();
        out.resize(filled + room, 0);
        let space = out.get_mut(filled..).unwrap_or_default();
        let done = match &mut self.0 {
            Inner::Identity => Ok(copy(input, space)),
            Inner::Gzip(gzip) => gzip.decode(input, space),
            Inner::Brotli(brotli) => brotli.decode(input, space),
            Inner::Zstd(zstd) => zstd.decode(input, space),
        };
        let made = done.map_or(0, |done| done.made);
        out.truncate(filled + made);
        done.map(|done| Step { taken: done.taken, is_full: made == room })
    }

    /// To be called where the input ends.
    ///
    /// # Errors
    /// The stream is not complete. Nothing at all is, as what a HEAD is answered with.
    pub fn finish(self) -> Result<(), Corrupt> {
        let is_complete = match self.0 {
            Inner::Identity => true,
            Inner::Gzip(gzip) => gzip.is_complete(),
            Inner::Brotli(brotli) => brotli.is_complete(),
            Inner::Zstd(zstd) => zstd.is_complete(),
        };
        if is_complete { Ok(()) } else { Err(Corrupt) }
    }
}

fn copy(input: &[u8], space: &mut [u8]) -> Done {
    let count = input.len().min(space.len());
    input.iter().zip(space).for_each(|(from, to)| *to = *from);
    Done { taken: count, made: count }
}
