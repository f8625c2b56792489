//! `Cache-Control` in a response (RFC 9111 §5.2.2).

/// What is said there that matters to who changes or keeps a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheControl {
    /// The content is to stay as it is (§5.2.2.6).
    pub no_transform: bool,
    /// Nothing of it may be kept (§5.2.2.5).
    pub no_store: bool,
    /// What is kept has to be asked about each time (§5.2.2.4). With field names it is about these
    /// alone, and counts all the same.
    pub no_cache: bool,
    /// It is meant for one user (§5.2.2.7).
    pub private: bool,
    /// Anybody may keep it (§5.2.2.9).
    pub public: bool,
    /// It does not change while it is fresh (RFC 8246).
    pub immutable: bool,
    /// For how many seconds it is fresh (§5.2.2.1). The smallest where there are several; one that
    /// can't be read is 0.
    pub max_age: Option<u64>,
}

impl CacheControl {
    /// Reads the field lines.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> CacheControl {
        let mut read = CacheControl::default();
        for line in lines {
            directives(line).for_each(|directive| read.note(directive));
        }
        read
    }

    fn note(&mut self, directive: &[u8]) {
        let mut halves = directive.splitn(2, |&byte| byte == b'=').map(<[u8]>::trim_ascii);
        let name = halves.next().unwrap_or_default().to_ascii_lowercase();
        match name.as_slice() {
            b"no-transform" => self.no_transform = true,
            b"no-store" => self.no_store = true,
            b"no-cache" => self.no_cache = true,
            b"private" => self.private = true,
            b"public" => self.public = true,
            b"immutable" => self.immutable = true,
            b"max-age" => {
                let age = seconds(halves.next().unwrap_or_default());
                self.max_age = Some(self.max_age.map_or(age, |other| other.min(age)));
            }
            _ => {}
        }
    }
}

/// Splits at commas that stand in no quotes: `private="set-cookie, x", max-age=1` are two.
fn directives(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let split = line.split(move |&byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_quoted,
            b'"' => is_quoted = !is_quoted,
            _ => {}
        }
        byte == b',' && !is_quoted
    });
    split.map(<[u8]>::trim_ascii)
}

/// A number of seconds; quotes are forgiven, as §5.2 asks of who reads.
fn seconds(text: &[u8]) -> u64 {
    let bare = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\""));
    let text = std::str::from_utf8(bare.unwrap_or(text)).unwrap_or_default();
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        // What is too large to be counted is "a very long time" (RFC 9111 §1.2.2).
        true if !text.is_empty() => text.parse().unwrap_or(u64::MAX),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(line: &str) -> CacheControl {
        CacheControl::of([line.as_bytes()])
    }

    #[test]
    fn directives_are_read() {
        let nothing = CacheControl::default();
        for (line, expected) in [
            ("", nothing),
            (
                "public, max-age=31536000",
                CacheControl { public: true, max_age: Some(31_536_000), ..nothing },
            ),
            (
                "No-Transform ,PRIVATE",
                CacheControl { no_transform: true, private: true, ..nothing },
            ),
            ("private=\"x, public, no-store\"", CacheControl { private: true, ..nothing }),
            ("no-cache=\"a\\\", no-store\"", CacheControl { no_cache: true, ..nothing }),
            ("x=\"\\\\\", immutable", CacheControl { immutable: true, ..nothing }),
            ("max-age=\"60\"", CacheControl { max_age: Some(60), ..nothing }),
            ("max-age=60, max-age=30", CacheControl { max_age: Some(30), ..nothing }),
            ("max-age=-1", CacheControl { max_age: Some(0), ..nothing }),
            ("max-age", CacheControl { max_age: Some(0), ..nothing }),
            (
                "max-age=99999999999999999999999",
                CacheControl { max_age: Some(u64::MAX), ..nothing },
            ),
            ("s-maxage=5, publicity, xno-store", nothing),
        ] {
            assert_eq!(of(line), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn two_lines_are_as_one(one in "[a-z=\", -]{0,20}", two in "[a-z=, -]{0,20}") {
            prop_assume!(one.bytes().filter(|&byte| byte == b'"').count() % 2 == 0);
            let together = of(&format!("{one},{two}"));
            prop_assert_eq!(CacheControl::of([one.as_bytes(), two.as_bytes()]), together);
        }
    }
}
