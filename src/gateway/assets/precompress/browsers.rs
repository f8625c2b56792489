//! Which of a VS Code server's files a browser loads, and what it asks for then.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::PrecompressError;
use crate::gateway::assets::cacheable::is_worth_keeping;

/// What is compressible, by the ends of names.
const KINDS: [&str; 5] = ["js", "css", "svg", "ttf", "wasm"];

/// What colours the text of a first file that is opened; not every release has it here.
const COLOURING: [&str; 2] =
    ["node_modules/vscode-oniguruma/release", "node_modules/vscode-textmate/release"];

/// A file that browsers load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowsersFile {
    /// Where it is.
    pub path: PathBuf,
    /// What the server is asked for.
    pub target: String,
    /// How long it is in bytes.
    pub length: u64,
}

/// What names the server's release (product.json).
#[derive(Debug, Deserialize)]
struct Product {
    quality: Option<String>,
    commit: Option<String>,
}

/// The files of the server in a folder, the largest first.
///
/// # Errors
/// It is no VS Code server.
pub fn files(server: &Path) -> Result<Vec<BrowsersFile>, PrecompressError> {
    let path = server.join("product.json");
    let text = fs::read(&path).map_err(no_server(&path))?;
    let product: Product = serde_json::from_slice(&text).map_err(no_server(&path))?;
    let root = static_root(&product);
    let (out, mut found) = (server.join("out"), Vec::new());
    walk(&out, &format!("{root}out"), &mut found).map_err(no_server(&out))?;
    for part in COLOURING {
        let folder = server.join(part);
        if folder.is_dir() {
            walk(&folder, &format!("{root}{part}"), &mut found).map_err(no_server(&folder))?;
        }
    }
    found.sort_by_key(|file| std::cmp::Reverse(file.length));
    Ok(found)
}

fn no_server<E: ToString>(path: &Path) -> impl FnOnce(E) -> PrecompressError {
    |reason| PrecompressError::NoServer { path: path.to_owned(), reason: reason.to_string() }
}

/// The path below which the server has its files, as `getServerProductSegment` of VS Code's
/// `src/vs/platform/remote/common/remoteHosts.ts` and `STATIC_PATH` of its
/// `src/vs/server/node/webClientServer.ts` have it.
fn static_root(product: &Product) -> String {
    let quality = product.quality.as_deref().unwrap_or("oss");
    let commit = product.commit.as_deref().unwrap_or("dev");
    format!("/{quality}-{commit}/static/")
}

fn walk(folder: &Path, target: &str, found: &mut Vec<BrowsersFile>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        let Some(name) = name.to_str().filter(|name| is_plain(name)) else { continue };
        let (path, target) = (entry.path(), format!("{target}/{name}"));
        if kind.is_dir() && !is_servers_folder(name) {
            walk(&path, &target, found)?;
        } else if kind.is_file() && is_browsers(name) {
            let length = entry.metadata()?.len();
            if is_worth_keeping(length) {
                found.push(BrowsersFile { path, target, length });
            }
        }
    }
    Ok(())
}

/// Whether a name stands in a request's target as it is.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

/// VS Code's source has a folder for each place that code runs in.
fn is_servers_folder(name: &str) -> bool {
    name == "node" || name.starts_with("electron-")
}

fn is_browsers(name: &str) -> bool {
    let kind = name.rsplit_once('.').map(|(_, kind)| kind).unwrap_or_default();
    KINDS.contains(&kind) && !name.starts_with("server-") && !name.starts_with("bootstrap-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(folder: &Path, name: &str, length: usize) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, vec![b'x'; length]).unwrap();
    }

    #[test]
    fn what_browsers_load_is_found_the_largest_first() {
        let folder = tempfile::tempdir().unwrap();
        let server = folder.path();
        fs::write(server.join("product.json"), r#"{"quality": "stable", "commit": "c0"}"#).unwrap();
        for (name, length) in [
            ("out/media/codicon.ttf", 20_000),
            ("out/vs/workbench/workbench.js", 50_000),
            ("out/vs/workbench/workbench.js.map", 50_000),
            ("out/vs/workbench/small.js", 1000),
            ("out/vs/platform/node/pty.js", 50_000),
            ("out/server-main.js", 50_000),
            ("out/nls.messages.json", 50_000),
            ("out/a b.js", 50_000),
            ("node_modules/x.js", 50_000),
            ("node_modules/vscode-oniguruma/release/onig.wasm", 30_000),
        ] {
            put(server, name, length);
        }
        let found = files(server).unwrap();
        let targets: Vec<&str> = found.iter().map(|file| file.target.as_str()).collect();
        let expected = [
            "/stable-c0/static/out/vs/workbench/workbench.js",
            "/stable-c0/static/node_modules/vscode-oniguruma/release/onig.wasm",
            "/stable-c0/static/out/media/codicon.ttf",
        ];
        assert_eq!(targets, expected);
    }

    #[test]
    fn a_release_without_a_name_has_vs_codes_own() {
        let product = Product { quality: None, commit: None };
        assert_eq!(static_root(&product), "/oss-dev/static/");
    }

    #[test]
    fn what_is_no_server_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = files(folder.path()).unwrap_err().to_string();
        assert!(error.contains("product.json: No such file") && error.contains("name the folder"));
        fs::write(folder.path().join("product.json"), "{").unwrap();
        assert!(files(folder.path()).unwrap_err().to_string().contains("product.json: EOF"));
        fs::write(folder.path().join("product.json"), "{}").unwrap();
        assert!(files(folder.path()).unwrap_err().to_string().contains("/out: No such file"));
    }
}
