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
    let file = step.file;
    let otherwise = otherwise(step);
    match obstacle {
        Obstacle::Odd(_) | Obstacle::Link => {
            format!("Make it a regular file of the image, or {otherwise}")
        }
        Obstacle::Mounted => format!("Leave that mount out, or {otherwise}"),
        Obstacle::NotRoot if step.edit.added.is_empty() => format!(
            "Start the container as root, which is given up before anything is served; or \
             {otherwise}"
        ),
        Obstacle::NotRoot => format!(
            "Start the container as root, which is given up before anything is served; or let \
             the image's {file} be written by the group that the container is started with, as \
             OpenShift's images do (chgrp 0 {file} && chmod g+w {file})"
        ),
        Obstacle::Unfit => "Give a --home (WAIIDE_HOME) without them.".to_owned(),
        Obstacle::Kernel(libc::EROFS, _) => format!(
            "Start the container without --read-only (Kubernetes: readOnlyRootFilesystem: \
             false), or {otherwise}"
        ),
        Obstacle::Kernel(..) => format!("To do without that: {otherwise}"),
    }
}

/// What makes the edit needless. One image can't hold a line for each home of many users: there,
/// the home is to be where the line says that it is.
fn otherwise(step: &Step) -> String {
    let file = step.file;
    match &step.edit.what {
        What::Home { old, .. } if old.parent().is_some() => {
            let old = old.display();
            format!("mount each user's home at {old} and give --home {old} (WAIIDE_HOME)")
        }
        _ => {
            let line = String::from_utf8_lossy(&step.edit.line);
            format!("have the image's {file} hold the line {line}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provision::accounts::edit;
    use crate::site::Account;

    fn told(text: &[u8]) -> String {
        let account = Account { name: "ann".into(), uid: 1000, gid: 100, shell: "/bin/sh".into() };
        let edit = edit::passwd(text, &account, "/home/alice".as_ref()).unwrap();
        let step = Step { file: "/etc/passwd", edit, obstacle: None, is_root: false };
        warning(&step, &Obstacle::NotRoot)
    }

    #[test]
    fn the_remedy_is_one_for_all_users_of_an_image() {
        let words = told(b"ann:x:1000:100::/home/ann:/bin/sh\n");
        assert!(words.contains("at /home/ann and give --home /home/ann"), "{words}");
        assert!(!words.contains("hold the line"), "{words}");
    }

    #[test]
    fn where_nothing_can_be_mounted_the_line_is_the_remedy() {
        let words = told(b"ann:x:1000:100::/:/bin/sh\n");
        assert!(words.contains("hold the line ann:x:1000:100::/home/alice:"), "{words}");
    }
}
