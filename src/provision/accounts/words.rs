//! What is said where a line can't be written: which one, why, what will not work, and what to
//! change.

use super::Step;
use super::edit::What;
use super::file::Obstacle;

/// The whole warning.
pub fn warning(step: &Step, obstacle: &Obstacle) -> String {
    let what = &step.edit.what;
    format!(
        "{}: can't {}: {}. {} {}",
        step.file,
        action(what),
        reason(obstacle),
        loss(what),
        remedy(step, obstacle)
    )
}

fn action(what: &What) -> String {
    match what {
        What::Home { uid, new, .. } => {
            format!("set the home directory of user {uid} to {}", new.display())
        }
        What::UserName { uid, .. } => format!("give user {uid} a name"),
        What::GroupName { gid, .. } => format!("give group {gid} a name"),
    }
}

fn reason(obstacle: &Obstacle) -> &str {
    match obstacle {
        Obstacle::Odd(text) | Obstacle::Kernel(_, text) => text,
        Obstacle::Link => "it is a link, and links are not followed for writing",
        Obstacle::Mounted => "it is mounted on its own, so that it can't be replaced",
        Obstacle::NotRoot => "the container was not started as root",
        Obstacle::Unfit => "the home's path holds a `:` or a control character",
    }
}

fn loss(what: &What) -> String {
    match what {
        What::Home { old, .. } => format!(
            "ssh, git and sudo look the home up there, not in HOME, and will take {}.",
            old.display()
        ),
        What::UserName { uid, .. } => format!(
            "whoami, ssh (\"No user exists for uid {uid}\"), sudo and node's os.userInfo() will \
             fail, and the shell's prompt will say \"I have no name!\"."
        ),
        What::GroupName { .. } => "id and ls will show its number; all else works.".to_owned(),
    }
}

fn remedy(step: &Step, obstacle: &Obstacle) -> String {
    let line = String::from_utf8_lossy(&step.edit.line);
    let file = step.file;
    match obstacle {
        Obstacle::Odd(_) | Obstacle::Link => {
            format!("Make it a regular file of the image that holds the line {line}")
        }
        Obstacle::Mounted => {
            format!("Leave that mount out, or have the file that is mounted hold the line {line}")
        }
        Obstacle::NotRoot if step.edit.added.is_empty() => format!(
            "Start the container as root, which is given up before anything is served; or have \
             the image's {file} hold the line {line}"
        ),
        Obstacle::NotRoot => format!(
            "Start the container as root, which is given up before anything is served; or let \
             the image's {file} be written by the group that the container is started with, as \
             OpenShift's images do (chgrp 0 {file} && chmod g+w {file})"
        ),
        Obstacle::Unfit => "Give a --home (WAIIDE_HOME) without them.".to_owned(),
        Obstacle::Kernel(libc::EROFS, _) => format!(
            "Start the container without --read-only (Kubernetes: readOnlyRootFilesystem: \
             false), or have the image's {file} hold the line {line}"
        ),
        Obstacle::Kernel(..) => format!("Have the image's {file} hold the line {line}"),
    }
}
