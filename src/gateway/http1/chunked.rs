//! The chunked transfer coding (RFC 9112 §7.1), read.

use super::fields::{Fields, Lines};
use super::syntax::{self, HeadEnd};

/// The most digits of a chunk's size: 2^60 bytes are enough for anybody.
const MOST_DIGITS: u8 = 15;
/// The most bytes of a chunk's extensions, which nobody reads.
const MOST_EXTENSION: u16 = 1024;
/// The most bytes of a trailer section.
const MOST_TRAILERS: usize = 16 * 1024;
/// The most fields of a trailer section.
const MOST_FIELDS: usize = 64;

/// The bytes are not a chunked body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotChunked;

/// A reader of one chunked body.
#[derive(Debug)]
pub struct Chunked {
    state: State,
    /// What is left of this chunk, or its size as far as it has come.
    left: u64,
    trailers: Vec<u8>,
    trailers_end: HeadEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Size { digits: u8 },
    Extension { length: u16 },
    SizeFeed,
    Data,
    DataReturn,
    DataFeed,
    Trailers,
    Done,
}

impl Chunked {
    /// A reader at the start of a body.
    pub fn new() -> Chunked {
        Chunked {
            state: State::Size { digits: 0 },
            left: 0,
            trailers: Vec::new(),
            trailers_end: HeadEnd::default(),
        }
    }

