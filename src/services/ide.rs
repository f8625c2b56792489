//! The IDE: a VS Code-family server on the loopback address.

use super::{Readiness, Service, fill_in, order, user_environment, without_hub_secrets};
use crate::control::protocol;
use crate::environment::Environment;
use crate::gateway::config::Ask;
use crate::settings::Settings;
use crate::site::Site;

/// Its name.
pub const NAME: &str = protocol::IDE;

/// How it is started. The Hub's credentials are kept from it.
pub fn service(site: &Site, settings: &Settings, environment: &Environment) -> Service {
    let argv = settings.ide_command.iter().map(|word| fill_in(word, site).into()).collect();
    Service {
        env: without_hub_secrets(user_environment(site, &environment.variables)),
        readiness: Readiness::Answers(Ask::Http {
            address: site.ide,
            path: "/version".to_owned(),
            // A server that says 404 there, or asks for a token, answers all the same.
            expect: (200, 500),
        }),
        patience: settings.ready_timeout,
        wave: order::IDE,
        ..Service::new(NAME, argv, site.home.workspace.clone())
    }
}
