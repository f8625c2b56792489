//! The IDE: a VS Code-family server on the loopback address.

use super::{Input, OnEnd, Service, user_environment, without_hub_secrets};
use crate::environment::Environment;
use crate::plan::{Plan, fill_in};
use crate::settings::Settings;

/// Its name.
pub const NAME: &str = "ide";

/// How it is started. The Hub's credentials are kept from it.
pub fn service(plan: &Plan, settings: &Settings, environment: &Environment) -> Service {
    let home = &plan.home;
    Service {
        name: NAME,
        argv: fill_in(&settings.ide_command, settings.ide_port, &home.path, &home.workspace),
        is_own_program: false,
        env: without_hub_secrets(user_environment(plan, &environment.variables)),
        directory: home.workspace.clone(),
        input: Input::None,
        is_front: false,
        is_probed: true,
        on_end: OnEnd::Restart,
    }
}