    /// Whether the body has come to its end.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Reads on. Returns how many bytes of `input` were used, and the content among them, which is
    /// the last of what was used; there may be none. Nothing beyond the body's end is used.
    pub fn read<'a>(&mut self, input: &'a [u8]) -> Result<(usize, &'a [u8]), NotChunked> {
        let mut used = 0;
        while let Some(rest) = input.get(used..).filter(|rest| !rest.is_empty()) {
            match self.state {
                State::Done => break,
                State::Data => {
                    let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
                    let data = rest.get(..most).unwrap_or_default();
                    self.left -= most as u64;
                    if self.left == 0 {
                        self.state = State::DataReturn;
                    }
                    return Ok((used + most, data));
                }
                State::Trailers => used += self.trailers(rest)?,
                _ => {
                    self.state = self.after(rest.first().copied().unwrap_or_default())?;
                    used += 1;
                }
            }
        }
        Ok((used, &[]))
    }

    fn after(&mut self, byte: u8) -> Result<State, NotChunked> {
        Ok(match (self.state, byte) {
            (State::Size { digits }, byte) => return self.after_digits(digits, byte),
            (State::Extension { .. }, b'\r') => State::SizeFeed,
            (State::Extension { length }, byte)
                if length < MOST_EXTENSION && syntax::is_value(&[byte]) =>
            {
                State::Extension { length: length + 1 }
            }
            (State::SizeFeed, b'\n') if self.left == 0 => State::Trailers,
            (State::SizeFeed, b'\n') => State::Data,
            (State::DataReturn, b'\r') => State::DataFeed,
            (State::DataFeed, b'\n') => State::Size { digits: 0 },
            _ => return Err(NotChunked),
        })
    }

    fn after_digits(&mut self, digits: u8, byte: u8) -> Result<State, NotChunked> {
        let digit = char::from(byte).to_digit(16);
        match (byte, digit) {
            (b'\r', _) if digits > 0 => Ok(State::SizeFeed),
            (b';', _) if digits > 0 => Ok(State::Extension { length: 0 }),
            (_, Some(digit)) if digits < MOST_DIGITS => {
                self.left = self.left * 16 + u64::from(digit);
                Ok(State::Size { digits: digits + 1 })
            }
            _ => Err(NotChunked),
        }
    }

    fn trailers(&mut self, rest: &[u8]) -> Result<usize, NotChunked> {
        let before = self.trailers.len();
        let room = (MOST_TRAILERS + 1).saturating_sub(before).min(rest.len());
        self.trailers.extend_from_slice(rest.get(..room).unwrap_or_default());
        let end = self.trailers_end.find(&self.trailers).map_err(|_| NotChunked)?;
        match end {
            Some(length) if length <= MOST_TRAILERS => {
                self.trailers.truncate(length);
                self.state = State::Done;
                syntax::fields(&self.trailers, 0, MOST_FIELDS, &mut Lines::default())
                    .map_err(|_| NotChunked)?;
                Ok(length.saturating_sub(before))
            }
            None if self.trailers.len() <= MOST_TRAILERS => Ok(room),
            _ => Err(NotChunked),
        }
    }

    /// Looks at the fields that came behind the body.
    pub fn with_trailers<T>(&self, look: impl FnOnce(Fields<'_>) -> T) -> T {
        let mut lines = Lines::default();
        // They were read when they came.
        let _ = syntax::fields(&self.trailers, 0, MOST_FIELDS, &mut lines);
        look(Fields { bytes: &self.trailers, lines: &lines })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::http1::fields::Field;
    use proptest::prelude::*;

    /// The content, and how many bytes were used, when the input comes in pieces.
    fn read(input: &[u8], piece: usize) -> Result<(Vec<u8>, usize, bool), NotChunked> {
        let (mut reader, mut content, mut used) = (Chunked::new(), Vec::new(), 0);
        for part in input.chunks(piece) {
            let mut at = 0;
            while at < part.len() && !reader.is_done() {
                let (n, data) = reader.read(&part[at..])?;
                content.extend_from_slice(data);
                at += n;
            }
            used += at;
        }
        Ok((content, used, reader.is_done()))
    }

    #[test]
    fn a_body_is_read_in_any_pieces() {
        let body = b"5\r\nhello\r\n00a;x=\"y\"\r\n, world...\r\n0\r\nA: b\r\nC: d\r\n\r\nGET /";
        for piece in 1..body.len() {
            let (content, used, done) = read(body, piece).unwrap();
            assert_eq!(content, b"hello, world...");
            assert_eq!((used, done), (body.len() - 5, true), "{piece}");
        }
    }

    #[test]
    fn trailers_are_kept() {
        let mut reader = Chunked::new();
        reader.read(b"0\r\nA: b\r\nC:  d \r\n\r\n").unwrap();
        let pair = |field: Field<'_>| (field.spelled.to_vec(), field.value.to_vec());
        let found: Vec<_> = reader.with_trailers(|fields| fields.iter().map(pair).collect());
        let expected: Vec<(Vec<u8>, Vec<u8>)> =
            vec![(b"A".to_vec(), b"b".to_vec()), (b"C".to_vec(), b"d".to_vec())];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_two_servers_may_read_differently_is_refused() {
        for body in [
            "x\r\n",
            "\r\n",
            ";\r\n",
            "0x5\r\n",
            "+5\r\n",
            "-5\r\n",
            " 5\r\n",
            "5 \r\n",
            "5 ;a\r\n",
            "5\n",
            "5\r\r\n",
            "5;a\n",
            "5;a\rb\r\n",
            "5;\0\r\n",
            "5\r\nhelloX\r\n",
            "5\r\nhello\n",
            "5\r\nhello\r\r",
            "1234567890abcdef\r\n",
            "0\r\nA : b\r\n\r\n",
            "0\r\nA: b\n\r\n",
            "0\r\n A: b\r\n\r\n",
            "0\r\nno colon\r\n\r\n",
            "0\r\n\n",
        ] {
            for piece in [1, 2, 100] {
                assert_eq!(read(body.as_bytes(), piece), Err(NotChunked), "{body:?}");
            }
        }
    }

    #[test]
    fn extensions_and_trailers_are_bounded() {
        let long = format!("5;{}\r\nhello", "x".repeat(2000));
        assert_eq!(read(long.as_bytes(), 100), Err(NotChunked));
        let long = format!("0\r\nA: {}\r\n\r\n", "x".repeat(20_000));
        assert_eq!(read(long.as_bytes(), 100), Err(NotChunked));
        let many = format!("0\r\n{}\r\n", "A: b\r\n".repeat(100));
        assert_eq!(read(many.as_bytes(), 100), Err(NotChunked));
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(input in "[0-9a-f;\r\nA: b]{0,60}", piece in 1usize..9) {
            let whole = read(input.as_bytes(), input.len().max(1));
            prop_assert_eq!(read(input.as_bytes(), piece), whole);
        }

        #[test]
        fn any_bytes_are_survived(input: Vec<u8>) {
            let _ = read(&input, 7);
        }
    }
}
