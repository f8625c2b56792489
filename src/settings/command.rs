//! Command lines, and the placeholders in them.

use super::parse::Parsed;

/// What a command may hold, and is filled in when it is started.
pub const PLACEHOLDERS: [&str; 3] = ["{ide_port}", "{home}", "{workspace}"];

/// A command line, split into words as a POSIX shell does. Nothing is expanded but the
/// placeholders, and those later.
pub fn split(text: &str) -> Parsed<Vec<String>> {
    let words = shell_words::split(text)
        .map_err(|_| "a quote is not closed; close it, or escape it by a backslash".to_owned())?;
    checked(words)
}

/// The same, split already.
pub fn checked(words: Vec<String>) -> Parsed<Vec<String>> {
    if words.first().is_none_or(String::is_empty) {
        return Err("expected a command".into());
    }
    if words.iter().any(|word| word.contains('\0')) {
        return Err("a command must not hold NUL".into());
    }
    match words.iter().find_map(|word| unknown_placeholder(word)) {
        Some(unknown) => {
            Err(format!("{unknown} is no placeholder; there are {}", PLACEHOLDERS.join(", ")))
        }
        None => Ok(words),
    }
}

/// The first `{word}` that would not be filled in, and that was meant for one that would. Shells and
/// other languages have braces of their own.
fn unknown_placeholder(word: &str) -> Option<&str> {
    let mut rest = word;
    while let Some(start) = rest.find('{') {
        let end = start + rest.get(start..)?.find('}')?;
        let found = rest.get(start..=end)?;
        let is_shells = rest.get(..start)?.ends_with('$');
        if !is_shells && !PLACEHOLDERS.contains(&found) && is_like_a_placeholder(found) {
            return Some(found);
        }
        rest = rest.get(end + 1..)?;
    }
    None
}

/// From which likeness on a word in braces may be a placeholder, mistyped.
const LIKE: f64 = 0.75;

/// Whether a word in braces is a part of a placeholder, or spelled like one.
fn is_like_a_placeholder(found: &str) -> bool {
    let name = found.trim_matches(['{', '}']).replace('-', "_").to_ascii_lowercase();
    PLACEHOLDERS.iter().map(|known| known.trim_matches(['{', '}'])).any(|known| {
        let is_part = name.len() > 2 && known.contains(&name);
        is_part || strsim::normalized_damerau_levenshtein(known, &name) >= LIKE
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_split_into_words() {
        assert_eq!(
            split("a 'b c' \"{home}/x\""),
            Ok(vec!["a".into(), "b c".into(), "{home}/x".into()])
        );
        assert!(split("a '").is_err());
        assert!(split("  ").is_err());
    }

    #[test]
    fn a_placeholder_that_is_mistyped_is_told_from_braces_of_others() {
        for mistyped in ["{port}", "{ide}", "{ide-port}", "{HOME}", "{workspce}", "x{{port}}"] {
            assert!(split(&format!("a '{mistyped}'")).is_err(), "{mistyped}");
        }
        for other in ["{}", "{x}", "${x}", "${home}", "{print}", r#"f({"a":1})"#, "{1..9}", "{"] {
            assert!(split(&format!("a '{other}'")).is_ok(), "{other}");
        }
        assert!(split("a {port}").unwrap_err().contains("{ide_port}, {home}, {workspace}"));
    }
}
