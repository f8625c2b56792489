//! Where one WebSocket frame ends and the next begins (RFC 6455 §5.2).

/// Follows a stream of frames without looking at what they hold.
#[derive(Debug, Default)]
pub struct Frames {
    head: Vec<u8>,
    payload_left: u64,
}

/// The longest head: two bytes, eight of length, four of mask.
const LONGEST_HEAD: usize = 14;

impl Frames {
    /// Whether the stream stands between two frames, so that a frame may be put in.
    pub fn between(&self) -> bool {
        self.head.is_empty() && self.payload_left == 0
    }

    /// How many bytes may go by without going past the end of this frame. In a head, whose length
    /// is not known yet, it is one at a time.
    pub fn to_frame_end(&self) -> usize {
        if self.payload_left == 0 {
            1
        } else {
            usize::try_from(self.payload_left).unwrap_or(usize::MAX)
        }
    }

    /// Follows bytes that go by.
    pub fn pass(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.payload_left > 0 {
                let passed =
                    usize::try_from(self.payload_left).unwrap_or(usize::MAX).min(bytes.len());
                self.payload_left -= passed as u64;
                bytes = bytes.get(passed..).unwrap_or_default();
                continue;
            }
            let Some((first, rest)) = bytes.split_first() else {
                return;
            };
            self.head.push(*first);
            bytes = rest;
            if let Some(payload) = payload_length(&self.head) {
                self.payload_left = payload;
                self.head.clear();
            }
        }
    }
}

/// The length of the payload, once the head is complete.
fn payload_length(head: &[u8]) -> Option<u64> {
    debug_assert!(head.len() <= LONGEST_HEAD);
    let second = *head.get(1)?;
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    let extended = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let number = head.get(2..2 + extended)?;
    if head.len() < 2 + extended + mask {
        return None;
    }
    if extended == 0 {
        return Some(u64::from(second & 0x7f));
    }
    Some(number.iter().fold(0, |sum, &byte| (sum << 8) | u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(length: usize, masked: bool) -> Vec<u8> {
        let mask_bit = if masked { 0x80 } else { 0 };
        let mut frame = vec![0x82];
        match length {
            0..126 => frame.push(u8::try_from(length).unwrap() | mask_bit),
            126..65536 => {
                frame.push(126 | mask_bit);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                frame.push(127 | mask_bit);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend(vec![0xff; length + if masked { 4 } else { 0 }]);
        frame
    }

    proptest! {
        #[test]
        fn ends_are_found_whatever_the_pieces(
            frames in proptest::collection::vec((0usize..70_000, any::<bool>()), 1..4),
            piece in 1usize..5000,
        ) {
            let mut followed = Frames::default();
            let stream: Vec<u8> = frames.iter().flat_map(|&(n, masked)| frame(n, masked)).collect();
            stream.chunks(piece).for_each(|bytes| followed.pass(bytes));
            prop_assert!(followed.between());
            let mut cut = Frames::default();
            cut.pass(&stream[..stream.len() - 1]);
            prop_assert!(!cut.between());
        }
    }
}
