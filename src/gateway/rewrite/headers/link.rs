//! `Link` (RFC 8288).

use crate::gateway::rewrite::html::values::in_srcset;
use crate::gateway::rewrite::prefix::{Prefix, put_in};
use crate::gateway::rewrite::url;

/// Puts the prefix into the targets, and into the parameters that hold URLs: `anchor` (§3.2) and
/// `imagesrcset` (HTML §4.2.4.4). Where the value stops being what the grammar says, the rest
/// stays.
pub fn link(value: &[u8], prefix: &str) -> Option<Vec<u8>> {
    let prefix = Prefix::new(prefix)?;
    let mut links = Links { value, at: 0, prefix: prefix.plain(), places: Vec::new() };
    while links.one().is_some() {}
    (!links.places.is_empty()).then(|| put_in(value, &links.places, prefix.plain()))
}

struct Links<'a> {
    value: &'a [u8],
    at: usize,
    prefix: &'a [u8],
    places: Vec<usize>,
}

impl<'a> Links<'a> {
    /// Reads a link and its parameters.
    fn one(&mut self) -> Option<()> {
        self.take_while(|byte| is_space(byte) || byte == b',');
        self.take(b'<')?;
        let from = self.at;
        let target = self.take_while(|byte| byte != b'>');
        self.take(b'>')?;
        self.places.extend(url::place(target, self.prefix).map(|at| from + at));
        loop {
            self.take_while(is_space);
            if self.take(b';').is_none() {
                return Some(());
            }
            self.parameter();
        }
    }

    fn parameter(&mut self) {
        self.take_while(is_space);
        let name = self.take_while(|byte| !is_space(byte) && !b"=;,".contains(&byte));
        self.take_while(is_space);
        if self.take(b'=').is_none() {
            return;
        }
        self.take_while(is_space);
        let is_quoted = self.take(b'"').is_some();
        let from = self.at;
        let text = if is_quoted {
            self.quoted()
        } else {
            self.take_while(|byte| !is_space(byte) && !b";,".contains(&byte))
        };
        // A backslash in quotes hides what a URL is made of, and no URL needs one.
        if text.contains(&b'\\') {
            return;
        }
        if name.eq_ignore_ascii_case(b"anchor") {
            self.places.extend(url::place(text, self.prefix).map(|at| from + at));
        } else if name.eq_ignore_ascii_case(b"imagesrcset") {
            let mut places = Vec::new();
            in_srcset(text, self.prefix, &mut places);
            self.places.extend(places.into_iter().map(|at| from + at));
        }
    }

    /// Reads up to the quote that ends the text, and past it.
    fn quoted(&mut self) -> &'a [u8] {
        let from = self.at;
        while let Some(&byte) = self.value.get(self.at) {
            match byte {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        let to = self.at.min(self.value.len());
        self.at = to;
        let _ = self.take(b'"');
        self.value.get(from..to).unwrap_or_default()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.value.get(self.at) == Some(&byte)).then(|| self.at += 1)
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.value.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|&byte| !wanted(byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(value: &str) -> Option<String> {
        link(value.as_bytes(), "/p").map(|new| String::from_utf8(new).unwrap())
    }

    #[test]
    fn each_target_is_looked_at() {
        for (from, to) in [
            ("</x>", "</p/x>"),
            (
                "</x>; rel=preload, </y>;rel=\"a, </b>\"",
                "</p/x>; rel=preload, </p/y>;rel=\"a, </b>\"",
            ),
            (", ,< /x >;a;b = c;d=\"\\\"</e>\",</f>", ", ,< /p/x >;a;b = c;d=\"\\\"</e>\",</p/f>"),
            ("<https://h/x>, </y>", "<https://h/x>, </p/y>"),
            ("<x>; anchor=\"/a\"", "<x>; anchor=\"/p/a\""),
            ("<x>; Anchor=/a; rel=b", "<x>; Anchor=/p/a; rel=b"),
            (
                "<>; rel=preload; imagesrcset=\"/a 1x, /b 2x\"; as=image",
                "<>; rel=preload; imagesrcset=\"/p/a 1x, /p/b 2x\"; as=image",
            ),
            ("</a,b>", "</p/a,b>"),
            ("</x> junk </y>", "</p/x> junk </y>"),
        ] {
            assert_eq!(linked(from).as_deref(), Some(to), "{from}");
        }
    }

    #[test]
    fn the_rest_stays() {
        for value in [
            "",
            "/x",
            "<//h/x>",
            "</p/x>, <x>; title=\"/x\"; anchor=\"#a\"",
            "</x",
            "<x>; anchor=\"\\/x\"",
            "<x>; anchor=\"",
            "<x>; a=\"\\",
        ] {
            assert_eq!(linked(value), None, "{value}");
        }
    }
}
