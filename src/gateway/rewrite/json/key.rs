//! Names of members, and what is open around a place.

/// The longest name that is looked for has 15 characters.
const LONGEST: usize = 16;

/// The beginning of a string.
#[derive(Debug, Default)]
pub struct Key {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Key {
    /// Before the first character.
    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// Adds a character.
    pub fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
        }
        self.length = (self.length + 1).min(LONGEST + 1);
    }

    /// Whether it is this name.
    pub fn is(&self, name: &[u8]) -> bool {
        self.bytes.get(..self.length) == Some(name)
    }
}

/// How deep objects and arrays are followed; deeper ones are only counted.
const DEEPEST: usize = 32;

#[derive(Debug, Clone, Copy)]
struct Level {
    is_object: bool,
    /// In an object, a name is read, not a value.
    in_name: bool,
    /// A string here, as a value, is a URL.
    is_url: bool,
}

/// The objects and arrays that are open.
#[derive(Debug, Default)]
pub struct Levels {
    known: Vec<Level>,
    deeper: usize,
}

impl Levels {
    /// An object or an array opens.
    pub fn open(&mut self, is_object: bool) {
        if self.known.len() == DEEPEST {
            self.deeper += 1;
            return;
        }
        let is_url = !is_object && self.known.last().is_some_and(|level| level.is_url);
        self.known.push(Level { is_object, in_name: is_object, is_url });
    }

    /// The innermost one closes.
    pub fn close(&mut self) {
        match self.deeper.checked_sub(1) {
            Some(deeper) => self.deeper = deeper,
            None => drop(self.known.pop()),
        }
    }

    /// A member or an element is over.
    pub fn next(&mut self) {
        if let Some(level) = self.innermost().filter(|level| level.is_object) {
            level.in_name = true;
            level.is_url = false;
        }
    }

    /// A member's name is over.
    pub fn value(&mut self) {
        if let Some(level) = self.innermost() {
            level.in_name = false;
        }
    }

    /// A string is over that is, or is not, the name of a member that holds a URL.
    pub fn name(&mut self, is_url: bool) {
        if let Some(level) = self.innermost().filter(|level| level.in_name) {
            level.is_url = is_url;
        }
    }

    /// Whether a string that begins here is a URL.
    pub fn holds_url(&self) -> bool {
        self.deeper == 0 && self.known.last().is_some_and(|level| level.is_url && !level.in_name)
    }

    fn innermost(&mut self) -> Option<&mut Level> {
        self.known.last_mut().filter(|_| self.deeper == 0)
    }
}
