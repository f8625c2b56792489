//! What jupyterhub-singleuser reads of ours. It stands in the run directory, so that the user's own
//! files keep their meaning, and is there with `JUPYTERHUB_DISABLE_USER_CONFIG` as well, which leaves
//! out what is in the home alone (jupyterhub's `_disable_user_config.py`).

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::run_dir;

/// What we add to it, in Python as that is.
const MODULE: &str = include_str!("waiide_singleuser.py");

/// The directory for Jupyter's configuration path.
pub fn config_dir(run_dir: &Path) -> PathBuf {
    run_dir.join("jupyter")
}

/// The directory for Python's path.
pub fn python_dir(run_dir: &Path) -> PathBuf {
    config_dir(run_dir).join("python")
}

/// All files, with their texts.
pub fn all(
    run_dir: &Path,
    ide_port: u16,
    permissions_policy: Option<&str>,
) -> [(PathBuf, String); 3] {
    let dir = config_dir(run_dir);
    let config = server_config(run_dir, ide_port, permissions_policy);
    [
        (dir.join("jupyter_server_config.json"), config),
        // Where Jupyter looks for extensions to switch on (jupyter_server's `extension/config.py`).
        (dir.join("jupyter_server_config.d/waiide.json"), extension_config()),
        (python_dir(run_dir).join("waiide_singleuser.py"), MODULE.to_owned()),
    ]
}

/// jupyter-server-proxy sends `/ide` to the gateway, and the IDE's port as well: by its own
/// `/proxy/<port>/` the IDE would get the Hub's credentials, and the browser none of our headers.
fn server_config(run_dir: &Path, ide_port: u16, permissions_policy: Option<&str>) -> String {
    let server = |launcher_entry| {
        json!({
            "command": [],
            "unix_socket": run_dir.join(run_dir::GATEWAY),
            "new_browser_tab": false,
            "launcher_entry": launcher_entry,
        })
    };
    let port = format!("proxy/{ide_port}");
    let servers = json!({
        "ide": server(json!({ "title": "IDE" })),
        port: server(json!({ "enabled": false })),
    });
    format!(
        "{:#}\n",
        json!({
            "ServerProxy": { "servers": servers },
            // Read by the module below. As `ServerApp.tornado_settings` it would be lost where the
            // user's own configuration has some: of two dictionaries one takes the other's place.
            "WaiideSingleuser": { "permissions_policy": permissions_policy },
        })
    )
}

fn extension_config() -> String {
    let on = json!({ "waiide_singleuser": true });
    format!("{:#}\n", json!({ "ServerApp": { "jpserver_extensions": on } }))
}
