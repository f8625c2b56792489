//! zstd, by libzstd.

use zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer, SafeResult};

use super::effort::{Effort, Failed, window_log};

/// How much room is made for output at a time. Bytes.
const ROOM: usize = 16 * 1024;

pub struct Zstd(Option<CCtx<'static>>);

/// Where a level's own tables are larger than is worth it here, they are made smaller.
struct Parameters {
    level: i32,
    window_log: u32,
    hash_log: u32,
    chain_log: u32,
}

impl Parameters {
    fn of(effort: Effort) -> Parameters {
        let (level, window_log, hash_log, chain_log) = match effort {
            Effort::Stream => (3, 17, 15, 15),
            Effort::Asset => (6, 20, 18, 18),
            Effort::Smallest | Effort::Utmost => (17, 21, 19, 20),
        };
        Parameters { level, window_log, hash_log, chain_log }
    }
}

impl Zstd {
    pub fn new(effort: Effort, length: Option<u64>) -> Zstd {
        Zstd(context(Parameters::of(effort), length))
    }

    pub fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), Failed> {
        let mut input = InBuffer::around(input);
        while input.pos() < input.src.len() {
            self.step(out, |context, out| context.compress_stream(out, &mut input))?;
        }
        Ok(())
    }

    pub fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), Failed> {
        while self.step(out, |context, out| context.flush_stream(out))? > 0 {}
        Ok(())
    }

    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), Failed> {
        while self.step(out, |context, out| context.end_stream(out))? > 0 {}
        Ok(())
    }

    fn step(
        &mut self,
        out: &mut Vec<u8>,
        step: impl FnOnce(&mut CCtx<'static>, &mut OutBuffer<'_, Vec<u8>>) -> SafeResult,
    ) -> Result<usize, Failed> {
        let context = self.0.as_mut().ok_or(Failed)?;
        out.reserve(ROOM);
        let filled = out.len();
        step(context, &mut OutBuffer::around_pos(out, filled)).map_err(|_| Failed)
    }
}

/// None where there is no memory.
fn context(parameters: Parameters, length: Option<u64>) -> Option<CCtx<'static>> {
    let mut context = CCtx::try_create()?;
    let window_log = window_log(length, 10, parameters.window_log);
    for parameter in [
        CParameter::CompressionLevel(parameters.level),
        CParameter::WindowLog(window_log),
        CParameter::HashLog(parameters.hash_log.min(window_log + 1)),
        CParameter::ChainLog(parameters.chain_log.min(window_log + 1)),
    ] {
        context.set_parameter(parameter).ok()?;
    }
    Some(context)
}
