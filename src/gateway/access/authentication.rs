//! Who is let in, in a word.

use serde::Serialize;

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Authentication {
    /// Whoever reaches the port.
    None,
    /// Whoever has the token.
    Token,
    /// Whom JupyterHub lets in.
    JupyterHub,
}

impl Authentication {
    /// How it is with a server that only jupyter-server-proxy reaches, or that has a token.
    pub fn of(behind_jupyter: bool, has_token: bool) -> Authentication {
        match (behind_jupyter, has_token) {
            (true, _) => Authentication::JupyterHub,
            (false, true) => Authentication::Token,
            (false, false) => Authentication::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_in_the_words_of_the_api() {
        let words = [Authentication::None, Authentication::Token, Authentication::JupyterHub];
        let words = serde_json::to_string(&words).unwrap();
        assert_eq!(words, r#"["none","token","jupyterhub"]"#);
    }
}
