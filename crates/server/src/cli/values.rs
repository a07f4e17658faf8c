//! Values of flags that are more than a string.

use std::str::FromStr;

use clap::ValueEnum;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One readable line for each event.
    Text,
    /// One JSON object for each event.
    Json,
}

/// Whether something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

/// What a commit on SQLite survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Synchronous {
    /// The death of the server; a power cut may lose the last moments.
    Normal,
    /// A power cut too; each commit waits for the disk.
    Full,
}

/// How to log in to PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DatabaseLogin {
    /// With a token if the address names no password and a server of Azure's, else as it says.
    Auto,
    /// As the address says.
    Password,
    /// With an access token of this program's cloud identity.
    Entra,
}

/// What to do with the schema of a newer MLflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum NewerSchema {
    /// Serve it if it has all that this server uses, as it uses it.
    Check,
    /// Refuse to start.
    Refuse,
}

/// A number of bytes, written with a unit: `100MiB`, `64k`, `2GB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kib" => 1 << 10,
            "m" | "mib" => 1 << 20,
            "g" | "gib" => 1 << 30,
            "kb" => 1_000,
            "mb" => 1_000_000,
            "gb" => 1_000_000_000,
            _ => return Err(format!("'{text}' is not a size, such as 100MiB")),
        };
        let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
        bytes.map(Self).ok_or_else(|| format!("'{text}' is not a size, such as 100MiB"))
    }
}

impl std::fmt::Display for Bytes {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            bytes if bytes > 0 && bytes.is_multiple_of(1 << 20) => {
                write!(out, "{}MiB", bytes >> 20)
            }
            bytes if bytes > 0 && bytes.is_multiple_of(1 << 10) => {
                write!(out, "{}KiB", bytes >> 10)
            }
            bytes => write!(out, "{bytes}"),
        }
    }
}

/// A duration: `30s`, `500ms`, `2m`, `1h`; a number without a unit is seconds. 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(pub u64);

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A day is beyond anything that somebody waits for.
        const MOST: u64 = 86_400_000;
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let factor = match unit.trim().to_ascii_lowercase().as_str() {
            "ms" => Some(1),
            "" | "s" => Some(1000),
            "m" | "min" => Some(60_000),
            "h" => Some(3_600_000),
            _ => None,
        };
        let milliseconds = number.parse::<u64>().ok().zip(factor);
        let milliseconds = milliseconds.and_then(|(number, factor)| number.checked_mul(factor));
        milliseconds.filter(|limit| *limit <= MOST).map(Self).ok_or_else(|| {
            format!("'{text}' is not a duration of at most 24h, such as 30s, 2m or 500ms")
        })
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            limit if limit.is_multiple_of(1000) => write!(out, "{}s", limit / 1000),
            limit => write!(out, "{limit}ms"),
        }
    }
}

/// A length of time as days, hours, minutes and seconds: `30d`, `1d2h3m4s`, `1.5h`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Age {
    /// As it was given.
    pub text: String,
    pub milliseconds: i64,
}

impl FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const UNITS: [(char, f64); 4] = [('d', 86_400.0), ('h', 3600.0), ('m', 60.0), ('s', 1.0)];
        let malformed = || {
            format!(
                "Could not parse any time information from '{text}'. Examples of valid strings: \
                 '8h', '2d8h5m20s', '2m4s'"
            )
        };
        let mut seconds = 0.0;
        let mut rest = text;
        // Each unit at most once, the larger ones first.
        for (unit, factor) in UNITS {
            let Some((number, behind)) = rest.split_once(unit) else { continue };
            let is_number = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            let number = number.parse::<f64>().ok().filter(|_| is_number).ok_or_else(malformed)?;
            seconds += number * factor;
            rest = behind;
        }
        if !rest.is_empty() || text.is_empty() || seconds * 1000.0 >= 1e15 {
            return Err(malformed());
        }
        Ok(Self { text: text.to_owned(), milliseconds: (seconds * 1000.0) as i64 })
    }
}

/// A flag's value in the environment. Empty counts as unset, which is off.
pub(super) fn flag(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" | "t" | "y" => Ok(true),
        "" | "false" | "0" | "no" | "off" | "f" | "n" => Ok(false),
        _ => Err(format!("'{text}' is neither true nor false")),
    }
}

/// As [`flag`], for one that is on when unset.
pub(super) fn flag_or_true(text: &str) -> Result<bool, String> {
    if text.is_empty() { Ok(true) } else { flag(text) }
}

/// A port. An empty string, as an unset variable of a container often is, means the default.
pub(super) fn port(text: &str) -> Result<u16, String> {
    if text.is_empty() {
        return Ok(5000);
    }
    text.parse().map_err(|_| format!("'{text}' is not a port, which is a number from 0 to 65535"))
}

/// A prefix of all paths: begins with a slash and does not end with one.
pub(super) fn static_prefix(text: &str) -> Result<String, String> {
    if !text.is_empty() && !text.starts_with('/') {
        return Err("--static-prefix must begin with a '/'.".to_owned());
    }
    if text.ends_with('/') {
        return Err("--static-prefix should not end with a '/'.".to_owned());
    }
    if text.contains(['{', '}']) {
        return Err("--static-prefix must not contain '{' or '}'.".to_owned());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@%".contains(c);
    if !text.chars().all(plain) || text.contains("//") {
        return Err("--static-prefix must be the path of a URL, such as /mlflow.".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, expected) in [
            ("0", 0),
            ("512", 512),
            ("64k", 65_536),
            ("100 MiB", 104_857_600),
            ("2GB", 2_000_000_000),
            ("1g", 1 << 30),
        ] {
            assert_eq!(text.parse(), Ok(Bytes(expected)), "{text}");
        }
        for text in ["", "x", "-1", "1.5M", "1T", "99999999999999999999", "99999999999999999G"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
        assert_eq!(Bytes(104_857_600).to_string(), "100MiB");
        assert_eq!(Bytes(0).to_string(), "0");
    }

    #[test]
    fn limits_have_units() {
        for (text, expected) in
            [("0", 0), ("30", 30_000), ("500ms", 500), ("2m", 120_000), ("1 h", 3_600_000)]
        {
            assert_eq!(text.parse(), Ok(Limit(expected)), "{text}");
        }
        for text in ["", "s", "-1", "1.5s", "1d", "25h", "99999999999999999999s"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
        assert_eq!(Limit(30_000).to_string(), "30s");
        assert_eq!(Limit(500).to_string(), "500ms");
    }

    #[test]
    fn ages_have_units() {
        for (text, expected) in [
            ("30d", 2_592_000_000),
            ("1d2h3m4s", 93_784_000),
            ("1.5h", 5_400_000),
            ("0s", 0),
            ("2m4s", 124_000),
            ("0.5s", 500),
        ] {
            assert_eq!(text.parse::<Age>().map(|age| age.milliseconds), Ok(expected), "{text}");
        }
        for text in ["", "5", "d", "1h1d", "1d1d", "-1d", "1w", "1d x", "1.2.3d", "infd", "9e99d"] {
            assert!(text.parse::<Age>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_empty_port_is_the_default() {
        assert_eq!(port(""), Ok(5000));
        assert_eq!(port("0"), Ok(0));
        assert!(port("-1").is_err());
    }
}
