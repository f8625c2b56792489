//! Names in a style sheet, and the parentheses that are open.

/// The longest name that is looked for, `-webkit-image-set`.
const LONGEST: usize = 17;

/// The beginning of a name, in lower case: as much as is needed to tell names apart.
#[derive(Debug, Default)]
pub struct Name {
    bytes: [u8; LONGEST],
    /// More than [`LONGEST`] for a name that is longer, and so none that is looked for.
    length: usize,
}

impl Name {
    /// Before the first character.
    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// Adds a character.
    pub fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte.to_ascii_lowercase();
        }
        self.length = (self.length + 1).min(LONGEST + 1);
    }

    /// Adds several.
    pub fn extend(&mut self, bytes: &[u8]) {
        bytes.iter().take(LONGEST + 1).for_each(|&byte| self.push(byte));
    }

    /// Whether it is this one, which is given in lower case.
    pub fn is(&self, name: &[u8]) -> bool {
        self.bytes.get(..self.length) == Some(name)
    }
}

/// For each open parenthesis: whether strings right inside it are URLs. Those that are nested
/// deeper than anybody writes are only counted.
#[derive(Debug, Default)]
pub struct Parentheses {
    urls: u64,
    depth: usize,
}

impl Parentheses {
    /// One opens.
    pub fn push(&mut self, urls: bool) {
        if let Some(bit) = Self::bit(self.depth) {
            self.urls = if urls { self.urls | bit } else { self.urls & !bit };
        }
        self.depth += 1;
    }

    /// One closes.
    pub fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Whether a string that stands here is a URL.
    pub fn holds_urls(&self) -> bool {
        let bit = self.depth.checked_sub(1).and_then(Self::bit);
        bit.is_some_and(|bit| self.urls & bit != 0)
    }

    fn bit(depth: usize) -> Option<u64> {
        (depth < 64).then(|| 1 << depth)
    }
}

/// Whether a name may begin with this byte. Of characters beyond ASCII, all may; NUL is read as
/// one (§3.3).
pub fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == 0 || byte >= 0x80
}

/// Whether a name may go on with this byte.
pub fn is_name(byte: u8) -> bool {
    starts_name(byte) || byte.is_ascii_digit() || byte == b'-'
}
