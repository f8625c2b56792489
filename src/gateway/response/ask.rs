//! What the IDE is asked in place of what the client asks, so that its answer can be changed.

use crate::gateway::encoding::Coding;
use crate::gateway::http1::{Name, Names, RequestHead, write};
use crate::gateway::negotiation::{ranges, validators};

/// The fields that [`write_asked`] writes in the client's place.
pub fn replaced(head: &RequestHead, rewrites: bool) -> Names {
    // A tag may have been given out for a form that was made here, also to one who writes.
    let mut names = Names::of(&[Name::IfNoneMatch, Name::IfMatch]);
    if !head.reads() {
        return names;
    }
    if !ranges::passes(head.fields().first(Name::IfRange), rewrites) {
        names = names.and(Names::of(&[Name::Range, Name::IfRange]));
    }
    if rewrites { names.and(Names::of(&[Name::AcceptEncoding])) } else { names }
}

/// Writes what takes their place. `rewrites`: answers are rewritten for a base path.
pub fn write_asked(out: &mut Vec<u8>, head: &RequestHead, rewrites: bool) {
    let fields = head.fields();
    for (name, spelled) in
        [(Name::IfNoneMatch, &b"If-None-Match"[..]), (Name::IfMatch, &b"If-Match"[..])]
    {
        for line in fields.all(name) {
            write::field(out, spelled, validators::to_ide(line).as_deref().unwrap_or(line));
        }
    }
    if rewrites && head.reads() && fields.has(Name::AcceptEncoding) {
        let known = |member: &&str| {
            let name = member.split(';').next().unwrap_or_default().trim();
            Coding::from_token(name.as_bytes()).is_some()
        };
        let known: Vec<&str> = fields.tokens(Name::AcceptEncoding).filter(known).collect();
        write::field(out, b"Accept-Encoding", known.join(", ").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(lines: &str, rewrites: bool) -> (String, Names) {
        let mut head = RequestHead::default();
        head.read(format!("GET / HTTP/1.1\r\n{lines}\r\n").as_bytes()).unwrap();
        asked_by(&head, rewrites)
    }

    fn asked_by(head: &RequestHead, rewrites: bool) -> (String, Names) {
        let mut out = Vec::new();
        write_asked(&mut out, head, rewrites);
        (String::from_utf8(out).unwrap(), replaced(head, rewrites))
    }

    #[test]
    fn one_who_writes_names_the_servers_own_tag_too() {
        let mut head = RequestHead::default();
        head.read(b"PUT / HTTP/1.1\r\nIf-Match: \"a--br\"\r\nRange: x\r\n\r\n").unwrap();
        let (text, names) = asked_by(&head, true);
        assert_eq!(text, "If-Match: \"a\"\r\n");
        assert!(names.has(Name::IfMatch) && !names.has(Name::Range));
    }

    #[test]
    fn the_ide_gets_its_own_tags_back() {
        let (text, names) = asked("If-None-Match: \"a--zstd\", W/\"b\"\r\n", false);
        assert_eq!(text, "If-None-Match: \"a\", W/\"b\"\r\n");
        assert!(names.has(Name::IfNoneMatch) && !names.has(Name::Range));
    }

    #[test]
    fn a_part_is_asked_for_only_of_what_the_ide_sends() {
        let (_, names) = asked("Range: bytes=0-1\r\nIf-Range: \"a--gzip\"\r\n", false);
        assert!(names.has(Name::Range));
        let (_, names) = asked("Range: bytes=0-1\r\n", true);
        assert!(names.has(Name::Range));
    }

    #[test]
    fn codings_that_nobody_here_reads_are_not_asked_for_where_answers_are_rewritten() {
        let line = "Accept-Encoding: gzip;q=0.5, deflate, br, x-new\r\n";
        assert_eq!(asked(line, true).0, "Accept-Encoding: gzip;q=0.5, br\r\n");
        assert_eq!(asked(line, false).0, "");
    }
}
