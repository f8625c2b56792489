//! The gateway: this program again, as a child without privileges.

use std::time::Duration;

use super::{Input, Readiness, Service, order};
use crate::control::protocol;
use crate::environment::{Environment, Mode};
use crate::gateway::config::{Config, Listen, Probe, Timeouts};
use crate::gateway::precompress;
use crate::run_dir;
use crate::settings::{Settings, Webviews};
use crate::site::Site;

/// Its name.
pub const NAME: &str = protocol::GATEWAY;

/// How it is started. Its configuration stands on its standard input and nothing in its
/// environment, which every process of the user's can read.
pub fn service(
    site: &Site,
    settings: &Settings,
    environment: &Environment,
    probes: Vec<Probe>,
) -> Service {
    Service {
        input: Input::Gateway(Box::new(config(site, settings, environment, probes))),
        readiness: Readiness::Tells,
        patience: settings.ready_timeout,
        wave: order::FRONT,
        ..Service::new(NAME, vec!["waiide-init".into(), "gateway".into()], "/".into())
    }
}

fn config(
    site: &Site,
    settings: &Settings,
    environment: &Environment,
    probes: Vec<Probe>,
) -> Config {
    let is_standalone = environment.mode == Mode::Standalone;
    Config {
        mode: environment.mode.as_str().to_owned(),
        listen: match is_standalone {
            true => Listen::Tcp(site.public),
            false => Listen::Unix(site.run_dir.join(run_dir::GATEWAY)),
        },
        base_path: site.base_path.clone(),
        public_path: site.public_path.clone(),
        ide: site.ide,
        control_socket: site.run_dir.join(run_dir::CONTROL),
        allowed_hosts: settings.allowed_hosts.clone(),
        allowed_origins: settings.allowed_origins.clone(),
        token: settings.token.clone().filter(|_| is_standalone),
        permissions_policy: settings.permissions_policy.clone(),
        turns_webviews: settings.webviews == Webviews::SameOrigin,
        probes,
        own_ports: vec![site.public.port(), site.ide.port()],
        cache_dir: Some(site.home.path.join(".cache/waiide-init/assets")),
        precompressed_dir: Some(precompress::FOLDER.into()),
        timeouts: timeouts(settings.stop_timeout_in(environment.kubernetes)),
    }
}

/// PID 1 waits `stop` for us, and then for others: answers that are on their way get a quarter.
fn timeouts(stop: Duration) -> Timeouts {
    let drain = u64::try_from(stop.as_millis() / 4).unwrap_or(u64::MAX);
    Timeouts { drain, ..Timeouts::default() }
}

/// What the gateway asks of services.
pub fn probes(services: &[Service]) -> Vec<Probe> {
    let probe = |service: &Service| match &service.readiness {
        Readiness::Answers(ask) => Some(Probe { service: service.name.clone(), ask: ask.clone() }),
        _ => None,
    };
    services.iter().filter_map(probe).collect()
}
