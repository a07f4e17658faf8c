//! Values of flags that are more than a text.

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

/// What a commit on SQLite survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Synchronous {
    /// The death of the server; a power cut may lose the last moments.
    Normal,
    /// A power cut too; each commit waits for the disk.
    Full,
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

/// A port. An empty text, as an unset variable of a container often is, means the default.
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
    fn an_empty_port_is_the_default() {
        assert_eq!(port(""), Ok(5000));
        assert_eq!(port("0"), Ok(0));
        assert!(port("-1").is_err());
    }
}
