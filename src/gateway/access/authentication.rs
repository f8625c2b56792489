//! Who is let in, in a word.

use serde::Serialize;

use crate::gateway::app::App;

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
    /// How it is with this server.
    pub fn of(app: &App) -> Authentication {
        match (app.behind_jupyter, &app.gate) {
            (true, _) => Authentication::JupyterHub,
            (false, Some(_)) => Authentication::Token,
            (false, None) => Authentication::None,
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
