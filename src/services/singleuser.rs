//! jupyterhub-singleuser: Jupyter Server behind a Hub's login, with the gateway at `/ide`.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::{OnEnd, Readiness, Service, order, user_environment};
use crate::environment::Environment;
use crate::environment::hub::Hub;
use crate::gateway::config::Ask;
use crate::run_dir;
use crate::settings::Settings;
use crate::site::Site;

/// Its name.
pub const NAME: &str = "singleuser";
/// Where generated configuration is, in the run directory.
const CONFIG_DIR: &str = "jupyter";
/// The variable by which Jupyter finds further configuration (jupyter_core's `paths.py`).
const CONFIG_PATH: &str = "JUPYTER_CONFIG_PATH";

/// How it is started. `args` are appended, so that they win.
pub fn service(
    site: &Site,
    settings: &Settings,
    environment: &Environment,
    hub: &Hub,
    args: &[OsString],
) -> Service {
    let mut env = user_environment(site, &environment.variables);
    let mut path: OsString = site.run_dir.join(CONFIG_DIR).into();
    if let Some(given) = env.get(std::ffi::OsStr::new(CONFIG_PATH)).filter(|v| !v.is_empty()) {
        path.push(":");
        path.push(given);
    }
    env.insert(CONFIG_PATH.into(), path);
    Service {
        env,
        readiness: readiness(site, hub),
        patience: settings.ready_timeout,
        on_end: OnEnd::ZeroEndsAll,
        wave: order::FRONT,
        ..Service::new(NAME, command(site, settings, hub, args), site.home.path.clone())
    }
}

fn readiness(site: &Site, hub: &Hub) -> Readiness {
    match hub.service_url.can_be_probed() {
        true => Readiness::Answers(Ask::Http {
            address: reachable(site.public),
            path: format!("{}api", hub.prefix),
            // The Hub's own measure of a server that has come up.
            expect: (100, 500),
        }),
        false => Readiness::Runs,
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

fn command(site: &Site, settings: &Settings, hub: &Hub, args: &[OsString]) -> Vec<OsString> {
    let mut argv: Vec<OsString> =
        vec!["jupyterhub-singleuser".into(), format!("--port={}", site.public.port()).into()];
    // An empty host stands for all addresses, of both families; no flag says that as well.
    let host = settings.bind.map(|ip| ip.to_string()).or(hub.service_url.host.clone());
    argv.extend(host.map(|host| format!("--ip={host}").into()));
    argv.push(format!("--ServerApp.base_url={}", hub.prefix).into());
    // A flag would beat the landing page that the admin chose.
    if hub.default_url.is_none() {
        argv.push("--ServerApp.default_url=/ide".into());
    }
    argv.extend(args.iter().cloned());
    argv
}

/// A file of Jupyter's configuration, with its text: jupyter-server-proxy sends `/ide` to the
/// gateway. It stands in the run directory, so that the user's own files keep their meaning.
pub fn configuration(run_dir: &Path) -> (PathBuf, String) {
    let config = json!({
        "ServerProxy": {
            "servers": {
                "ide": {
                    "command": [],
                    "unix_socket": run_dir.join(run_dir::GATEWAY),
                    "new_browser_tab": false,
                    "launcher_entry": { "title": "IDE" },
                }
            }
        }
    });
    (run_dir.join(CONFIG_DIR).join("jupyter_server_config.json"), format!("{config:#}\n"))
}
