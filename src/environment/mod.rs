//! Where the program runs: the mode, and what the Hub said, as one typed value.
//!
//! Everything here is decided from a snapshot of the variables ([`Variables`]); nothing after
//! this step reads one.

pub mod accounts;
pub mod host;
pub mod hub;
pub mod repairs;
pub mod user;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use serde::Serialize;

use crate::cli::Task;
use crate::settings::{ModeChoice, Settings};
use hub::{Hub, ServiceUrl};
pub use repairs::Repair;

/// The variables as they were when the program started.
#[derive(Debug, Clone, Default)]
pub struct Variables(pub BTreeMap<OsString, OsString>);

impl Variables {
    /// A variable's value, where it is set, not empty and UTF-8.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(OsStr::new(name))?.to_str().filter(|value| !value.is_empty())
    }
}

/// Which way to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Behind a Hub: jupyterhub-singleuser has the public port.
    Jupyterhub,
    /// On its own: the gateway has the public port.
    Standalone,
}

impl Mode {
    /// The word that `--mode` takes.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Jupyterhub => "jupyterhub",
            Mode::Standalone => "standalone",
        }
    }
}

/// What makes `--mode auto` take JupyterHub mode.
const MARKERS: [&str; 3] = ["JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_USER", "JUPYTERHUB_API_TOKEN"];

/// An environment that can't work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// The Hub's variables.
    #[error(
        "{0}\nThis is JupyterHub mode, because {1}. For standalone mode, give --mode standalone \
         or set WAIIDE_MODE=standalone."
    )]
    Hub(hub::HubError, String),
    /// The user's name.
    #[error("JUPYTERHUB_USER: {0}. Have the Hub normalise the name, or give --home.")]
    User(user::NameError),
}

/// Where the program runs.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Which way to run.
    pub mode: Mode,
    /// Why, in words that follow "because".
    pub reason: String,
    /// What the Hub said; in standalone mode nothing.
    pub hub: Option<Hub>,
    /// Where the Hub wants the public port to be, in either mode.
    pub service_url: Option<ServiceUrl>,
    /// The Hub's user name, where one is set.
    pub user: Option<String>,
    /// Whether this is a pod, whose spawner kills 1 s after SIGTERM.
    pub kubernetes: bool,
    /// Variables that were put right; `variables` has them as they are from now on.
    pub repairs: Vec<Repair>,
    /// What is odd and yet no reason to refuse.
    pub warnings: Vec<String>,
    /// All variables.
    pub variables: Variables,
}

/// Finds out where the program runs.
///
/// # Errors
/// In JupyterHub mode, a variable that jupyterhub-singleuser can't do without.
pub fn detect(
    settings: &Settings,
    task: &Task,
    mut variables: Variables,
    needs_token: bool,
) -> Result<Environment, EnvironmentError> {
    let (mode, reason) = detect_mode(settings, task, &variables);
    let mut warnings = Vec::new();
    // A program of the user's own needs no Hub.
    let is_served = mode == Mode::Jupyterhub && !matches!(task, Task::Program(_));
    let repairs = match is_served {
        true => repairs::find(&variables, settings.repair_scopes, &mut warnings),
        false => Vec::new(),
    };
    repairs::apply(&repairs, &mut variables);
    let token = match needs_token {
        true => Hub::check_token(&variables),
        false => Ok(()),
    };
    let read = || Hub::read(&variables, &mut warnings).and_then(|hub| token.map(|()| hub));
    let hub = is_served
        .then(read)
        .transpose()
        .map_err(|error| EnvironmentError::Hub(error, reason.clone()))?;
    let service_url = match variables.get("JUPYTERHUB_SERVICE_URL").map(ServiceUrl::parse) {
        Some(Err(error)) => {
            warnings.push(format!("{error}: it is not used"));
            None
        }
        url => url.and_then(Result::ok),
    };
    Ok(Environment {
        mode,
        reason,
        hub,
        service_url,
        user: variables.get("JUPYTERHUB_USER").map(str::to_owned),
        kubernetes: variables.get("KUBERNETES_SERVICE_HOST").is_some(),
        repairs,
        warnings,
        variables,
    })
}

fn detect_mode(settings: &Settings, task: &Task, variables: &Variables) -> (Mode, String) {
    let chosen = || settings.raw.origin("mode").map_or("--mode".to_owned(), ToString::to_string);
    let marker = MARKERS.iter().find(|name| variables.get(name).is_some());
    match (settings.mode, task, marker) {
        (ModeChoice::Jupyterhub, ..) => (Mode::Jupyterhub, format!("{} asks for it", chosen())),
        (ModeChoice::Standalone, ..) => (Mode::Standalone, format!("{} asks for it", chosen())),
        (_, Task::Singleuser(_), _) => (Mode::Jupyterhub, "the command asks for it".into()),
        (.., Some(name)) => (Mode::Jupyterhub, format!("{name} is set")),
        (.., None) => (Mode::Standalone, format!("none of {} is set", MARKERS.join(", "))),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::settings::Raw;

    pub(crate) fn variables(pairs: &[(&str, &str)]) -> Variables {
        Variables(pairs.iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    fn mode(pairs: &[(&str, &str)], task: Task) -> Mode {
        let variables = variables(pairs);
        let raw = Raw::collect(&BTreeMap::new(), &variables.0).unwrap();
        detect_mode(&Settings::from_raw(raw).unwrap(), &task, &variables).0
    }

    #[test]
    fn each_marker_alone_is_enough() {
        for name in MARKERS {
            assert_eq!(mode(&[(name, "x")], Task::Serve), Mode::Jupyterhub, "{name}");
            assert_eq!(mode(&[(name, "")], Task::Serve), Mode::Standalone, "{name}");
        }
        assert_eq!(mode(&[("JUPYTERHUB_SERVICE_URL", "x")], Task::Serve), Mode::Standalone);
    }

    #[test]
    fn the_command_asks_for_jupyterhub_and_the_setting_overrides_all() {
        let task = || Task::Singleuser(vec![]);
        assert_eq!(mode(&[], task()), Mode::Jupyterhub);
        assert_eq!(mode(&[("WAIIDE_MODE", "standalone")], task()), Mode::Standalone);
        assert_eq!(
            mode(&[("WAIIDE_MODE", "standalone"), ("JUPYTERHUB_USER", "a")], Task::Serve),
            Mode::Standalone
        );
        assert_eq!(mode(&[("WAIIDE_MODE", "jupyterhub")], Task::Serve), Mode::Jupyterhub);
    }

    #[test]
    fn a_missing_variable_is_named_with_the_way_to_standalone_mode() {
        let variables = variables(&[("JUPYTERHUB_USER", "alice")]);
        let raw = Raw::collect(&BTreeMap::new(), &variables.0).unwrap();
        let settings = Settings::from_raw(raw).unwrap();
        let error = detect(&settings, &Task::Serve, variables, true).unwrap_err().to_string();
        assert!(error.contains("JUPYTERHUB_SERVICE_URL"), "{error}");
        assert!(error.contains("JUPYTERHUB_USER is set"), "{error}");
        assert!(error.contains("--mode standalone"), "{error}");
    }
}
