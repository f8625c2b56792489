//! The survey for `waiide-init plan`.

use serde_json::{Value, json};

use super::Survey;
use crate::settings::Extent;
use crate::site::Site;

impl Survey {
    /// The survey as JSON.
    pub fn to_json(&self, site: &Site) -> Value {
        let accounts: Vec<_> = self.accounts.iter().map(|step| step.in_words()).collect();
        json!({
            "directories": self.directories,
            "skeleton": {
                "is_new": self.fill.newness.is_new(),
                "because": format!("the home {}", self.fill.newness.in_words()),
                "sources": self.copied(),
            },
            "ownership": self.ownership(site),
            "accounts": accounts,
            "ssh": self.ssh,
            "earlier_home": self.past.other_before(&site.home.path),
            "problems": self.problems(),
        })
    }

    /// The survey for people, a line for each thing.
    pub fn to_lines(&self, site: &Site) -> Vec<String> {
        let mut lines = Vec::new();
        for place in &self.directories {
            lines.push(format!("directory {} {}", place.path.display(), place.state.in_words()));
        }
        lines.push(format!("skeleton  {}", self.skeleton_in_words()));
        lines.push(format!("ownership {}", self.ownership(site)));
        lines.extend(self.accounts.iter().map(|step| format!("accounts  {}", step.in_words())));
        lines.extend(self.ssh.iter().map(|fix| format!("ssh       {}", fix.in_words())));
        lines.extend(self.problems().iter().map(|problem| format!("problem   {problem}")));
        lines
    }

    fn skeleton_in_words(&self) -> String {
        let why = self.fill.newness.in_words();
        let paths: Vec<_> = self.copied().iter().map(|path| path.display().to_string()).collect();
        match paths.is_empty() {
            true => format!("nothing is copied: the home {why}"),
            false => format!("{} copied, since the home {why}", paths.join(", then ")),
        }
    }

    /// Whose files are given to the user, and how long services wait for that.
    fn ownership(&self, site: &Site) -> String {
        let budget = humantime::format_duration(site.home.chown_budget);
        let owner = format!("{}:{}", site.account.uid, site.account.gid);
        match site.home.chown {
            _ if !self.is_root => "stays as it is, without root".into(),
            Extent::Never => "stays as it is (--chown never)".into(),
            Extent::Auto => format!(
                "auto: root's files become {owner}; services wait {budget} for that at most"
            ),
            Extent::Always => {
                format!("always: root's files become {owner} before services start")
            }
        }
    }
}
