//! What stands at the head of a kept file.

use sha2::{Digest, Sha256};

use super::identity::Identity;
use super::key::Key;
use crate::gateway::encoding::Coding;

/// How long it is, in bytes. What is kept follows at once.
pub const LENGTH: usize = 128;

/// The name of the format. Another version has another.
const MAGIC: &[u8; 8] = b"waiide\x00\x01";
/// How much of it the sum at its end is about. Bytes.
const SUMMED: usize = 96;

/// What a file claims to hold. Its head is summed up against damage; whether the claim is true
/// only decoding shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Of which asset.
    pub key: Key,
    /// In which coding.
    pub coding: Coding,
    /// Of which content.
    pub identity: Identity,
    /// How many bytes follow.
    pub length: u64,
    /// Whether it is as small as it gets.
    pub is_smallest: bool,
}

impl Record {
    /// As it is written.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend(MAGIC);
        bytes.extend([number(self.coding), u8::from(self.is_smallest), 0, 0, 0, 0, 0, 0]);
        bytes.extend(self.key.0);
        bytes.extend(self.identity.sha256);
        bytes.extend(self.identity.length.to_le_bytes());
        bytes.extend(self.length.to_le_bytes());
        bytes.extend(Sha256::digest(&bytes));
        bytes
    }

    /// Reads one. None where it is of another version, or was never one.
    pub fn from_bytes(bytes: &[u8; LENGTH]) -> Option<Record> {
        let (summed, sum) = bytes.split_at_checked(SUMMED)?;
        if Sha256::digest(summed)[..] != *sum {
            return None;
        }
        let mut rest = summed.strip_prefix(MAGIC)?;
        let [coding, is_smallest, ..] = take::<8>(&mut rest)?;
        let key = Key(take(&mut rest)?);
        let sha256 = take(&mut rest)?;
        let identity = Identity { sha256, length: u64::from_le_bytes(take(&mut rest)?) };
        let length = u64::from_le_bytes(take(&mut rest)?);
        let coding = coding_of(coding)?;
        Some(Record { key, coding, identity, length, is_smallest: is_smallest == 1 })
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

fn number(coding: Coding) -> u8 {
    match coding {
        Coding::Identity => 0,
        Coding::Gzip => 1,
        Coding::Brotli => 2,
        Coding::Zstd => 3,
    }
}

fn coding_of(number: u8) -> Option<Coding> {
    [Coding::Gzip, Coding::Brotli, Coding::Zstd].get(usize::from(number).checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_and_no_damage_goes_unseen(
            (key, sha256) in any::<([u8; 32], [u8; 32])>(),
            (content, length, is_smallest) in any::<(u64, u64, bool)>(),
            coding in proptest::sample::select(vec![Coding::Gzip, Coding::Brotli, Coding::Zstd]),
            (place, change) in (0..LENGTH, 1..=u8::MAX),
        ) {
            let identity = Identity { sha256, length: content };
            let record = Record { key: Key(key), coding, identity, length, is_smallest };
            let mut bytes: [u8; LENGTH] = record.to_bytes().try_into().unwrap();
            prop_assert_eq!(Record::from_bytes(&bytes), Some(record));
            bytes[place] ^= change;
            prop_assert_eq!(Record::from_bytes(&bytes), None);
        }
    }
}
