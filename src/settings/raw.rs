//! Which of flag, variable and default holds for each setting.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use super::table::{DefaultValue, HOOKS_FILE, OTHER_VARIABLES, SETTINGS, Setting};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The flag, `--port`.
    Flag(&'static str),
    /// A variable.
    Variable(&'static str),
    /// The table of settings.
    Default(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag(name) => write!(f, "--{name}"),
            Origin::Variable(name) => f.write_str(name),
            Origin::Default(name) => write!(f, "the default of --{name}"),
        }
    }
}

/// A setting that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// A value that does not parse.
    #[error("{origin}={value:?}: {reason}")]
    Value {
        /// Where it came from.
        origin: Origin,
        /// What was given; `[hidden]` for a secret.
        value: String,
        /// Why it can't be used, and what can.
        reason: String,
    },
    /// A secret that was to be there and is not.
    #[error(
        "{0} is set to nothing: the secret that it was to hold is missing. Without a token anybody \
         may come in; take the variable away if that is meant"
    )]
    EmptySecret(&'static str),
    /// Two variables that say the same thing, perhaps differently.
    #[error("WAIIDE_TOKEN and WAIIDE_TOKEN_FILE are both set: which of them counts? Take one away")]
    TwoTokens,
    /// A variable that is no UTF-8.
    #[error("{0}: its value is not valid UTF-8; write it in UTF-8")]
    NotUtf8(&'static str),
    /// A variable that Kubernetes made.
    #[error(
        "{0}: Kubernetes made this variable, and others that are taken for settings, from a \
         Service of that name: set enableServiceLinks: false in the pod, or rename the Service"
    )]
    ServiceLink(String),
    /// A variable that looks like a setting and is none.
    #[error("{name}: there is no such setting{hint} `waiide-init --help` lists them all")]
    Unknown {
        /// The variable.
        name: String,
        /// `; did you mean WAIIDE_PORT?` or `;`.
        hint: String,
    },
}

type Given = BTreeMap<&'static str, (String, Origin)>;

/// Every setting that was given, as text, with its origin.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw(Given);

impl Raw {
    /// Puts flags before variables. A variable that is set to nothing counts as not set, as
    /// container platforms hand on empty ones for what nobody filled in.
    ///
    /// # Errors
    /// A `WAIIDE_` variable that is no setting, or a setting's that is not UTF-8.
    pub fn collect(
        flags: &BTreeMap<&'static str, String>,
        environment: &BTreeMap<OsString, OsString>,
    ) -> Result<Self, SettingError> {
        let is_hooks = environment.contains_key(std::ffi::OsStr::new(HOOKS_FILE));
        let mut names = environment.keys().filter_map(|name| name.to_str());
        names.try_for_each(|name| check_known(name, is_hooks))?;
        let mut given = BTreeMap::new();
        for setting in SETTINGS {
            if let Some(value) = flags.get(setting.name) {
                given.insert(setting.name, (value.clone(), Origin::Flag(setting.name)));
            } else if let Some(found) = from_variables(setting, environment)? {
                given.insert(setting.name, found);
            }
        }
        one_token(&mut given)?;
        Ok(Raw(given))
    }

    /// Where a setting's value came from; none: nobody gave one.
    pub fn origin(&self, name: &str) -> Option<&Origin> {
        self.0.get(name).map(|(_, origin)| origin)
    }

    /// The value of a setting that was given, or its fixed default, parsed.
    pub fn required<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, SettingError> {
        let default = SETTINGS.iter().find(|s| s.name == name).map(|s| s.default);
        match (self.optional(name, &parse)?, default) {
            (Some(value), _) => Ok(value),
            (None, Some(DefaultValue::Value(text))) => {
                parse_one(text, Origin::Default(name), &parse)
            }
            (None, _) => unreachable!("{name} has no fixed default"),
        }
    }

    /// The value of a setting that was given, parsed.
    pub fn optional<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, SettingError> {
        let Some((value, origin)) = self.0.get(name) else {
            return Ok(None);
        };
        parse_one(value, origin.clone(), parse).map(Some)
    }

    /// Whether a flag or a variable gave it.
    pub fn is_given(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Everything that was given: name, value (`[hidden]` for a secret) and origin.
    fn given(&self) -> impl Iterator<Item = (&'static str, &str, &Origin)> {
        self.0.iter().map(|(name, (value, origin))| {
            (*name, if is_secret(name) { "[hidden]" } else { value.as_str() }, origin)
        })
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.given()).finish()
    }
}

