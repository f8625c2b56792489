//! brotli, by the crate of that name.

use std::io::Write;

use brotli::CompressorWriter;
use brotli::enc::BrotliEncoderParams;

use super::effort::{Effort, Failed, window_log};

/// The size of the encoder's own buffer for output. Bytes.
const BUFFER: usize = 8 * 1024;

pub struct Brotli(CompressorWriter<Vec<u8>>);

impl Brotli {
    pub fn new(effort: Effort, length: Option<u64>) -> Brotli {
        // Quality 5 and up need a window of 512 KB and know the size, or do worse than 4, which
        // takes three times the memory of 3.
        let (quality, largest) = match effort {
            Effort::Stream => (3, 17),
            Effort::Asset => (3, 18),
            Effort::Smallest => (7, 20),
            // The largest window that RFC 7932 has.
            Effort::Utmost => (11, 24),
        };
        let parameters = BrotliEncoderParams {
            quality,
            lgwin: i32::try_from(window_log(length, 10, largest)).unwrap_or(10),
            size_hint: length.and_then(|length| usize::try_from(length).ok()).unwrap_or(0),
            ..BrotliEncoderParams::default()
        };
        Brotli(CompressorWriter::with_params(Vec::new(), BUFFER, &parameters))
    }

    pub fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), Failed> {
        self.0.write_all(input).map_err(|_| Failed)?;
        out.append(self.0.get_mut());
        Ok(())
    }

    pub fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), Failed> {
        self.0.flush().map_err(|_| Failed)?;
        out.append(self.0.get_mut());
        Ok(())
    }

    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), Failed> {
        out.append(&mut self.0.into_inner());
        Ok(())
    }
}
