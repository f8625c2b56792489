//! What was found: one sentence each for what, why it matters, and what to change where.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It is as it should be.
    Ok,
    /// It works, and somebody should know.
    Warning,
    /// Something does not work.
    Broken,
}

/// Who has to change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Who starts the container or builds its image.
    Container,
    /// The Hub's admin.
    Hub,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What it is about, in a word.
    pub about: &'static str,
    /// What was found.
    pub what: String,
    /// Why that matters; empty where all is well.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub why: &'static str,
    /// What to change, and on which side; none where there is nothing to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

/// What to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Who has to.
    pub side: Side,
    /// What.
    pub what: String,
}

impl Finding {
    /// All is well.
    pub fn ok(about: &'static str, what: impl Into<String>) -> Self {
        Finding { level: Level::Ok, about, what: what.into(), why: "", change: None }
    }

    /// Something somebody should know.
    pub fn warning(about: &'static str, what: impl Into<String>) -> Self {
        Finding { level: Level::Warning, ..Finding::ok(about, what) }
    }

    /// Something does not work.
    pub fn broken(about: &'static str, what: impl Into<String>) -> Self {
        Finding { level: Level::Broken, ..Finding::ok(about, what) }
    }

    /// Why it matters.
    pub fn because(self, why: &'static str) -> Self {
        Finding { why, ..self }
    }

    /// What to change on which side.
    pub fn change(self, side: Side, what: impl Into<String>) -> Self {
        Finding { change: Some(Change { side, what: what.into() }), ..self }
    }
}

/// All of them for people, the bad ones first.
pub fn to_text(findings: &[Finding]) -> String {
    let levels = [(Level::Broken, "broken "), (Level::Warning, "warning"), (Level::Ok, "ok     ")];
    let of = |(level, word): (Level, &'static str)| {
        let found = findings.iter().filter(move |finding| finding.level == level);
        found.map(move |finding| one(word, finding)).collect::<String>()
    };
    let broken = findings.iter().filter(|finding| finding.level == Level::Broken).count();
    let end = match broken {
        0 => "Nothing is broken.\n".to_owned(),
        1 => "One thing is broken.\n".to_owned(),
        many => format!("{many} things are broken.\n"),
    };
    format!("{}\n{end}", levels.into_iter().map(of).collect::<String>())
}

fn one(word: &str, finding: &Finding) -> String {
    let mut text = format!("{word}  {:<9} {}\n", finding.about, finding.what);
    if !finding.why.is_empty() {
        text.push_str(&format!("{:19} why: {}\n", "", finding.why));
    }
    if let Some(Change { side, what }) = &finding.change {
        let side = match side {
            Side::Container => "container",
            Side::Hub => "Hub",
        };
        text.push_str(&format!("{:19} change ({side}): {what}\n", ""));
    }
    text
}
