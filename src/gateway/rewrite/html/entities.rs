//! Character references (HTML §13.2.5.72 to 80), as far as they hide what a URL, a style sheet or
//! JSON is made of.

use std::borrow::Cow;

/// What stands for any character beyond ASCII: it matches none that is looked for.
const BEYOND_ASCII: u8 = 0xff;

/// Longer than any reference but those that are padded with zeros to no purpose.
const LONGEST: usize = 32;

/// Decodes a text that comes in pieces.
#[derive(Debug, Default)]
pub struct Decoder {
    /// An ampersand and what follows it.
    reference: Vec<u8>,
    at: usize,
}

impl Decoder {
    /// Reads the byte that stands at `at`, and hands on what it is with the place where that
    /// begins.
    pub fn push(&mut self, byte: u8, at: usize, out: &mut impl FnMut(u8, usize)) {
        if !self.reference.is_empty() {
            if self.goes_on_with(byte) {
                self.reference.push(byte);
                return;
            }
            self.resolve(byte, out);
            if byte == b';' {
                return;
            }
        }
        if byte == b'&' {
            self.reference.push(byte);
            self.at = at;
        } else {
            out(byte, at);
        }
    }

    /// The end of the text.
    pub fn end(&mut self, out: &mut impl FnMut(u8, usize)) {
        if !self.reference.is_empty() {
            self.resolve(b' ', out);
        }
    }

    /// Where a reference begins that is not complete yet.
    pub fn pending(&self) -> Option<usize> {
        (!self.reference.is_empty()).then_some(self.at)
    }

    fn goes_on_with(&self, byte: u8) -> bool {
        let is_part = match self.reference.as_slice() {
            [_] => byte == b'#' || byte.is_ascii_alphanumeric(),
            [_, b'#'] => byte.is_ascii_digit() || matches!(byte, b'x' | b'X'),
            [_, b'#', b'x' | b'X', ..] => byte.is_ascii_hexdigit(),
            [_, b'#', ..] => byte.is_ascii_digit(),
            _ => byte.is_ascii_alphanumeric(),
        };
        is_part && self.reference.len() < LONGEST
    }

    /// Hands on what the reference stands for: a character, or itself, if `next` does not end it.
    fn resolve(&mut self, next: u8, out: &mut impl FnMut(u8, usize)) {
        let is_whole = self.reference.len() < LONGEST;
        let reference = self.reference.get(1..).filter(|_| is_whole).unwrap_or_default();
        match character(reference, next) {
            Some(byte) => out(byte, self.at),
            None => {
                let semicolon = (next == b';').then_some(b';');
                let text = self.reference.iter().copied().chain(semicolon);
                text.zip(self.at..).for_each(|(byte, at)| out(byte, at));
            }
        }
        self.reference.clear();
    }
}

