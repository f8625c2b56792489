//! A body as it is read: what of the bytes belongs to it, and when it has come to its end.

use super::chunked::Chunked;
use super::fields::Fields;

/// How a body ends, and what is left of it.
#[derive(Debug)]
pub enum Body {
    /// There is none, or nothing is left of it.
    Empty,
    /// So many bytes are still to come.
    Length(u64),
    /// It tells its end itself.
    Chunked(Chunked),
    /// It ends when the connection does.
    UntilClose,
}

/// The body is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Not the chunked coding.
    #[error("the body is not in the chunked coding that it should be in")]
    NotChunked,
    /// The connection ended before the body did.
    #[error("the connection ended before the body did")]
    Truncated,
}

impl Body {
    /// One of a known length.
    pub fn of_length(length: u64) -> Body {
        if length == 0 { Body::Empty } else { Body::Length(length) }
    }

    /// One in the chunked coding.
    pub fn chunked() -> Body {
        Body::Chunked(Chunked::new())
    }

    /// Whether nothing of it is still to come.
    pub fn is_done(&self) -> bool {
        match self {
            Body::Empty => true,
            Body::Chunked(chunked) => chunked.is_done(),
            Body::Length(_) | Body::UntilClose => false,
        }
    }

    /// Reads on. Returns how many bytes of `input` were used, and the content among them, which is
    /// the last of what was used. To be called again until it uses nothing or is done.
    pub fn read<'a>(&mut self, input: &'a [u8]) -> Result<(usize, &'a [u8]), Broken> {
        match self {
            Body::Empty => Ok((0, &[])),
            Body::UntilClose => Ok((input.len(), input)),
            Body::Chunked(chunked) => chunked.read(input).map_err(|_| Broken::NotChunked),
            Body::Length(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left -= most as u64;
                if *left == 0 {
                    *self = Body::Empty;
                }
                Ok((most, input.get(..most).unwrap_or_default()))
            }
        }
    }

    /// The connection has come to its end.
    pub fn close(&mut self) -> Result<(), Broken> {
        match self {
            Body::UntilClose => {
                *self = Body::Empty;
                Ok(())
            }
            _ if self.is_done() => Ok(()),
            _ => Err(Broken::Truncated),
        }
    }

    /// How many bytes are still to come, where that is known.
    pub fn length(&self) -> Option<u64> {
        match self {
            Body::Empty => Some(0),
            Body::Length(left) => Some(*left),
            Body::Chunked(_) | Body::UntilClose => None,
        }
    }

    /// Looks at the fields that came behind it.
    pub fn with_trailers(&self, look: impl FnOnce(Fields<'_>)) {
        if let Body::Chunked(chunked) = self {
            chunked.with_trailers(look);
        }
    }
}
