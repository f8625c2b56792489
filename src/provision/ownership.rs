//! Giving the home's files to the user.
//!
//! A helper process with root's rights walks the tree while PID 1 waits for it, no longer than
//! the budget; then services start and the helper goes on. So it has to be safe against a user
//! who is already at work in the tree: every file is opened first, looked at by its descriptor
//! and changed by its descriptor. It follows no link, leaves the file system and its mount for
//! nothing, and takes only what is root's.

use std::fs;
use std::io::{self, BufRead, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::settings::Extent;
use crate::site::Site;
use crate::sys::dirfd::{Dir, Entry, Kind};
use crate::sys::pipe::{self, Waited};
use crate::sys::spawn::{OwnProgram, Place, Spawn, die_with_parent, spawn};

/// What the helper is told, as JSON on its standard input.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    /// The tops of the trees. One that lies in another is walked on its own only where it is a
    /// mount, which the walk of the other leaves out.
    pub paths: Vec<PathBuf>,
    /// Whom its files are given to.
    pub uid: u32,
    /// See `uid`.
    pub gid: u32,
}

/// What the helper did, as JSON on its standard output.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Entries that were looked at.
    pub seen: u64,
    /// Entries that were given to the user.
    pub changed: u64,
    /// Files of root's with other names, perhaps outside the home: left alone.
    pub hard_links: u64,
    /// Directories where something else is mounted: left alone.
    pub mounts: u64,
    /// Entries that could not be changed.
    pub failed: u64,
    /// The first of those, and why.
    pub first_failure: Option<String>,
}

/// The running helper.
#[derive(Debug)]
pub struct Helper {
    /// Its pid.
    pub pid: i32,
    /// Where its [`Summary`] comes from.
    pub output: OwnedFd,
    /// While this is open, the helper goes on. PID 1 is not root any more when it wants the
    /// helper to end, so that it can't send it a signal.
    pub leash: OwnedFd,
    /// How long to wait for it; none: to its end.
    pub budget: Option<Duration>,
}

/// Starts the helper; none where nothing is to be given to anybody.
pub fn start(site: &Site) -> io::Result<Option<Helper>> {
    let budget = match site.home.chown {
        Extent::Never => return Ok(None),
        Extent::Always => None,
        Extent::Auto => Some(site.home.chown_budget),
    };
    let order = Order {
        paths: site.home.directories.clone(),
        uid: site.account.uid,
        gid: site.account.gid,
    };
    let program = OwnProgram::open()?;
    let mut text = serde_json::to_vec(&order)?;
    text.push(b'\n');
    let (input, leash) = pipe::holding(&text)?;
    let (output, write_end) = pipe::for_output()?;
    let pid = spawn(Spawn {
        program: program.path(),
        argv: vec!["waiide-init".into(), "own-home".into()],
        env: Vec::new(),
        directory: "/".into(),
        stdin: Some(input),
        output: Some((write_end, pipe::standard_error()?)),
        place: Place::OwnSession,
    })?;
    Ok(Some(Helper { pid, output, leash, budget }))
}

/// What came of waiting for the helper.
#[derive(Debug)]
pub enum Progress {
    /// It is done.
    Done(Summary),
    /// The budget is spent, and it goes on.
    GoesOn(Helper),
    /// Somebody asked to stop first.
    Interrupted,
}

/// Waits for the helper, as long as the budget allows and `stop` can't be read.
pub fn wait(helper: Helper, stop: &impl AsFd) -> io::Result<Progress> {
    match pipe::wait_for_either(&helper.output, stop, helper.budget)? {
        Waited::First => summary_of(&helper).map(Progress::Done),
        Waited::Second => Ok(Progress::Interrupted),
        Waited::TimeUp => Ok(Progress::GoesOn(helper)),
    }
}

/// Reads what the helper wrote: it does so once, at its end.
pub fn summary_of(helper: &Helper) -> io::Result<Summary> {
    let mut text = String::new();
    match fs::File::from(helper.output.try_clone()?).read_to_string(&mut text) {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
        _ => {}
    }
    serde_json::from_str(&text).map_err(|_| io::Error::other("the helper ended early"))
}

/// Tells what a helper has written at its end.
pub fn tell(text: &str) {
    match serde_json::from_str::<Summary>(text) {
        Ok(summary) => summary.tell(),
        // It says nothing when it was let go because of a stop.
        Err(error) => tracing::debug!("the home's files: the walk ended early: {error}"),
    }
}

/// The helper's own main: reads the order, walks, writes the summary. Ends when standard input
/// does.
pub fn run_helper() -> anyhow::Result<()> {
    die_with_parent()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(0);
    });
    let summary = walk(&serde_json::from_str(&line)?)?;
    println!("{}", serde_json::to_string(&summary)?);
    Ok(())
}

