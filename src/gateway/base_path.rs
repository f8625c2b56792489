//! The path under which everything is served.

/// `/`, or `/a/b/`: it starts and ends with a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasePath(String);

/// Where a request's path lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// Under the base path: the path from there on, with a slash in front.
    Inside(&'a str),
    /// The base path itself, but for its last slash.
    Bare,
    /// Elsewhere.
    Outside,
}

impl BasePath {
    /// Takes a path and gives it the slashes that it lacks at its ends.
    pub fn new(path: &str) -> BasePath {
        match path.trim_matches('/') {
            "" => BasePath("/".into()),
            inner => BasePath(format!("/{inner}/")),
        }
    }

    /// The path, with its slashes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path without its last slash, for `X-Forwarded-Prefix`; none for `/`.
    pub fn prefix(&self) -> Option<&str> {
        self.0.strip_suffix('/').filter(|prefix| !prefix.is_empty())
    }

    /// A path under the base path, as a whole: what `locate` has taken off is put before it.
    pub fn with(&self, inside: &str) -> String {
        format!("{}{inside}", self.prefix().unwrap_or_default())
    }

    /// Where a path lies. Paths are compared byte for byte, so that nothing that is forwarded was
    /// ever decoded.
    pub fn locate<'a>(&self, path: &'a str) -> Place<'a> {
        match self.prefix() {
            None => Place::Inside(path),
            Some(prefix) => match path.strip_prefix(prefix) {
                Some("") => Place::Bare,
                Some(rest) if rest.starts_with('/') => Place::Inside(rest),
                _ => Place::Outside,
            },
        }
    }

    /// How a page at `inside` (a path under the base path, with a slash in front) refers to the
    /// base path: `./`, `../`, `../../` and so on. It holds behind any proxy that strips a prefix,
    /// whether or not that proxy tells us the prefix.
    pub fn relative(inside: &str) -> String {
        match inside.bytes().skip(1).filter(|&byte| byte == b'/').count() {
            0 => "./".into(),
            depth => "../".repeat(depth),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_is_inside_bare_or_outside() {
        let base = BasePath::new("/user/alice/");
        for (path, place) in [
            ("/user/alice", Place::Bare),
            ("/user/alice/", Place::Inside("/")),
            ("/user/alice//x", Place::Inside("//x")),
            ("/user/alice/a%2Fb", Place::Inside("/a%2Fb")),
            ("/user/alicex", Place::Outside),
            ("/user/alicex/", Place::Outside),
            ("/user", Place::Outside),
            ("/", Place::Outside),
            ("*", Place::Outside),
            ("/USER/alice/", Place::Outside),
        ] {
            assert_eq!(base.locate(path), place, "{path}");
            if let Place::Inside(inside) = place {
                assert_eq!(base.with(inside), path);
            }
        }
    }

    #[test]
    fn the_root_holds_everything() {
        assert_eq!(BasePath::new("/").locate("//x"), Place::Inside("//x"));
        assert_eq!(BasePath::new("").prefix(), None);
    }

    #[test]
    fn a_page_finds_the_base_path_from_where_it_is() {
        for (inside, relative) in
            [("/", "./"), ("/a", "./"), ("/a/", "../"), ("/a/b", "../"), ("/a/b/c", "../../")]
        {
            assert_eq!(BasePath::relative(inside), relative, "{inside}");
        }
    }

    proptest! {
        #[test]
        fn stripping_and_prefixing_are_inverse(base in "(/[a-z@~%0-9]{1,6}){0,3}/", rest in "/[!-~]{0,20}") {
            let base = BasePath::new(&base);
            let whole = format!("{}{}", base.prefix().unwrap_or(""), rest);
            prop_assert_eq!(base.locate(&whole), Place::Inside(rest.as_str()));
        }
    }
}
