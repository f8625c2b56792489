//! Frames (RFC 6455 §5.2), written as either end does.

/// A frame that a client sends: masked.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let masked = payload.iter().enumerate().map(|(at, byte)| byte ^ MASK[at % 4]);
    [head(first, payload.len(), 0x80), MASK.to_vec(), masked.collect()].concat()
}

/// A frame whose payload is so many times the same four bytes, which takes no time to make.
pub fn masked_large(first: u8, payload: [u8; 4], times: usize) -> Vec<u8> {
    let start = masked(0, &payload);
    let (mask, masked) = start[2..].split_at(4);
    [head(first, 4 * times, 0x80), mask.to_vec(), masked.repeat(times)].concat()
}

/// A frame that a server sends.
pub fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    [head(first, payload.len(), 0), payload.to_vec()].concat()
}

/// A close frame's payload.
pub fn close(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes()[..], reason.as_bytes()].concat()
}

fn head(first: u8, length: usize, mask: u8) -> Vec<u8> {
    match length {
        0..126 => vec![first, mask | u8::try_from(length).unwrap()],
        126..65_536 => {
            let length = u16::try_from(length).unwrap();
            [&[first, mask | 126][..], &length.to_be_bytes()].concat()
        }
        _ => [&[first, mask | 127][..], &(length as u64).to_be_bytes()].concat(),
    }
}
