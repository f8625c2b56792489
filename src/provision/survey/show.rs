//! The survey for `waiide-init plan`.

use serde_json::{Value, json};

use super::Survey;
use crate::provision::accounts;
use crate::provision::served::Visit;
use crate::site::Site;

impl Survey {
    /// The survey as JSON.
    pub fn to_json(&self, site: &Site) -> Value {
        let now = Visit::of(site);
        let before = self.past.other_before(&now);
        json!({
            "directories": self.directories,
            "skeleton": {
                "is_new": self.fill.newness.is_new(),
                "because": format!("the home {}", self.fill.newness.in_words()),
                "sources": self.copied(),
            },
            "ownership": self.ownership,
            "accounts": self.edits().collect::<Vec<_>>(),
            "ssh": self.ssh,
            "earlier_home": before.map(|visit| &visit.home),
            "earlier_user": before.and_then(|visit| visit.user.as_ref()),
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
        lines.push(format!("ownership {}", self.ownership.in_words(site)));
        lines.extend(self.edits().map(|edit| format!("accounts  {edit}")));
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

    /// What will be edited; what can't be is a problem.
    fn edits(&self) -> impl Iterator<Item = String> {
        let possible = self.accounts.iter().filter(|step| step.problem().is_none());
        possible.map(accounts::Step::in_words)
    }
}
