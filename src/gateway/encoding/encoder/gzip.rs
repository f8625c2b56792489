//! gzip, by zlib-rs: 40 % of miniz_oxide's time at the same size.

use flate2::{Compress, Compression, FlushCompress, Status};

use super::effort::{Effort, Failed, window_log};

/// How much room is made for output at a time. Bytes.
const ROOM: usize = 8 * 1024;

pub struct Gzip(Compress);

impl Gzip {
    pub fn new(effort: Effort, length: Option<u64>) -> Gzip {
        let level = match effort {
            Effort::Stream => 5,
            Effort::Asset => 6,
            Effort::Smallest | Effort::Utmost => 9,
        };
        // 9 to 15 are what there is, by the format.
        let window = u8::try_from(window_log(length, 10, 15)).unwrap_or(15);
        Gzip(Compress::new_gzip(Compression::new(level), window))
    }

    pub fn write(&mut self, mut input: &[u8], out: &mut Vec<u8>) -> Result<(), Failed> {
        while !input.is_empty() {
            let taken = self.step(input, out, FlushCompress::None)?.0;
            input = input.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    pub fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), Failed> {
        // It is complete once the room was not used up.
        while self.step(&[], out, FlushCompress::Sync).map(|_| out.len() == out.capacity())? {}
        Ok(())
    }

    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), Failed> {
        while self.step(&[], out, FlushCompress::Finish)?.1 != Status::StreamEnd {}
        Ok(())
    }

    /// One step, and how many bytes of `input` it took.
    fn step(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        flush: FlushCompress,
    ) -> Result<(usize, Status), Failed> {
        out.reserve(ROOM);
        let (before, length) = (self.0.total_in(), out.len());
        let status = self.0.compress_vec(input, out, flush).map_err(|_| Failed)?;
        let taken = usize::try_from(self.0.total_in() - before).map_err(|_| Failed)?;
        // With room there is always something to do, unless there is nothing left to flush.
        let is_stuck = taken == 0 && out.len() == length && flush != FlushCompress::Sync;
        if is_stuck && status != Status::StreamEnd { Err(Failed) } else { Ok((taken, status)) }
    }
}
