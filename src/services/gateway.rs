//! The gateway: this program again, as a child without privileges.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Input, OnEnd, Service, ide, singleuser};
use crate::environment::{Environment, Mode};
use crate::gateway::config::{Config, Listen, Probe};
use crate::run_dir;
use crate::settings::Settings;
use crate::site::Site;

/// Its name.
pub const NAME: &str = "gateway";

/// How it is started. Its configuration stands on its standard input and nothing in its
/// environment, which every process of the user's can read.
pub fn service(site: &Site, settings: &Settings, environment: &Environment) -> Service {
    Service {
        name: NAME,
        argv: vec!["waiide-init".into(), "gateway".into()],
        is_own_program: true,
        env: Default::default(),
        directory: "/".into(),
        input: Input::Gateway(Box::new(config(site, settings, environment))),
        is_front: true,
        is_probed: true,
        on_end: OnEnd::Restart,
    }
}

fn config(site: &Site, settings: &Settings, environment: &Environment) -> Config {
    let is_standalone = environment.mode == Mode::Standalone;
    Config {
        mode: environment.mode.as_str().to_owned(),
        listen: match is_standalone {
            true => Listen::Tcp(site.public),
            false => Listen::Unix(site.run_dir.join(run_dir::GATEWAY)),
        },
        base_path: site.base_path.clone(),
        ide: site.ide,
        control_socket: site.run_dir.join(run_dir::CONTROL),
        allowed_hosts: settings.allowed_hosts.clone(),
        allowed_origins: settings.allowed_origins.clone(),
        token: settings.token.clone().filter(|_| is_standalone),
        permissions_policy: settings.permissions_policy.clone(),
        probes: probes(site, environment),
    }
}

fn probes(site: &Site, environment: &Environment) -> Vec<Probe> {
    let mut probes = vec![Probe {
        service: ide::NAME.to_owned(),
        address: site.ide,
        path: "/version".to_owned(),
        expect: (200, 300),
    }];
    if let Some(hub) = environment.hub.as_ref().filter(|hub| hub.service_url.can_be_probed()) {
        probes.push(Probe {
            service: singleuser::NAME.to_owned(),
            address: reachable(site.public),
            path: format!("{}api", hub.prefix),
            // The Hub's own measure of a server that has come up.
            expect: (100, 500),
        });
    }
    probes
}

/// Where a listener on all addresses is reached from here.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
