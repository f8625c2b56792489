//! Encoder and decoder against each other.

use proptest::prelude::*;

use super::decoder::Corrupt;
use super::{Coding, Decoder, Effort, Encoder};

const CODINGS: [Coding; 4] = [Coding::Identity, Coding::Gzip, Coding::Brotli, Coding::Zstd];
const EFFORTS: [Effort; 3] = [Effort::Stream, Effort::Asset, Effort::Smallest];
const ROOM: usize = 4096;

/// Bytes that compress here and there.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let run = (any::<u8>(), 1usize..3000).prop_map(|(byte, count)| vec![byte; count]);
    let noise = proptest::collection::vec(any::<u8>(), 0..3000);
    let words = "[a-d ]{0,2000}".prop_map(String::into_bytes);
    proptest::collection::vec(prop_oneof![run, noise, words], 0..12).prop_map(|all| all.concat())
}

fn coding() -> impl Strategy<Value = Coding> {
    proptest::sample::select(CODINGS.to_vec())
}

/// Everything that comes out of `input` by steps of `room` bytes.
fn decode(decoder: &mut Decoder, mut input: &[u8], room: usize) -> Result<Vec<u8>, Corrupt> {
    let mut out = Vec::new();
    loop {
        let before = out.len();
        let step = decoder.decode(input, &mut out, room)?;
        assert!(out.len() - before <= room);
        assert_eq!(step.is_full, out.len() - before == room);
        input = &input[step.taken..];
        if !step.is_full {
            assert!(input.is_empty(), "a step that is not full takes all");
            return Ok(out);
        }
    }
}

fn encode(coding: Coding, effort: Effort, content: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::with(coding, effort, Some(content.len() as u64));
    let mut out = Vec::new();
    encoder.write(content, &mut out).unwrap();
    encoder.finish(&mut out).unwrap();
    out
}

