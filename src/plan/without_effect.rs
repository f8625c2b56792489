//! What was given and does nothing in this mode.

use crate::cli::Task;
use crate::environment::{Environment, Mode};
use crate::settings::Settings;

/// Settings that count in standalone mode alone, and what takes their place behind a Hub.
const STANDALONE: [(&str, &str); 4] = [
    ("token", "the Hub signs people in"),
    ("token-file", "the Hub signs people in"),
    ("base-path", "the Hub's prefix counts"),
    ("allowed-hosts", "the Hub's proxy answers to names"),
];
/// Settings that count behind a Hub alone.
const JUPYTERHUB: [&str; 2] = ["repair-scopes", "permissive-identity"];

/// A sentence for each.
pub fn look(settings: &Settings, environment: &Environment, task: &Task) -> Vec<String> {
    if matches!(task, Task::Program(_)) {
        return Vec::new();
    }
    match environment.mode {
        Mode::Jupyterhub => {
            let told = |(name, instead)| told(settings, name, Mode::Jupyterhub, instead);
            STANDALONE.into_iter().filter_map(told).collect()
        }
        Mode::Standalone => {
            let told = |name| told(settings, name, Mode::Standalone, "there is no Hub");
            let settings = JUPYTERHUB.into_iter().filter_map(told);
            settings.chain(arguments(task)).collect()
        }
    }
}

fn told(settings: &Settings, name: &str, mode: Mode, reason: &str) -> Option<String> {
    let origin = settings.raw.origin(name)?;
    Some(format!("{origin} has no effect in {} mode: {reason}.", mode.as_str()))
}

fn arguments(task: &Task) -> Option<String> {
    match task {
        Task::Singleuser(arguments) if !arguments.is_empty() => Some(
            "The arguments for jupyterhub-singleuser have no effect in standalone mode, which \
             --mode (WAIIDE_MODE) asks for."
                .to_owned(),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_nobody_takes_are_told_and_none_are_not() {
        let told = |words: &[&str]| {
            arguments(&Task::Singleuser(words.iter().map(|word| (*word).into()).collect()))
        };
        assert!(told(&["--a=b"]).is_some_and(|sentence| !sentence.contains("--a=b")));
        assert_eq!(told(&[]), None);
    }
}
