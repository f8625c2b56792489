//! How much an encoder may take, and that there was not enough.

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

/// The base-two logarithm of the smallest window that holds `length` bytes, between two bounds.
pub fn window_log(length: Option<u64>, least: u32, most: u32) -> u32 {
    let needed = length.map_or(most, |length| u64::BITS - length.saturating_sub(1).leading_zeros());
    needed.clamp(least, most)
}

#[cfg(test)]
mod tests {
    use super::*;

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