fn whole(coding: Coding, encoded: &[u8]) -> Result<Vec<u8>, Corrupt> {
    let mut decoder = Decoder::new(coding);
    let out = decode(&mut decoder, encoded, ROOM)?;
    decoder.finish().map(|()| out)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_went_in_comes_out_whatever_the_pieces(
        coding in coding(),
        effort in proptest::sample::select(EFFORTS.to_vec()),
        content in content(),
        said in proptest::option::of(0u64..100_000),
        cuts in proptest::collection::vec((1usize..4000, any::<bool>()), 1..8),
        (piece, room) in (1usize..5000, 1usize..5000),
    ) {
        let mut encoder = Encoder::with(coding, effort, said);
        let mut decoder = Decoder::new(coding);
        let (mut encoded, mut decoded, mut given) = (Vec::new(), Vec::new(), 0);
        for &(count, flushes) in cuts.iter().cycle() {
            let end = (given + count).min(content.len());
            encoder.write(&content[given..end], &mut encoded).unwrap();
            given = end;
            if flushes {
                encoder.flush(&mut encoded).unwrap();
            }
            for bytes in std::mem::take(&mut encoded).chunks(piece) {
                decoded.extend(decode(&mut decoder, bytes, room).unwrap());
            }
            if flushes {
                prop_assert_eq!(decoded.len(), given, "all that was flushed can be decoded");
            }
            if given == content.len() {
                break;
            }
        }
        encoder.finish(&mut encoded).unwrap();
        decoded.extend(decode(&mut decoder, &encoded, room).unwrap());
        prop_assert!(decoded == content);
        prop_assert_eq!(decoder.finish(), Ok(()));
    }

    #[test]
    fn an_incomplete_stream_is_an_error(
        coding in proptest::sample::select(vec![Coding::Gzip, Coding::Brotli, Coding::Zstd]),
        content in content(),
        cut in any::<proptest::sample::Index>(),
    ) {
        let encoded = encode(coding, Effort::Stream, &content);
        let kept = 1 + cut.index(encoded.len() - 1);
        if kept < encoded.len() {
            prop_assert_eq!(whole(coding, &encoded[..kept]), Err(Corrupt));
        }
    }

    #[test]
    fn garbage_is_no_trouble(
        coding in coding(),
        content in content(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let mut encoded = encode(coding, Effort::Stream, &content);
        for (place, byte) in changes {
            let place = place.index(encoded.len().max(1));
            encoded.get_mut(place).into_iter().for_each(|old| *old = byte);
        }
        let _ = whole(coding, &encoded);
        let _ = whole(coding, &content);
    }
}

#[test]
fn nothing_is_a_whole_stream_and_so_is_the_coding_of_nothing() {
    for coding in CODINGS {
        assert_eq!(whole(coding, b""), Ok(vec![]), "{coding:?}");
        assert_eq!(whole(coding, &encode(coding, Effort::Stream, b"")), Ok(vec![]), "{coding:?}");
    }
}

#[test]
fn a_flush_without_anything_new_adds_nothing() {
    for coding in CODINGS {
        let mut encoder = Encoder::new(coding, None);
        let mut out = Vec::new();
        encoder.flush(&mut out).unwrap();
        assert_eq!(out.len(), 0, "{coding:?}");
        encoder.write(b"data: 1\n\n", &mut out).unwrap();
        encoder.flush(&mut out).unwrap();
        let length = out.len();
        encoder.flush(&mut out).unwrap();
        assert_eq!(out.len(), length, "{coding:?}");
    }
}

#[test]
fn a_bomb_costs_a_step_at_a_time() {
    for coding in [Coding::Gzip, Coding::Brotli, Coding::Zstd] {
        let mut encoder = Encoder::with(coding, Effort::Asset, None);
        let mut bomb = Vec::new();
        let zeros = vec![0; 1 << 20];
        (0..16).for_each(|_| encoder.write(&zeros, &mut bomb).unwrap());
        encoder.finish(&mut bomb).unwrap();
        assert!(bomb.len() < 128 * 1024, "{coding:?} {}", bomb.len());

        let mut decoder = Decoder::new(coding);
        let (mut out, mut taken, mut steps) = (Vec::new(), 0, 0);
        loop {
            out.clear();
            let step = decoder.decode(&bomb[taken..], &mut out, 64 * 1024).unwrap();
            assert!(out.len() <= 64 * 1024 && out.capacity() <= 128 * 1024);
            (taken, steps) = (taken + step.taken, steps + 1);
            if !step.is_full {
                break;
            }
        }
        assert!(steps >= 256, "{coding:?} {steps}");
        assert_eq!(decoder.finish(), Ok(()));
    }
}

#[test]
fn members_in_a_row_are_one_stream() {
    for coding in [Coding::Gzip, Coding::Zstd] {
        let [one, two] = [b"one ", b"two "].map(|text| encode(coding, Effort::Stream, text));
        assert_eq!(whole(coding, &[&one[..], &two].concat()).unwrap(), b"one two ");
        for cut in 1..two.len() {
            let cut = whole(coding, &[&one[..], &two[..cut]].concat());
            assert_eq!(cut, Err(Corrupt), "{coding:?}");
        }
        let mut decoder = Decoder::new(coding);
        let bytes = [one, two].concat();
        let pieces = bytes.chunks(1).map(|byte| decode(&mut decoder, byte, ROOM).unwrap());
        assert_eq!(pieces.collect::<Vec<_>>().concat(), b"one two ");
    }
}

#[test]
fn what_follows_the_end_is_ignored() {
    for coding in [Coding::Gzip, Coding::Brotli] {
        let encoded = [&encode(coding, Effort::Stream, b"text")[..], &[0; 9000]].concat();
        assert_eq!(whole(coding, &encoded).unwrap(), b"text", "{coding:?}");
    }
}

#[test]
fn a_window_that_browsers_refuse_is_refused() {
    // A frame header without a content size that declares a window of 16 MB, and an empty block.
    let with_window = |exponent: u8| [0x28, 0xb5, 0x2f, 0xfd, 0, exponent << 3, 1, 0, 0];
    assert_eq!(whole(Coding::Zstd, &with_window(13)), Ok(vec![]));
    assert_eq!(whole(Coding::Zstd, &with_window(14)), Err(Corrupt));
}

#[test]
fn no_window_is_larger_than_browsers_take() {
    let content = vec![b'x'; 1 << 20];
    for effort in EFFORTS {
        for length in [None, Some(u64::MAX)] {
            let mut encoder = Encoder::with(Coding::Zstd, effort, length);
            let mut out = Vec::new();
            encoder.write(&content, &mut out).unwrap();
            encoder.flush(&mut out).unwrap();
            assert_eq!(out[4] & 0x20, 0, "the frame has a window of its own");
            assert!(10 + (out[5] >> 3) <= 21, "{effort:?}");
        }
    }
}
