//! A workbench's page, held until it is whole, since what is to stand in its settings stands behind
//! them.

use crate::workbench::Workbench;

/// A longer page passes as it is, in bytes. A workbench's has a few thousand.
const LONGEST: usize = 1 << 20;

/// Turns a page's webviews to its own origin.
#[derive(Debug)]
pub struct Webviews {
    origin: String,
    held: Vec<u8>,
    /// The page is too long, or no workbench's.
    passes: bool,
}

impl Webviews {
    /// For a page at this origin, `scheme://host[:port]`.
    pub fn new(origin: &str) -> Webviews {
        Webviews { origin: origin.to_owned(), held: Vec::new(), passes: false }
    }

    /// Reads a piece, and adds to `out` what can be sent by now.
    pub fn write(&mut self, content: &[u8], out: &mut Vec<u8>) {
        if !self.passes {
            self.held.extend_from_slice(content);
            self.passes = self.held.len() > LONGEST;
            if self.passes {
                out.append(&mut self.held);
            }
            return;
        }
        out.extend_from_slice(content);
    }

    /// The page is over: adds to `out` what is left.
    pub fn finish(self, out: &mut Vec<u8>) {
        let page = std::str::from_utf8(&self.held).ok();
        let turned =
            page.and_then(|page| Workbench::read(page)?.from_same_origin(page, &self.origin));
        out.extend(turned.map_or(self.held, String::into_bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(pieces: &[&[u8]]) -> Vec<u8> {
        let mut webviews = Webviews::new("http://localhost:8070");
        let mut out = Vec::new();
        pieces.iter().for_each(|piece| webviews.write(piece, &mut out));
        webviews.finish(&mut out);
        out
    }

    #[test]
    fn a_workbench_is_turned_however_it_comes_and_all_else_passes() {
        let page = b"<meta id=vscode-workbench-web-configuration data-settings='{}'>\
            <link href=/s/out/vs/code/browser/workbench/workbench.css>";
        let whole = through(&[page]);
        assert!(
            String::from_utf8_lossy(&whole).contains("http://localhost:8070/s/out/vs/workbench")
        );
        let bytes: Vec<&[u8]> = page.chunks(1).collect();
        assert_eq!(through(&bytes), whole);
        for other in [b"<p>x".as_slice(), b"\xff\xfe<", b""] {
            assert_eq!(through(&[other]), other);
        }
        let long = vec![b'x'; LONGEST + 10];
        assert_eq!(through(&[&long, page]), [long.as_slice(), page].concat());
    }
}
