//! Lines to paste, by side.

use crate::settings::table::PERMISSIONS_POLICY;

/// TLS in nginx, `name` being the one in the address bar.
pub fn tls(name: &str) -> String {
    format!(
        "server {{
    listen 443 ssl;
    server_name {name};
    ssl_certificate     /etc/ssl/certs/{name}.pem;
    ssl_certificate_key /etc/ssl/private/{name}.key;
    location / {{
        proxy_pass http://127.0.0.1:8070;    # where it is reached now
        proxy_http_version 1.1;
        proxy_set_header Host              $http_host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Upgrade           $http_upgrade;
        proxy_set_header Connection        $connection_upgrade;
    }}
}}
map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}"
    )
}

/// The whole chain of certificates in nginx.
pub const CERTIFICATE: &str = "\
# the server's certificate first, then the intermediate ones, all in one file
ssl_certificate /etc/ssl/certs/fullchain.pem;";

/// WebSockets in nginx.
pub const UPGRADE: &str = "\
# in http { }
map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
# in location { }
proxy_http_version 1.1;
proxy_set_header Upgrade    $http_upgrade;
proxy_set_header Connection $connection_upgrade;";

/// The browser's host in nginx.
pub const HOST: &str = "proxy_set_header Host $http_host;";

/// The browser's scheme in nginx.
pub const SCHEME: &str = "proxy_set_header X-Forwarded-Proto $scheme;";

/// No header but one of nginx's own, which `add_header` of the same place would not replace.
pub fn one_policy() -> String {
    format!(
        "proxy_hide_header Permissions-Policy;\nadd_header Permissions-Policy \"{PERMISSIONS_POLICY}\" always;"
    )
}

/// The gateway's default.
pub fn own_policy() -> String {
    format!("WAIIDE_PERMISSIONS_POLICY=\"{PERMISSIONS_POLICY}\"")
}

/// Webviews at the IDE's own origin.
pub const WEBVIEWS: &str = "WAIIDE_WEBVIEWS=same-origin";

/// Framing by the IDE itself, in nginx.
pub const FRAMES: &str = "\
proxy_hide_header X-Frame-Options;
add_header X-Frame-Options SAMEORIGIN always;";

/// Jupyter's own pages.
pub fn of_singleuser() -> String {
    format!("c.ServerApp.tornado_settings = {}", headers())
}

/// The Hub's pages.
pub fn of_hub() -> String {
    format!("c.JupyterHub.tornado_settings = {}", headers())
}

fn headers() -> String {
    "{\"headers\": {\"Permissions-Policy\": \"microphone=(self)\"}}".to_owned()
}
