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
    /// Whoever runs what stands before both, nginx for instance.
    ReverseProxy,
}

impl Side {
    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Side::Container => "container",
            Side::Hub => "Hub",
            Side::ReverseProxy => "reverse proxy",
        }
    }
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
    /// What to change, and on which side; none where all is well.
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
    /// Lines to paste there.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub lines: Vec<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(about: &'static str, what: impl Into<String>) -> Self {
        Finding { level: Level::Ok, about, what: what.into(), why: "", change: None }
    }

    /// Something somebody should know.
    pub fn warning(about: &'static str, what: impl Into<String>) -> Unreasoned {
        Unreasoned(Finding { level: Level::Warning, ..Finding::ok(about, what) })
    }

    /// Something does not work.
    pub fn broken(about: &'static str, what: impl Into<String>) -> Unreasoned {
        Unreasoned(Finding { level: Level::Broken, ..Finding::ok(about, what) })
    }

    /// Lines to paste for what is to be changed.
    pub fn paste(mut self, lines: &str) -> Self {
        if let Some(change) = &mut self.change {
            change.lines = lines.lines().map(str::to_owned).collect();
        }
        self
    }
}

/// What is not as it should be. It becomes a finding once it is said why that matters and who has to
/// change what.
#[must_use]
pub struct Unreasoned(Finding);

/// The same with the reason why it matters.
#[must_use]
pub struct Reasoned(Finding);

impl Unreasoned {
    /// Why it matters.
    pub fn because(self, why: &'static str) -> Reasoned {
        Reasoned(Finding { why, ..self.0 })
    }
}

impl Reasoned {
    /// What to change on which side.
    pub fn change(self, side: Side, what: impl Into<String>) -> Finding {
        Finding { change: Some(Change { side, what: what.into(), lines: Vec::new() }), ..self.0 }
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

/// What others have written, without what a terminal would obey.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn one(word: &str, finding: &Finding) -> String {
    let mut text = wrapped(&format!("{word}  {:<9} {}", finding.about, finding.what));
    if !finding.why.is_empty() {
        text.push_str(&wrapped(&format!("{INDENT}why: {}", finding.why)));
    }
    if let Some(Change { side, what, lines }) = &finding.change {
        text.push_str(&wrapped(&format!("{INDENT}change ({}): {what}", side.as_str())));
        text.extend(lines.iter().map(|line| format!("{INDENT}    {}\n", printable(line))));
    }
    text
}

/// What stands before all but the first line of a finding.
const INDENT: &str = "                   ";
const WIDTH: usize = 100;

/// Lines of [`WIDTH`] characters, as far as words allow; all but the first are indented.
fn wrapped(text: &str) -> String {
    let text = printable(text);
    let (start, words) = text.split_at(INDENT.len().min(text.len()));
    let (mut lines, mut line) = (String::new(), start.to_owned());
    for word in words.split(' ') {
        let is_first = line.len() <= INDENT.len();
        if !is_first && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line = format!("{INDENT}{word}");
        } else {
            line.push_str(if is_first { "" } else { " " });
            line.push_str(word);
        }
    }
    format!("{lines}{line}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sentences_are_broken_between_words_and_lines_to_paste_are_not() {
        let long = "word ".repeat(40);
        let paste = "x".repeat(120);
        let finding =
            Finding::broken("home", long.trim()).because("").change(Side::ReverseProxy, "this:");
        let text = to_text(&[finding.paste(&paste)]);
        let (own, pasted): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.len() <= WIDTH);
        assert!(own[1].starts_with(&format!("{INDENT}word word")), "{text}");
        assert!(own.contains(&format!("{INDENT}change (reverse proxy): this:").as_str()), "{text}");
        assert_eq!(pasted, [format!("{INDENT}    {paste}")]);
        assert_eq!(text.matches("word").count(), 40);
    }
}