fn parse_one<T>(
    value: &str,
    origin: Origin,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, SettingError> {
    let name = match origin {
        Origin::Flag(name) | Origin::Default(name) => name,
        Origin::Variable(variable) => variable,
    };
    parse(value).map_err(|reason| SettingError::Value {
        value: if is_secret(name) { "[hidden]".into() } else { value.into() },
        origin,
        reason,
    })
}

fn is_secret(name: &str) -> bool {
    matches!(name, "token" | "token-file" | "WAIIDE_TOKEN" | "WAIIDE_TOKEN_FILE")
}

/// A token has two settings, and one of them a flag, which counts more than the other's variable.
fn one_token(given: &mut Given) -> Result<(), SettingError> {
    match given.get("token-file") {
        Some((_, Origin::Flag(_))) => drop(given.remove("token")),
        Some(_) if given.contains_key("token") => return Err(SettingError::TwoTokens),
        _ => {}
    }
    Ok(())
}

fn from_variables(
    setting: &Setting,
    environment: &BTreeMap<OsString, OsString>,
) -> Result<Option<(String, Origin)>, SettingError> {
    for variable in setting.variables {
        match environment.get(std::ffi::OsStr::new(variable)) {
            Some(value) if value.is_empty() && is_secret(setting.name) => {
                return Err(SettingError::EmptySecret(variable));
            }
            Some(value) if !value.is_empty() => {
                let text = value.to_str().ok_or(SettingError::NotUtf8(variable))?;
                return Ok(Some((text.to_owned(), Origin::Variable(variable))));
            }
            _ => {}
        }
    }
    Ok(None)
}

/// Kubernetes describes a Service called `waiide` in such variables.
fn is_service_link(name: &str) -> bool {
    name == "WAIIDE_SERVICE_HOST" || name.starts_with("WAIIDE_SERVICE_PORT") || {
        name.starts_with("WAIIDE_PORT_") && name.contains("_TCP")
    }
}

fn check_known(name: &str, is_hooks: bool) -> Result<(), SettingError> {
    let known = || SETTINGS.iter().flat_map(|s| s.variables).copied();
    let is_other = is_hooks && OTHER_VARIABLES.contains(&name);
    if !name.starts_with("WAIIDE_") || is_other || known().any(|candidate| candidate == name) {
        return Ok(());
    }
    if is_service_link(name) {
        return Err(SettingError::ServiceLink(name.to_owned()));
    }
    let rest = |name: &'_ str| name.trim_start_matches("WAIIDE_").to_owned();
    let nearest = known()
        .map(|it| (strsim::normalized_damerau_levenshtein(&rest(it), &rest(name)), it))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = match nearest {
        Some((likeness, candidate)) if likeness > 0.5 => format!("; did you mean {candidate}?"),
        _ => ";".to_owned(),
    };
    Err(SettingError::Unknown { name: name.to_owned(), hint })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Settings, parse};

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<OsString, OsString> {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    fn collect(flags: &[(&'static str, &str)], pairs: &[(&str, &str)]) -> Result<Raw, String> {
        let flags = flags.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Raw::collect(&flags, &environment(pairs)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_flag_beats_a_variable_beats_the_default() {
        let port = |flags: &[_], pairs: &[_]| {
            collect(flags, pairs).unwrap().required("ide-port", parse::port).unwrap()
        };
        assert_eq!(port(&[], &[]), 8071);
        assert_eq!(port(&[], &[("WAIIDE_IDE_PORT", "9")]), 9);
        assert_eq!(port(&[("ide-port", "8")], &[("WAIIDE_IDE_PORT", "9")]), 8);
    }

    #[test]
    fn the_first_of_two_variables_wins_and_an_empty_one_is_not_set() {
        let uid = |pairs: &[_]| collect(&[], pairs).unwrap().required("uid", parse::id).unwrap();
        assert_eq!(uid(&[("WAIIDE_UID", "5"), ("NB_UID", "6")]), 5);
        assert_eq!(uid(&[("WAIIDE_UID", ""), ("NB_UID", "6")]), 6);
    }

    #[test]
    fn an_unknown_variable_is_named_with_the_nearest() {
        let error = collect(&[], &[("WAIIDE_PROT", "1")]).unwrap_err();
        assert!(error.contains("WAIIDE_PROT") && error.contains("WAIIDE_PORT"), "{error}");
        let error = collect(&[], &[("WAIIDE_ZZZZZ", "1")]).unwrap_err();
        assert!(!error.contains("did you mean"), "{error}");
    }

    #[test]
    fn what_start_hooks_get_is_known_only_with_their_file() {
        assert!(collect(&[], &[("WAIIDE_ENV_FILE", "/x"), ("WAIIDE_USER", "a")]).is_ok());
        assert!(collect(&[], &[("WAIIDE_USER", "a")]).unwrap_err().contains("WAIIDE_USER"));
    }

    #[test]
    fn an_error_names_origin_value_and_reason() {
        let raw = collect(&[], &[("NB_UID", "0")]).unwrap();
        let error = Settings::from_raw(raw).unwrap_err().to_string();
        assert!(error.starts_with("NB_UID=\"0\": "), "{error}");
    }

    #[test]
    fn a_token_is_never_shown() {
        let raw = collect(&[], &[("WAIIDE_TOKEN", "hunter2\n")]).unwrap();
        assert!(raw.given().all(|(_, value, _)| value == "[hidden]"));
        let error = Settings::from_raw(raw).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn no_name_of_a_secret_shows_it() {
        let secret = |setting: &&Setting| is_secret(setting.name);
        for setting in SETTINGS.iter().filter(secret) {
            assert!(setting.variables.iter().all(|name| is_secret(name)), "{}", setting.name);
        }
        let raw = collect(&[], &[("WAIIDE_TOKEN_FILE", "hunter2")]).unwrap();
        let error = Settings::from_raw(raw).unwrap_err().to_string();
        assert!(error.contains("WAIIDE_TOKEN_FILE") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn of_two_tokens_the_flags_counts_and_two_variables_are_refused() {
        let variable = ("WAIIDE_TOKEN", "old");
        let raw = collect(&[("token-file", "/new")], &[variable]).unwrap();
        let settings = Settings::from_raw(raw).unwrap();
        assert!(settings.token.is_none() && settings.token_file.is_some());
        let error = collect(&[], &[variable, ("WAIIDE_TOKEN_FILE", "/new")]).unwrap_err();
        assert!(error.contains("WAIIDE_TOKEN and WAIIDE_TOKEN_FILE"), "{error}");
    }

    #[test]
    fn every_default_parses() {
        let raw = collect(&[], &[]).unwrap();
        Settings::from_raw(raw).unwrap();
    }
}
