//! A user's name as part of a path.
//!
//! A Hub hands names on as they are, and some Hubs let `..` and newlines through.

/// Why a name can't be a directory's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// `.` or `..`.
    #[error("{0:?} stands for another directory")]
    Dots(String),
    /// A character that a path, a passwd entry or a log line can't hold.
    #[error("{name:?} holds {character:?}, which can't be part of a directory's name here")]
    Character {
        /// The name.
        name: String,
        /// The first such character.
        character: char,
    },
    /// More than a directory's name may have.
    #[error("the name has {0} bytes; a directory's name has at most 255")]
    Length(usize),
}

/// Takes a name that is one safe path component: not `.` or `..`, no `/`, no `:` (which separates
/// the fields of passwd(5)), no control character, at most 255 bytes (`NAME_MAX`).
pub fn directory_name(name: &str) -> Result<&str, NameError> {
    if matches!(name, "." | "..") {
        return Err(NameError::Dots(name.to_owned()));
    }
    if let Some(character) = name.chars().find(|c| matches!(c, '/' | ':') || c.is_control()) {
        return Err(NameError::Character { name: name.to_owned(), character });
    }
    match name.len() {
        0..=255 => Ok(name),
        length => Err(NameError::Length(length)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_people_are_taken() {
        for name in ["alice", "ann@example.com", "x y", "O'Neil", "Ünal", "-rf", "...", "root"] {
            assert_eq!(directory_name(name), Ok(name));
        }
    }

    #[test]
    fn names_that_leave_the_directory_or_its_line_are_not() {
        for name in ["..", ".", "a/b", "/", "a\nb", "x:y", "a\0b", "\u{7f}", &"x".repeat(256)] {
            assert!(directory_name(name).is_err(), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_one_component(name in "\\PC{0,40}|[./:a\\n]{0,4}") {
            prop_assume!(!name.is_empty());
            if let Ok(taken) = directory_name(&name) {
                let path = std::path::Path::new("/home").join(taken);
                prop_assert_eq!(path.parent(), Some(std::path::Path::new("/home")));
                prop_assert!(path.file_name().is_some());
            }
        }
    }
}