/// What is meant by the text behind an ampersand; none if it is text.
fn character(reference: &[u8], next: u8) -> Option<u8> {
    match reference {
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        // Some names do without a semicolon, but then not before an equals sign, since that is how
        // parameters in queries look.
        b"amp" | b"AMP" if next != b'=' => Some(b'&'),
        b"gt" | b"GT" if next != b'=' => Some(b'>'),
        b"lt" | b"LT" if next != b'=' => Some(b'<'),
        b"quot" | b"QUOT" if next != b'=' => Some(b'"'),
        _ if next == b';' => named(reference),
        _ => None,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u8> {
    let mut value: u32 = 0;
    for &digit in digits {
        let digit = (digit as char).to_digit(radix)?;
        value = value.saturating_mul(radix).saturating_add(digit);
    }
    let byte = u8::try_from(value).ok().filter(|byte| (1..0x80).contains(byte));
    (!digits.is_empty()).then(|| byte.unwrap_or(BEYOND_ASCII))
}

/// The names of ASCII characters. Those of others may stay as they are: they are part of whatever
/// text they stand in, and so is what they mean.
fn named(name: &[u8]) -> Option<u8> {
    Some(match name {
        b"Tab" => b'\t',
        b"NewLine" => b'\n',
        b"excl" => b'!',
        b"num" => b'#',
        b"dollar" => b'$',
        b"percnt" => b'%',
        b"apos" => b'\'',
        b"lpar" => b'(',
        b"rpar" => b')',
        b"ast" | b"midast" => b'*',
        b"plus" => b'+',
        b"comma" => b',',
        b"period" => b'.',
        b"sol" => b'/',
        b"colon" => b':',
        b"semi" => b';',
        b"equals" => b'=',
        b"quest" => b'?',
        b"commat" => b'@',
        b"lsqb" | b"lbrack" => b'[',
        b"bsol" => b'\\',
        b"rsqb" | b"rbrack" => b']',
        b"Hat" => b'^',
        b"lowbar" | b"UnderBar" => b'_',
        b"grave" | b"DiacriticalGrave" => b'`',
        b"lcub" | b"lbrace" => b'{',
        b"verbar" | b"vert" | b"VerticalLine" => b'|',
        b"rcub" | b"rbrace" => b'}',
        _ => return None,
    })
}

/// A decoded text that knows where each of its bytes comes from.
#[derive(Debug)]
pub struct Decoded<'a> {
    /// The text.
    pub bytes: Cow<'a, [u8]>,
    /// From which byte of the text on another distance to the source holds, and the source's byte
    /// there.
    shifts: Vec<(usize, usize)>,
}

impl<'a> Decoded<'a> {
    /// Decodes a whole text.
    pub fn new(source: &'a [u8]) -> Decoded<'a> {
        let mut decoded = Decoded { bytes: Cow::Borrowed(source), shifts: Vec::new() };
        if !source.contains(&b'&') {
            return decoded;
        }
        let (mut bytes, mut decoder) = (Vec::with_capacity(source.len()), Decoder::default());
        let mut add = |byte, at| {
            if at != decoded.source(bytes.len()) {
                decoded.shifts.push((bytes.len(), at));
            }
            bytes.push(byte);
        };
        source.iter().enumerate().for_each(|(at, &byte)| decoder.push(byte, at, &mut add));
        decoder.end(&mut add);
        decoded.bytes = Cow::Owned(bytes);
        decoded
    }

    /// Where the text's byte at `at` stands in the source.
    pub fn source(&self, at: usize) -> usize {
        let before = self.shifts.partition_point(|&(from, _)| from <= at);
        let shift = before.checked_sub(1).and_then(|index| self.shifts.get(index));
        shift.map_or(at, |&(from, source)| source + (at - from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references_are_decoded_as_a_browser_does_it() {
        for (source, text) in [
            ("&#47;x", "/x"),
            ("&#47x", "/x"),
            ("&#x2f;x", "/x"),
            ("&#X2Fx", "/x"),
            ("&#x2fa;", "\u{2fa}"),
            ("&#0000047;", "/"),
            ("&sol;x", "/x"),
            ("&solx", "&solx"),
            ("&sol", "&sol"),
            ("&Sol;", "&Sol;"),
            ("a&amp;b", "a&b"),
            ("?a&amp=b", "?a&amp=b"),
            ("?a&lt/", "?a</"),
            ("&ampx;", "&ampx;"),
            ("&quot;&apos;&lpar;", "\"'("),
            ("&", "&"),
            ("&;", "&;"),
            ("&&sol;", "&/"),
            ("&#;", "&#;"),
            ("&#x;", "&#x;"),
            ("&#", "&#"),
            ("&#47", "/"),
            ("&amp;#47;", "&#47;"),
            ("&Tab;&NewLine;", "\t\n"),
            ("&bsol;", "\\"),
        ] {
            let decoded = Decoded::new(source.as_bytes());
            let expected: Vec<u8> = text
                .chars()
                .map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(0xff))
                .collect();
            assert_eq!(*decoded.bytes, *expected, "{source}");
        }
        for beyond in ["&#0;", "&#128;", "&#xd800;", "&#x110000;", "&#99999999999999999999;"] {
            assert_eq!(*Decoded::new(beyond.as_bytes()).bytes, [0xff], "{beyond}");
        }
    }

    #[test]
    fn a_reference_is_not_read_for_ever() {
        let padded = format!("&#{}47;", "0".repeat(40));
        assert_eq!(*Decoded::new(padded.as_bytes()).bytes, *padded.as_bytes());
    }

    #[test]
    fn each_byte_is_found_where_it_came_from() {
        let decoded = Decoded::new(b"a&#47;b&sol;&x;c");
        assert_eq!(*decoded.bytes, *b"a/b/&x;c");
        let sources: Vec<_> = (0..8).map(|at| decoded.source(at)).collect();
        assert_eq!(sources, [0, 1, 6, 7, 12, 13, 14, 15]);
    }

    proptest! {
        #[test]
        fn what_is_no_reference_keeps_its_place(source in "[&#xsol;47a/]{0,40}") {
            let decoded = Decoded::new(source.as_bytes());
            for (at, &byte) in decoded.bytes.iter().enumerate() {
                let original = source.as_bytes()[decoded.source(at)];
                prop_assert!(original == byte || original == b'&');
            }
        }
    }
}
