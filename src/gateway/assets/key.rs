//! What an asset is called.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::gateway::encoding::Coding;

/// The name of an asset: its request target as the IDE sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub [u8; 32]);

impl Key {
    /// `target` is path and query, byte for byte.
    pub fn new(target: &[u8]) -> Key {
        Key(Sha256::digest(target).into())
    }

    /// The name of the file that holds it in a coding.
    pub fn file_name(&self, coding: Coding) -> String {
        let mut name = String::with_capacity(72);
        for byte in self.0 {
            // Writing to a string can't fail.
            let _ = write!(name, "{byte:02x}");
        }
        name.push('.');
        name.push_str(coding.token());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_has_another_name() {
        let targets = ["/a", "/a?", "/a?b", "/A", "/a%2Fb", "/a/b"];
        let keys = targets.map(|target| Key::new(target.as_bytes()));
        let names: std::collections::HashSet<_> =
            keys.iter().map(|key| key.file_name(Coding::Zstd)).collect();
        assert_eq!(names.len(), keys.len());
        assert!(names.iter().all(|name| name.len() == 64 + ".zstd".len()));
    }
}
