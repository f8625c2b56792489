//! Content codings: which one a client takes, what is worth compressing, and the coding itself as
//! it streams. No input or output: bytes go in and come out.
//!
//! What one stream costs while it lasts (measured; a response whose length is known to be small
//! costs less). Nothing is kept between streams.
//!
//! | coding | [`Effort::Stream`] | [`Effort::Asset`] | [`Effort::Smallest`] | decoding |
//! | --- | --- | --- | --- | --- |
//! | zstd | 1.2 MB | 3.1 MB | 9 MB | window (8 MB at most) + 0.4 MB |
//! | gzip | 0.4 MB | 0.4 MB | 0.4 MB | 0.05 MB |
//! | brotli | 1.5 MB | 1.5 MB | 20 MB | window (16 MB at most) + 0.1 MB |

mod accepted;
mod coding;
mod decoder;
mod encoder;
#[cfg(test)]
mod tests;
mod worth;

pub use self::accepted::Accepted;
pub use self::coding::Coding;
pub use self::decoder::Decoder;
pub use self::encoder::{Effort, Encoder, Failed};
pub use self::worth::worth;
