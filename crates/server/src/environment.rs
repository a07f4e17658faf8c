//! The environment variables of this process. Nothing else reads them, but for the flags' own, which the command line reads.

use std::collections::BTreeMap;
use std::fmt;

/// Variables by name. Those that are not Unicode are left out.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process, as they are now.
    pub fn read() -> Self {
        let pair = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            name.into_string().ok().zip(value.into_string().ok())
        };
        Self(std::env::vars_os().filter_map(pair).collect())
    }

    /// A variable's value. An empty one, as an unset variable of a container often is, counts as unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// What a variable that is on or off says, if it is set.
    ///
    /// # Errors
    /// A sentence, when its value is neither.
    pub fn switch(&self, name: &str) -> Result<Option<bool>, String> {
        match self.get(name).map(str::to_ascii_lowercase).as_deref() {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(other) => Err(format!("{name}={other} is neither true nor false")),
        }
    }

    /// The variables that are set and whose names begin with `prefix`.
    pub fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter(move |(name, value)| name.starts_with(prefix) && !value.is_empty())
    }

    /// All variables, for what names its own, such as the stores of clouds.
    pub fn all(&self) -> impl Iterator<Item = (String, String)> {
        self.0.iter().map(|(name, value)| (name.clone(), value.clone()))
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self(owned.into_iter().collect())
    }
}

impl fmt::Debug for Environment {
    /// Values may be secrets and are not shown.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_unset() {
        let environment = Environment::from([("A", ""), ("B", "x"), ("BC", "y")]);
        assert_eq!((environment.get("A"), environment.get("B")), (None, Some("x")));
        let found: Vec<_> = environment.with_prefix("B").collect();
        assert_eq!(found, [("B", "x"), ("BC", "y")]);
    }

    #[test]
    fn a_switch_is_on_off_or_unset() {
        let environment = Environment::from([("ON", "True"), ("OFF", "0"), ("ODD", "perhaps")]);
        assert_eq!(environment.switch("ON"), Ok(Some(true)));
        assert_eq!(environment.switch("OFF"), Ok(Some(false)));
        assert_eq!(environment.switch("UNSET"), Ok(None));
        assert!(environment.switch("ODD").unwrap_err().contains("neither true nor false"));
    }

    #[test]
    fn values_are_not_shown() {
        let environment = Environment::from([("PASSWORD", "hunter2")]);
        assert_eq!(format!("{environment:?}"), r#"{"PASSWORD"}"#);
    }
}
