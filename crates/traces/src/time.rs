//! Times as protobuf's JSON mapping writes them: RFC 3339 and seconds with an `s`.
//!
//! Source: <https://protobuf.dev/programming-guides/json/>.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

const DAY_MS: i64 = 86_400_000;
/// The first and the last millisecond that a protobuf timestamp can hold: years 1 to 9999.
const FIRST_MS: i64 = -62_135_596_800_000;
const LAST_MS: i64 = 253_402_300_799_999;

/// Milliseconds since 1970, written as `2025-04-15T08:49:18.699Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(inline)]
pub struct Timestamp(#[schemars(with = "String")] pub i64);

/// Milliseconds, written as `1.500s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(inline)]
pub struct Duration(#[schemars(with = "String")] pub i64);

/// Days since 1970 to year, month and day, by Gregorian rules in every year.
///
/// Source: <https://howardhinnant.github.io/date_algorithms.html>.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The inverse of [`civil`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.clamp(FIRST_MS, LAST_MS);
        let (year, month, day) = civil(millis.div_euclid(DAY_MS));
        let rest = millis.rem_euclid(DAY_MS);
        let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
        write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match rest % 1000 {
            0 => out.write_str("Z"),
            millis => write!(out, ".{millis:03}Z"),
        }
    }
}

impl Timestamp {
    /// Reads RFC 3339, with any offset. What is finer than a millisecond is cut off.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, clock) = text.split_at_checked(10)?;
        let clock = clock.strip_prefix(['T', 't'])?;
        let (year, month, day) = (number(date, 0, 4)?, number(date, 5, 7)?, number(date, 8, 10)?);
        let dashes = date.as_bytes()[4] == b'-' && date.as_bytes()[7] == b'-';
        let (hour, minute, second) =
            (number(clock, 0, 2)?, number(clock, 3, 5)?, number(clock, 6, 8)?);
        let colons = clock.as_bytes()[2] == b':' && clock.as_bytes()[5] == b':';
        let in_range = (1..=12).contains(&month) && hour < 24 && minute < 60 && second < 60;
        let day_exists = civil(days(year, month, day)) == (year, month, day);
        if !(dashes && colons && in_range && day_exists) {
            return None;
        }
        let rest = &clock[8..];
        let (millis, zone) = match rest.strip_prefix('.') {
            Some(rest) => {
                let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                (thousandths(&rest[..end])?, &rest[end..])
            }
            None => (0, rest),
        };
        let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
        Some(Self((seconds - offset(zone)?) * 1000 + millis))
    }
}

/// The digits of `text` from `start` to `end`.
fn number(text: &str, start: usize, end: usize) -> Option<i64> {
    let digits = text.get(start..end)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The first three of one to nine digits behind a decimal point.
fn thousandths(digits: &str) -> Option<i64> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    number(&format!("{digits:0<3}"), 0, 3)
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let sign = match zone.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let well_formed = zone.len() == 6 && zone.as_bytes()[3] == b':';
    let seconds = number(zone, 1, 3)? * 3600 + number(zone, 4, 6)? * 60;
    well_formed.then_some(sign * seconds)
}

impl fmt::Display for Duration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, millis) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        match millis % 1000 {
            0 => write!(out, "{sign}{}s", millis / 1000),
            rest => write!(out, "{sign}{}.{rest:03}s", millis / 1000),
        }
    }
}

impl Duration {
    /// Reads seconds with an `s`. What is finer than a millisecond is cut off.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('s')?;
        let (sign, text) = match text.strip_prefix('-') {
            Some(text) => (-1, text),
            None => (1, text),
        };
        let (seconds, millis) = match text.split_once('.') {
            Some((seconds, digits)) => (seconds, thousandths(digits)?),
            None => (text, 0),
        };
        let seconds = number(seconds, 0, seconds.len()).filter(|_| !seconds.is_empty())?;
        Some(Self(sign * seconds.checked_mul(1000)?.checked_add(millis)?))
    }
}

macro_rules! as_text {
    ($kind:ident, $expected:literal) => {
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl Visitor<'_> for Text {
                    type Value = $kind;

                    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                        out.write_str($expected)
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$kind, E> {
                        $kind::parse(text).ok_or_else(|| E::custom(concat!("not ", $expected)))
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}
as_text!(Timestamp, "an RFC 3339 time");
as_text!(Duration, "seconds with an `s`");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps() {
        let cases = [
            (0, "1970-01-01T00:00:00Z"),
            (1_744_706_958_699, "2025-04-15T08:49:18.699Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (FIRST_MS, "0001-01-01T00:00:00Z"),
            (LAST_MS, "9999-12-31T23:59:59.999Z"),
        ];
        for (millis, text) in cases {
            assert_eq!(Timestamp(millis).to_string(), text);
            assert_eq!(Timestamp::parse(text), Some(Timestamp(millis)));
        }
        assert_eq!(Timestamp(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::parse("1970-01-01T01:00:00.5+01:00"), Some(Timestamp(500)));
        assert_eq!(Timestamp::parse("1970-01-01T00:00:00.1239999Z"), Some(Timestamp(123)));
        for text in [
            "",
            "1970-01-01",
            "1970-02-30T00:00:00Z",
            "1970-01-01T00:00:00",
            "1970-01-01 00:00:00Z",
            "1970-01-01T00:00:00+1:00",
            "1970-01-01T00:00:00.Z",
            "ä970-01-01T00:00:00Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn durations() {
        for (millis, text) in [(0, "0s"), (74, "0.074s"), (1500, "1.500s"), (-1500, "-1.500s")] {
            assert_eq!(Duration(millis).to_string(), text);
            assert_eq!(Duration::parse(text), Some(Duration(millis)));
        }
        assert_eq!(Duration::parse("1.5s"), Some(Duration(1500)));
        for text in ["", "s", "1", ".5s", "1.s", "1e3s", "99999999999999999999s"] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }
}
