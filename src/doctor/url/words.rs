//! Words that are needed in more than one place.

use super::place::Who;

/// Who gave an answer, and through whose hands it went.
pub fn who(who: Who, server: Option<&str>) -> String {
    let proxy = server.filter(|name| !name.starts_with("Tornado"));
    let name = match who {
        Who::Hub => "Hub",
        Who::Singleuser => "jupyterhub-singleuser",
        Who::Gateway => "the container's gateway",
        Who::Ide => "IDE",
        Who::Unknown => return server.unwrap_or("unnamed").to_owned(),
    };
    proxy.map_or_else(|| name.to_owned(), |proxy| format!("{name}, through {proxy}"))
}
