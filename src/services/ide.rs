//! The IDE: a VS Code-family server on the loopback address.

use std::ffi::OsString;

use super::{Input, OnEnd, Service, user_environment, without_hub_secrets};
use crate::environment::Environment;
use crate::settings::Settings;
use crate::site::Site;

/// Its name.
pub const NAME: &str = "ide";

/// How it is started. The Hub's credentials are kept from it.
pub fn service(site: &Site, settings: &Settings, environment: &Environment) -> Service {
    Service {
        name: NAME,
        argv: fill_in(&settings.ide_command, site),
        is_own_program: false,
        env: without_hub_secrets(user_environment(site, &environment.variables)),
        directory: site.home.workspace.clone(),
        input: Input::None,
        is_front: false,
        is_probed: true,
        on_end: OnEnd::Restart,
    }
}

/// Fills the placeholders of a command's words in.
fn fill_in(words: &[String], site: &Site) -> Vec<OsString> {
    let values = [
        ("{ide_port}", site.ide.port().to_string()),
        ("{home}", site.home.path.to_string_lossy().into_owned()),
        ("{workspace}", site.home.workspace.to_string_lossy().into_owned()),
    ];
    let fill = |word: &String| {
        values.iter().fold(word.clone(), |word, (name, value)| word.replace(name, value))
    };
    words.iter().map(|word| fill(word).into()).collect()
}
