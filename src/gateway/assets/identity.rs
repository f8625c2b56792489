//! Which content it is, before any coding.

use sha2::{Digest as _, Sha256};

/// Identifies content: what has the same is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Of all of it.
    pub sha256: [u8; 32],
    /// In bytes.
    pub length: u64,
}

/// Identifies content as it passes.
#[derive(Debug, Clone, Default)]
pub struct Digest {
    hash: Sha256,
    length: u64,
}

impl Digest {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
    }

    /// How many bytes there were so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// What all of them are.
    pub fn finish(self) -> Identity {
        Identity { sha256: self.hash.finalize().into(), length: self.length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_no_difference() {
        let mut pieces = Digest::default();
        [&b"ab"[..], b"", b"c"].into_iter().for_each(|piece| pieces.update(piece));
        let found = pieces.finish();
        assert_eq!(found.length, 3);
        // FIPS 180-2, appendix B.1.
        assert_eq!(found.sha256[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_ne!(found, Digest::default().finish());
    }
}
