//! Escaped characters in a style sheet (CSS Syntax §4.3.7).

/// What stands for any character beyond ASCII: it matches none that is looked for.
const BEYOND_ASCII: u8 = 0xff;

/// A backslash and what follows it.
#[derive(Debug)]
pub struct Escape {
    at: usize,
    value: u32,
    digits: u8,
}

/// What a byte behind a backslash means.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// The escape goes on.
    More,
    /// The escape is this character, and ended with the byte.
    Ended(u8),
    /// The escape is this character, and ended before the byte.
    EndedBefore(u8),
    /// It is a backslash before a line end.
    LineEnd,
}

impl Escape {
    /// A backslash at `at`.
    pub fn new(at: usize) -> Escape {
        Escape { at, value: 0, digits: 0 }
    }

    /// Where the backslash stands.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Whether the character is given by its number.
    pub fn is_number(&self) -> bool {
        self.digits > 0
    }

    /// Reads one more byte.
    pub fn push(&mut self, byte: u8) -> Step {
        match (byte as char).to_digit(16) {
            Some(digit) if self.digits < 6 => {
                self.digits += 1;
                self.value = self.value << 4 | digit;
                Step::More
            }
            _ if self.digits > 0 => match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' => Step::Ended(self.numbered()),
                _ => Step::EndedBefore(self.numbered()),
            },
            _ if matches!(byte, b'\n' | b'\r' | b'\x0c') => Step::LineEnd,
            _ if byte == 0 || !byte.is_ascii() => Step::Ended(BEYOND_ASCII),
            _ => Step::Ended(byte),
        }
    }

    /// The character that it is if nothing more comes: a backslash alone is none of ASCII's.
    pub fn cut_off(&self) -> u8 {
        if self.is_number() { self.numbered() } else { BEYOND_ASCII }
    }

    fn numbered(&self) -> u8 {
        u8::try_from(self.value)
            .ok()
            .filter(|byte| (1..0x80).contains(byte))
            .unwrap_or(BEYOND_ASCII)
    }
}
