//! Whether the IDE may be asked for a part of a response (RFC 9110 §14).

use super::validators;

/// Whether a request's `Range` goes on to the IDE. `if_range` is its `If-Range`;
/// `may_be_rewritten` where the base path is one that responses are rewritten for.
///
/// A part is one of the form that the IDE sends. A client that has the start of another form, an
/// encoded one, names it in `If-Range`; without `Range` it gets the whole, as it would where the
/// content had changed (RFC 9110 §13.1.5). A part of what would be rewritten can't be: whoever
/// asks for one gets the whole as well.
pub fn passes(if_range: Option<&[u8]>, may_be_rewritten: bool) -> bool {
    !may_be_rewritten && !if_range.is_some_and(|value| validators::is_of_form(value.trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_those_of_the_ides_own_form() {
        for (if_range, may_be_rewritten, expected) in [
            (None, false, true),
            (None, true, false),
            (Some("\"abc\""), false, true),
            (Some("\"abc--zstd\""), false, false),
            (Some(" \"abc--gzip\" "), false, false),
            (Some("\"abc--zstd\"x"), false, true),
            (Some("Wed, 21 Oct 2015 07:28:00 GMT"), false, true),
            (Some("\"abc\""), true, false),
        ] {
            let passed = passes(if_range.map(str::as_bytes), may_be_rewritten);
            assert_eq!(passed, expected, "{if_range:?}");
        }
    }
}
