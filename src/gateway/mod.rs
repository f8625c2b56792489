//! The built-in API server and reverse proxy, a process of its own without privileges.

pub mod config;

/// Serves until it is told to end.
pub fn run(_input: impl std::io::Read) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
