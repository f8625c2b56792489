//! What pages say of the state of things.

use crate::control::protocol::{ServiceStatus, State};
use crate::gateway::access::authentication::Authentication;

/// What is known of the IDE, in a sentence or two.
pub fn of_ide(ide: Option<&ServiceStatus>) -> String {
    let Some(ide) = ide else { return "Nothing is known of the IDE yet.".to_owned() };
    let state = match ide.state {
        State::Running if ide.ready => "The IDE is ready.",
        State::Starting => "The IDE is starting.",
        State::Running => "The IDE runs, and does not answer.",
        State::Backoff => "The IDE ended, and is started again.",
        State::Stopping => "The IDE is being stopped.",
        State::Stopped => "The IDE is stopped. It stays so until somebody starts it.",
        State::Failed => "The IDE ended too often, and is not started again by itself.",
    };
    let ended = ide.last_exit.as_ref().filter(|_| !ide.ready && ide.state != State::Stopped);
    let why = ide.detail.clone().or(ended.map(|exit| format!("It {}.", exit.message)));
    why.map_or(state.to_owned(), |why| format!("{state} {why}"))
}

/// Who is let in: the kind of note, the fact, and what to do about it.
pub fn of_door(authentication: Authentication) -> (&'static str, &'static str, &'static str) {
    match authentication {
        Authentication::None => (
            "",
            "No token is needed: whoever reaches this port has a shell here, as you.",
            "Set WAIIDE_TOKEN, or let nobody else reach the port: docker run -p 127.0.0.1:8070:8070.",
        ),
        Authentication::Token => {
            ("calm", "A token is needed.", "Whoever has it has a shell here, as you.")
        }
        Authentication::JupyterHub => {
            ("calm", "JupyterHub decides who comes in.", "Whoever does has a shell here, as you.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::protocol::Exit;

    #[test]
    fn what_is_said_of_the_ide_names_the_reason() {
        let message = "exited with code 1 (no such file)".to_owned();
        let exit = Exit { code: Some(1), signal: None, message, at: String::new() };
        let mut ide = ServiceStatus { last_exit: Some(exit), ..ServiceStatus::default() };
        ide.state = State::Backoff;
        let said = "The IDE ended, and is started again. It exited with code 1 (no such file).";
        assert_eq!(of_ide(Some(&ide)), said);
        ide.detail = Some("Port 8071 is taken.".into());
        assert!(of_ide(Some(&ide)).ends_with("again. Port 8071 is taken."));
        ide = ServiceStatus {
            state: State::Stopped,
            last_exit: ide.last_exit,
            ..ServiceStatus::default()
        };
        assert!(!of_ide(Some(&ide)).contains("exited"));
    }

    #[test]
    fn an_open_door_is_called_one() {
        assert!(of_door(Authentication::None).1.contains("has a shell"));
        assert!(!of_door(Authentication::Token).1.contains("No token"));
    }
}
