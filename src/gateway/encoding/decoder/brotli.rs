//! brotli, by the crate brotli-decompressor. A window larger than RFC 7932 allows is refused.

use brotli::enc::StandardAlloc;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};

use super::step::{Corrupt, Done};

type State = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

pub struct Brotli {
    state: State,
    at: At,
    total: usize,
}

#[derive(PartialEq)]
enum At {
    Start,
    Stream,
    End,
}

impl Brotli {
    pub fn new() -> Brotli {
        let alloc = StandardAlloc::default;
        let state = State::new_strict(alloc(), alloc(), alloc());
        Brotli { state, at: At::Start, total: 0 }
    }

    pub fn decode(&mut self, input: &[u8], space: &mut [u8]) -> Result<Done, Corrupt> {
        match self.at {
            At::Start if input.is_empty() => return Ok(Done::default()),
            At::End => return Ok(Done { taken: input.len(), made: 0 }),
            At::Start | At::Stream => self.at = At::Stream,
        }
        let (mut left, mut taken) = (input.len(), 0);
        let (mut room, mut made) = (space.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut taken,
            input,
            &mut room,
            &mut made,
            space,
            &mut self.total,
            &mut self.state,
        );
        match result {
            BrotliResult::ResultFailure => return Err(Corrupt),
            BrotliResult::ResultSuccess => {
                self.at = At::End;
                // What follows is not looked at.
                taken = input.len();
            }
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
        }
        Ok(Done { taken, made })
    }

    pub fn is_complete(&self) -> bool {
        self.at != At::Stream
    }
}
