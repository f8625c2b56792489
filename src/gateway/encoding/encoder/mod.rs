//! Encoding as a stream: bytes go in, and come out when the coding sees fit or when flushed.

mod brotli;
mod effort;
mod gzip;
mod zstd;

pub use self::effort::{Effort, Failed};
use super::coding::Coding;

/// Encodes one stream.
pub struct Encoder {
    inner: Inner,
    /// Whether something went in that was not flushed.
    is_pending: bool,
}

enum Inner {
    Identity,
    Gzip(Box<gzip::Gzip>),
    Brotli(Box<brotli::Brotli>),
    Zstd(Box<zstd::Zstd>),
}

impl Encoder {
    /// One for a response as it passes. Where its `length` in bytes is known, less memory does;
    /// it is no promise.
    pub fn new(coding: Coding, length: Option<u64>) -> Encoder {
        Encoder::with(coding, Effort::Stream, length)
    }

    /// One that takes more or less time.
    pub fn with(coding: Coding, effort: Effort, length: Option<u64>) -> Encoder {
        let inner = match coding {
            Coding::Identity => Inner::Identity,
            Coding::Gzip => Inner::Gzip(Box::new(gzip::Gzip::new(effort, length))),
            Coding::Brotli => Inner::Brotli(Box::new(brotli::Brotli::new(effort, length))),
            Coding::Zstd => Inner::Zstd(Box::new(zstd::Zstd::new(effort, length))),
        };
        Encoder { inner, is_pending: false }
    }

    /// Takes bytes in. What comes out is added to `out`: not more than what went in since the last
    /// flush, and a little.
    ///
    /// # Errors
    /// See [`Failed`].
    pub fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), Failed> {
        self.is_pending |= !input.is_empty();
        match &mut self.inner {
            Inner::Identity => out.extend_from_slice(input),
            Inner::Gzip(gzip) => gzip.write(input, out)?,
            Inner::Brotli(brotli) => brotli.write(input, out)?,
            Inner::Zstd(zstd) => zstd.write(input, out)?,
        }
        Ok(())
    }

    /// Adds to `out` what it takes that all that went in can be decoded now. Nothing where nothing
    /// went in since the last time.
    ///
    /// # Errors
    /// See [`Failed`].
    pub fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), Failed> {
        if !std::mem::take(&mut self.is_pending) {
            return Ok(());
        }
        match &mut self.inner {
            Inner::Identity => Ok(()),
            Inner::Gzip(gzip) => gzip.flush(out),
            Inner::Brotli(brotli) => brotli.flush(out),
            Inner::Zstd(zstd) => zstd.flush(out),
        }
    }

    /// Adds the end of the stream to `out`.
    ///
    /// # Errors
    /// See [`Failed`].
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), Failed> {
        match self.inner {
            Inner::Identity => Ok(()),
            Inner::Gzip(gzip) => gzip.finish(out),
            Inner::Brotli(brotli) => brotli.finish(out),
            Inner::Zstd(zstd) => zstd.finish(out),
        }
    }
}