impl Summary {
    /// For the log: what was done and, as warnings, what was not.
    pub fn tell(&self) {
        tracing::info!(
            "the home's files: {} looked at, {} given to the user",
            self.seen,
            self.changed
        );
        if self.mounts > 0 {
            tracing::info!("the home's files: {} mounts in the home were left alone", self.mounts);
        }
        if self.hard_links > 0 {
            tracing::warn!(
                "{} files in the home have other names as well and stay root's, since those \
                 names may be outside (fs.protected_hardlinks is 0)",
                self.hard_links
            );
        }
        if let Some(first) = &self.first_failure {
            tracing::warn!("{} files could not be given to the user, first {first}", self.failed);
        }
    }
}

/// Walks the trees.
///
/// # Errors
/// The first of them can't be read.
pub fn walk(order: &Order) -> io::Result<Summary> {
    let may_trust_links = protects_hard_links();
    let mut walker = Walker { order, may_trust_links, summary: Summary::default() };
    let Some((home, others)) = order.paths.split_first() else { return Ok(walker.summary) };
    walker.walk(Dir::open(home)?)?;
    for path in others.iter().filter(|path| !path.starts_with(home) || is_mount_point(path)) {
        // It may be missing, or a link of the user's.
        if let Ok(top) = Dir::open(path) {
            walker.walk(top)?;
        }
    }
    Ok(walker.summary)
}

fn is_mount_point(path: &Path) -> bool {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return false };
    let found = Dir::open(parent).and_then(|parent| parent.directory_on_same_mount(name));
    found.is_err_and(|error| is_mount(&error))
}

/// Whether nobody can make a hard link to a file that is not theirs (proc(5)).
fn protects_hard_links() -> bool {
    let setting = fs::read_to_string("/proc/sys/fs/protected_hardlinks");
    setting.is_ok_and(|text| text.trim() == "1")
}

fn is_mount(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EXDEV)
}

struct Walker<'a> {
    order: &'a Order,
    may_trust_links: bool,
    summary: Summary,
}

impl Walker<'_> {
    fn walk(&mut self, top: Dir) -> io::Result<()> {
        let names = top.names()?;
        let mut open = vec![(top, names)];
        while let Some((dir, names)) = open.last_mut() {
            let Some(name) = names.pop() else {
                open.pop();
                continue;
            };
            match self.visit(dir, &name) {
                Ok(None) => {}
                Ok(Some(found)) => open.push(found),
                Err(error) => self.failed(&name, &error),
            }
        }
        Ok(())
    }

    /// Looks at an entry; returns it, with its names, if it is a directory to go on in.
    fn visit(
        &mut self,
        dir: &Dir,
        name: &std::ffi::OsStr,
    ) -> io::Result<Option<(Dir, Vec<std::ffi::OsString>)>> {
        let meta = match dir.peek(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        self.summary.seen += 1;
        if meta.kind == Kind::Directory {
            return self.enter(dir, name);
        }
        if meta.uid == 0 {
            match dir.entry_on_same_mount(name) {
                Err(error) if is_mount(&error) => self.summary.mounts += 1,
                entry => self.take(&entry?)?,
            }
        }
        Ok(None)
    }

    fn enter(
        &mut self,
        dir: &Dir,
        name: &std::ffi::OsStr,
    ) -> io::Result<Option<(Dir, Vec<std::ffi::OsString>)>> {
        let inner = match dir.directory_on_same_mount(name) {
            Err(error) if is_mount(&error) => {
                self.summary.mounts += 1;
                return Ok(None);
            }
            other => other?,
        };
        if inner.meta()?.uid == 0 {
            inner.give_to(self.order.uid, self.order.gid)?;
            self.summary.changed += 1;
        }
        let names = inner.names()?;
        Ok(Some((inner, names)))
    }

    /// Gives an entry that is root's to the user. It is looked at once more by its descriptor:
    /// what the name stood for before may have been something else.
    fn take(&mut self, entry: &Entry) -> io::Result<()> {
        let meta = entry.meta()?;
        if meta.uid != 0 || meta.kind == Kind::Directory {
            return Ok(());
        }
        if meta.links > 1 && !self.may_trust_links {
            self.summary.hard_links += 1;
            return Ok(());
        }
        entry.give_to(self.order.uid, self.order.gid)?;
        self.summary.changed += 1;
        Ok(())
    }

    fn failed(&mut self, name: &std::ffi::OsStr, error: &io::Error) {
        self.summary.failed += 1;
        let text = || format!("{}: {error}", name.to_string_lossy());
        self.summary.first_failure.get_or_insert_with(text);
    }
}
