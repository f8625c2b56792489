//! A program of the user's own in place of the services.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Input, OnEnd, Service, user_environment};
use crate::environment::Environment;
use crate::site::Site;

/// Its name.
pub const NAME: &str = "program";

/// How it is started: with everything that the container was given, and the terminal.
pub fn service(site: &Site, environment: &Environment, argv: &[OsString]) -> Service {
    Service {
        name: NAME,
        argv: argv.to_vec(),
        is_own_program: false,
        env: user_environment(site, &environment.variables),
        directory: working_directory(site),
        input: Input::Inherited,
        is_front: true,
        is_probed: false,
        on_end: OnEnd::EndsAll,
    }
}

/// Where the container was told to start, or the home where it was told nothing.
fn working_directory(site: &Site) -> PathBuf {
    let given = std::env::current_dir().ok().filter(|path| path != Path::new("/"));
    given.unwrap_or_else(|| site.home.path.clone())
}
