//! jupyterhub-singleuser: Jupyter Server behind a Hub's login, with the gateway at `/ide`.

pub mod files;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use super::{OnEnd, Readiness, Service, order, user_environment};
use crate::environment::Environment;
use crate::environment::hub::Hub;
use crate::gateway::config::Ask;
use crate::settings::Settings;
use crate::site::Site;

/// Its name.
pub const NAME: &str = "singleuser";
/// The variable by which Jupyter finds further configuration (jupyter_core's `paths.py`).
const CONFIG_PATH: &str = "JUPYTER_CONFIG_PATH";
/// The one by which Python finds further modules.
const PYTHON_PATH: &str = "PYTHONPATH";
/// What switches to jupyterhub-singleuser's older form, which has no identity provider, with `0`
/// (jupyterhub's `singleuser/__init__.py`).
const EXTENSION: &str = "JUPYTERHUB_SINGLEUSER_EXTENSION";

/// How it is started. `args` are appended, so that they win.
pub fn service(
    site: &Site,
    settings: &Settings,
    environment: &Environment,
    hub: &Hub,
    args: &[OsString],
) -> Service {
    let mut env = user_environment(site, &environment.variables);
    put_first(&mut env, CONFIG_PATH, files::config_dir(&site.run_dir));
    put_first(&mut env, PYTHON_PATH, files::python_dir(&site.run_dir));
    Service {
        env,
        readiness: readiness(site, hub),
        patience: settings.ready_timeout,
        on_end: OnEnd::ZeroEndsAll,
        wave: order::FRONT,
        // What it asks of the IDE goes through the gateway, which is waited for.
        is_waited_for: false,
        ..Service::new(
            NAME,
            command(site, settings, environment, hub, args),
            site.home.path.clone(),
        )
    }
}

/// Puts a directory before those of a search path.
fn put_first(env: &mut BTreeMap<OsString, OsString>, variable: &str, directory: PathBuf) {
    let mut path = directory.into_os_string();
    if let Some(given) = env.get(OsStr::new(variable)).filter(|given| !given.is_empty()) {
        path.push(":");
        path.push(given);
    }
    env.insert(variable.into(), path);
}

fn readiness(site: &Site, hub: &Hub) -> Readiness {
    let address = reachable(site.public);
    let path = format!("{}api", hub.prefix);
    // The Hub's own measure of a server that has come up.
    let expect = (100, 500);
    match (&hub.tls, hub.service_url.can_be_probed()) {
        (_, false) => Readiness::Runs,
        (None, true) => Readiness::Answers(Ask::Http { address, path, expect }),
        (Some(tls), true) => {
            let certificate = tls.certificate.clone();
            Readiness::Answers(Ask::Https { address, path, expect, certificate })
        }
    }
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

fn command(
    site: &Site,
    settings: &Settings,
    environment: &Environment,
    hub: &Hub,
    args: &[OsString],
) -> Vec<OsString> {
    let mut argv: Vec<OsString> =
        vec!["jupyterhub-singleuser".into(), format!("--port={}", site.public.port()).into()];
    // An empty host stands for all addresses, of both families, which a Jupyter server calls `*`; of
    // itself, a jupyterhub-singleuser before 5.3 would take loopback for it (`extension.py`).
    let host = settings.bind.map(|ip| ip.to_string()).or(hub.service_url.host.clone());
    argv.push(format!("--ip={}", host.as_deref().unwrap_or("*")).into());
    argv.push(format!("--ServerApp.base_url={}", hub.prefix).into());
    // A flag would beat the landing page that the admin chose.
    if hub.default_url.is_none() {
        argv.push("--ServerApp.default_url=/ide".into());
    }
    argv.extend(identity_provider(settings, environment));
    argv.extend(args.iter().cloned());
    argv
}

/// Who decides who is let in: one of `waiide_singleuser.py`'s.
fn identity_provider(settings: &Settings, environment: &Environment) -> Option<OsString> {
    let class = match settings.permissive_identity {
        true => "PermissiveIdentityProvider",
        false => "IdentityProvider",
    };
    let flag = format!("--ServerApp.identity_provider_class=waiide_singleuser.{class}");
    has_identity_provider(environment).then(|| flag.into())
}

fn has_identity_provider(environment: &Environment) -> bool {
    environment.variables.get(EXTENSION).is_none_or(|value| value != "0")
}

/// What has to be said at each start where everybody is let in.
pub fn open_door(settings: &Settings, environment: &Environment) -> Option<String> {
    if !settings.permissive_identity || environment.hub.is_none() {
        return None;
    }
    Some(match has_identity_provider(environment) {
        true => {
            "--permissive-identity is on: every user of the Hub who holds a token of it gets in \
                 here, with a shell as this user. JupyterHub's shares and groups let chosen people \
                 in without it."
                .to_owned()
        }
        false => format!(
            "--permissive-identity has no effect with {EXTENSION}=0: that form of \
             jupyterhub-singleuser has no identity provider"
        ),
    })
}
