//! To the end of a token that is too long to be held.

/// Follows a tag or a comment that is not kept, to its end (HTML §13.2.5).
#[derive(Debug)]
pub struct Skip {
    state: State,
    /// The tag's name, as far as it tells whether text follows that is no markup.
    name: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// So many bytes of `<!--` were read.
    Start(usize),
    /// In a comment, of whose end so many dashes were read.
    Comment(usize),
    /// Anything that ends with the next `>`.
    Other,
    TagName,
    BeforeName,
    Name,
    AfterName,
    /// Behind an equals sign.
    Value,
    Quoted(u8),
    Unquoted,
}

/// Longer than the name of any element whose text is no markup.
const LONGEST_NAME: usize = 16;

impl Skip {
    /// Before the `<` that the token begins with.
    pub fn new() -> Skip {
        Skip { state: State::Start(0), name: Vec::new() }
    }

    /// Reads a piece; returns how much of it belongs to the token, if the token ends in it.
    pub fn read(&mut self, bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|&byte| self.ends_with(byte)).map(|last| last + 1)
    }

    /// Whether what follows is parsed as markup, and not as the text of a script or the like.
    pub fn leads_to_markup(&self) -> bool {
        !super::is_text_element(&self.name.to_ascii_lowercase())
    }

    fn ends_with(&mut self, byte: u8) -> bool {
        self.state = match (self.state, byte) {
            (State::Start(read), _) => self.start(read, byte),
            (State::Comment(2), b'>') => return true,
            (State::Comment(dashes), b'-') => State::Comment((dashes + 1).min(2)),
            (State::Comment(_), _) => State::Comment(0),
            (State::Quoted(quote), _) if byte == quote => State::BeforeName,
            (State::Quoted(_), _) => self.state,
            (_, b'>') => return true,
            (State::Other, _) => State::Other,
            (State::TagName, _) => self.tag_name(byte),
            _ => self.attribute(byte),
        };
        false
    }

    fn start(&mut self, read: usize, byte: u8) -> State {
        match (read, byte) {
            (0, _) | (1, b'!') | (2, b'-') => State::Start(read + 1),
            (3, b'-') => State::Comment(2),
            (1, _) if byte.is_ascii_alphabetic() || byte == b'/' => {
                self.name.push(byte);
                State::TagName
            }
            _ => State::Other,
        }
    }

    fn tag_name(&mut self, byte: u8) -> State {
        if self.name == b"/" && !byte.is_ascii_alphabetic() {
            return State::Other;
        }
        if is_space(byte) || byte == b'/' {
            return State::BeforeName;
        }
        if self.name.len() < LONGEST_NAME {
            self.name.push(byte);
        }
        State::TagName
    }

    fn attribute(&self, byte: u8) -> State {
        let is_space = is_space(byte);
        match (self.state, byte) {
            (State::Value, b'"' | b'\'') => State::Quoted(byte),
            (State::Value, _) if is_space => State::Value,
            (State::Unquoted, _) if is_space => State::BeforeName,
            (State::Value | State::Unquoted, _) => State::Unquoted,
            (_, b'/') => State::BeforeName,
            (State::Name | State::AfterName, b'=') => State::Value,
            (State::BeforeName, _) if is_space => State::BeforeName,
            (_, _) if is_space => State::AfterName,
            _ => State::Name,
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_ends_where_a_browser_ends_it() {
        for (token, markup) in [
            ("<a>", true),
            ("<img src=\"a>b\" alt='>'>", true),
            ("<a b'c d=\"e>f\">", true),
            ("<a b = 'c>d' e>", true),
            ("<a b=c'>", true),
            ("<a b=/>", true),
            ("<a/b=\"c>\"/>", true),
            ("</a b='>'>", true),
            ("</script>", true),
            ("</ a='>", true),
            ("<a =\"b>", true),
            ("<a b =\">\" =c='>'>", true),
            ("<a b/=\">", true),
            ("<!-- > -- > --->", true),
            ("<!-->", true),
            ("<!-- a --!- -->", true),
            ("<!doctype html>", true),
            ("<!-a>", true),
            ("<?php x>", true),
            ("<SCRIPT a='>'>", false),
            ("<style>", false),
            ("<scripts>", true),
        ] {
            let text = format!("{token}x>");
            let mut skip = Skip::new();
            let end = skip.read(text.as_bytes());
            assert_eq!(end, Some(token.len()), "{token}");
            assert_eq!(skip.leads_to_markup(), markup, "{token}");
            let (mut skip, mut read) = (Skip::new(), 0);
            while skip.read(&text.as_bytes()[read..=read]).is_none() {
                read += 1;
            }
            assert_eq!(Some(read + 1), end, "{token}");
        }
        assert_eq!(Skip::new().read(b"<img src=\"data:,x"), None);
    }
}
