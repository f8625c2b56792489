//! From bytes to lines.

/// A longer line is cut into pieces of this many bytes.
const LONGEST_LINE: usize = 16 * 1024;

/// Takes bytes in, gives lines out.
#[derive(Debug, Default)]
pub struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes bytes; calls `each` for every line that they end, and for every piece of a line that
    /// grew too long.
    pub fn take(&mut self, bytes: &[u8], mut each: impl FnMut(&str)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.finish(&mut each);
            }
            while self.rest.len() > LONGEST_LINE {
                let longer = self.rest.split_off(cut(&self.rest));
                self.finish(&mut each);
                self.rest = longer;
            }
        }
    }

    /// Gives out what has no line end.
    pub fn end(&mut self, mut each: impl FnMut(&str)) {
        if !self.rest.is_empty() {
            self.finish(&mut each);
        }
    }

    fn finish(&mut self, each: &mut impl FnMut(&str)) {
        let line = self.rest.strip_suffix(b"\n").unwrap_or(&self.rest);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut line = line;
        while line.len() > LONGEST_LINE {
            let (piece, rest) = line.split_at(cut(line));
            each(&String::from_utf8_lossy(piece));
            line = rest;
        }
        each(&String::from_utf8_lossy(line));
        self.rest.clear();
    }
}

/// Where a line that is too long is cut: not within a character (RFC 3629: its further bytes are
/// 10xxxxxx, three at the most).
fn cut(line: &[u8]) -> usize {
    let is_start = |at: &usize| line.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
    (LONGEST_LINE - 3..=LONGEST_LINE).rev().find(is_start).unwrap_or(LONGEST_LINE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut found = Vec::new();
        let mut lines = Lines::default();
        for chunk in chunks {
            lines.take(chunk, |line| found.push(line.to_owned()));
        }
        lines.end(|line| found.push(line.to_owned()));
        found
    }

    #[test]
    fn lines_are_put_together_and_taken_apart() {
        assert_eq!(lines(&[b"a\nb", b"c\r\n\nd"]), ["a", "bc", "", "d"]);
    }

    #[test]
    fn bytes_that_are_not_utf8_survive_as_replacements() {
        assert_eq!(lines(&[b"a\xffb\n"]), ["a\u{fffd}b"]);
    }

    #[test]
    fn a_line_without_end_is_cut_into_pieces() {
        let long = vec![b'x'; LONGEST_LINE * 3 + 5];
        let found = lines(&[&long, b"\n"]);
        assert_eq!(found.iter().map(String::len).sum::<usize>(), long.len());
        assert!(found.iter().all(|line| line.len() <= LONGEST_LINE));
    }

    #[test]
    fn no_character_is_cut_in_two() {
        let text = format!("x{}\n", "\u{e4}\u{1f600}".repeat(10_000));
        let found = lines(&[text.as_bytes()]);
        assert!(found.len() > 2 && found.concat() == text.trim_end(), "{} pieces", found.len());
        assert_eq!(
            lines(&[&text.as_bytes()[..9_999], &text.as_bytes()[9_999..]]).concat(),
            text.trim_end()
        );
    }

    proptest! {
        #[test]
        fn how_the_bytes_arrive_makes_no_difference(
            text in "[a-c\\n]{0,60}",
            cuts in proptest::collection::vec(0usize..60, 0..5),
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut from = 0;
            for cut in cuts {
                chunks.push(&text.as_bytes()[from..cut]);
                from = cut;
            }
            chunks.push(&text.as_bytes()[from..]);
            prop_assert_eq!(lines(&chunks), lines(&[text.as_bytes()]));
        }
    }
}
