//! A program of the user's own in place of the services.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Input, OnEnd, Service, order, user_environment};
use crate::environment::Environment;
use crate::site::Site;

/// Its name.
pub const NAME: &str = "program";

/// How it is started: with everything that the container was given, and the terminal.
pub fn service(site: &Site, environment: &Environment, argv: &[OsString]) -> Service {
    Service {
        env: user_environment(site, &environment.variables),
        input: Input::Inherited,
        on_end: OnEnd::EndsAll,
        wave: order::FRONT,
        ..Service::new(NAME, argv.to_vec(), working_directory(site))
    }
}

/// Where the container was told to start, or the home where it was told nothing.
fn working_directory(site: &Site) -> PathBuf {
    let given = std::env::current_dir().ok().filter(|path| path != Path::new("/"));
    given.unwrap_or_else(|| site.home.path.clone())
}
