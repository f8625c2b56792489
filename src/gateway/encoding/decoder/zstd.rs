//! zstd, by libzstd.

use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

use super::step::{Corrupt, Done};

/// The largest window that a content coding may use, 8 MB, as a logarithm (RFC 9659 §3).
const WINDOW_LOG: u32 = 23;

pub struct Zstd {
    context: Option<DCtx<'static>>,
    is_between_frames: bool,
}

impl Zstd {
    pub fn new() -> Zstd {
        let bounded = |mut context: DCtx<'static>| {
            let set = context.set_parameter(DParameter::WindowLogMax(WINDOW_LOG));
            set.is_ok().then_some(context)
        };
        Zstd { context: DCtx::try_create().and_then(bounded), is_between_frames: true }
    }

    pub fn decode(&mut self, input: &[u8], space: &mut [u8]) -> Result<Done, Corrupt> {
        let context = self.context.as_mut().ok_or(Corrupt)?;
        let mut input = InBuffer::around(input);
        let mut output = OutBuffer::around(space);
        while output.pos() < output.capacity() {
            let before = (input.pos(), output.pos());
            let is_at_rest = self.is_between_frames && input.pos() == input.src.len();
            if is_at_rest {
                break;
            }
            let left = context.decompress_stream(&mut output, &mut input).map_err(|_| Corrupt)?;
            self.is_between_frames = left == 0;
            if before == (input.pos(), output.pos()) {
                break;
            }
        }
        Ok(Done { taken: input.pos(), made: output.pos() })
    }

    pub fn is_complete(&self) -> bool {
        self.is_between_frames
    }
}
