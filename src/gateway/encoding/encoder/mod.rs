//! Encoding as a stream: bytes go in, and come out when the coding sees fit or when flushed.

mod brotli;
mod gzip;
mod zstd;

use super::coding::Coding;

/// How much time and memory a better ratio may cost. The figures are for the 19.3 MB of a
/// workbench, on one core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Responses that come and go: zstd 5.4 MB in 0.06 s, gzip 5.0 MB in 0.24 s.
    Stream,
    /// What is sent and kept: zstd 4.6 MB in 0.2 s, gzip 5.0 MB in 0.3 s.
    Asset,
    /// In the background: zstd 4.1 MB in 3 s, brotli 4.3 MB in 1.1 s. Its output comes in big
    /// pieces.
    Smallest,
    /// While an image is built: brotli 3.6 MB in 37 s, of memory hundreds of MB.
    Utmost,
}

/// The coding's library gave up, for want of memory. What came out so far is no whole stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the encoder failed")]
pub struct Failed;

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

/// The base-two logarithm of the smallest window that holds `length` bytes, between two bounds.
fn window_log(length: Option<u64>, least: u32, most: u32) -> u32 {
    let needed = length.map_or(most, |length| u64::BITS - length.saturating_sub(1).leading_zeros());
    needed.clamp(least, most)
}

#[cfg(test)]
mod tests {
    use super::window_log;

    #[test]
    fn a_window_is_no_larger_than_what_it_is_for() {
        for (length, expected) in
            [(0, 10), (1, 10), (1024, 10), (1025, 11), (65536, 16), (65537, 17), (u64::MAX, 18)]
        {
            assert_eq!(window_log(Some(length), 10, 18), expected, "{length}");
        }
        assert_eq!(window_log(None, 10, 18), 18);
    }
}
