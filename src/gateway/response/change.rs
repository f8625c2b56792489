//! A body that is changed as it streams.

/// What comes is not what the answer's head says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is not in the coding that its head names")]
pub struct Unchangeable;

/// The changes to one body.
#[derive(Debug)]
pub struct Change {}

impl Change {
    /// Takes some of `input` and adds what comes of it to `out`, about `room` bytes at most.
    /// Returns how much was taken.
    pub fn write(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        _room: usize,
    ) -> Result<usize, Unchangeable> {
        out.extend_from_slice(input);
        Ok(input.len())
    }

    /// Adds to `out` whatever was held back of what has come so far.
    pub fn flush(&mut self, _out: &mut Vec<u8>) -> Result<(), Unchangeable> {
        Ok(())
    }

    /// Nothing more comes.
    pub fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), Unchangeable> {
        Ok(())
    }
}
