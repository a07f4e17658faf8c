//! When days are summed up: a cron expression of five fields, in UTC.
//!
//! As in MLflow, a time must fit all five fields, names of months and days are not known, and ranges
//! may go round (`22-3`).

use std::str::FromStr;

use crate::time::civil;

const MINUTE_MS: i64 = 60_000;
const MINUTES_OF_DAY: i64 = 1440;
/// After this many days every date has come on every day of the week that it can come on.
const HORIZON_DAYS: i64 = 40 * 366;

/// The numbers that a field allows, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field(u64);

impl Field {
    fn has(self, number: i64) -> bool {
        self.0 & (1 << number) != 0
    }

    /// Reads a field of the numbers from `first` to `last`.
    fn parse(text: &str, first: u32, last: u32) -> Option<Self> {
        let mut bits = 0_u64;
        for piece in text.split(',') {
            let (range, step) = match piece.split_once('/') {
                // A single number has no steps.
                Some((range, step)) if range == "*" || range.contains('-') => {
                    (range, digits(step)?)
                }
                Some(_) => return None,
                None => (piece, 1),
            };
            let (from, to) = match range.split_once('-') {
                Some((from, to)) => (digits(from)?, digits(to)?),
                None if range == "*" => (first, last),
                None => (digits(range)?, digits(range)?),
            };
            let within = |number| (first..=last).contains(&number);
            if !(within(from) && within(to)) || step == 0 {
                return None;
            }
            let length = if from <= to { to - from } else { last - from + 1 + to - first };
            for offset in (0..=length).step_by(usize::try_from(step).ok()?) {
                bits |= 1 << (first + (from - first + offset) % (last - first + 1));
            }
        }
        Some(Self(bits))
    }
}

/// A number without a sign.
fn digits(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Minutes that come again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    minute: Field,
    hour: Field,
    day: Field,
    month: Field,
    weekday: Field,
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let schedule = match fields[..] {
            [minute, hour, day, month, weekday] => (|| {
                Some(Self {
                    minute: Field::parse(minute, 0, 59)?,
                    hour: Field::parse(hour, 0, 23)?,
                    day: Field::parse(day, 1, 31)?,
                    month: Field::parse(month, 1, 12)?,
                    weekday: weekdays(weekday)?,
                })
            })(),
            _ => None,
        };
        let schedule = schedule.ok_or_else(|| {
            format!("'{text}' is not a cron expression of five fields, such as '0 2 * * *'")
        })?;
        if schedule.after(0).is_none() {
            return Err(format!("'{text}' is a time that never comes"));
        }
        Ok(schedule)
    }
}

/// Sunday is 0, and 7 too.
fn weekdays(text: &str) -> Option<Field> {
    let field = match text {
        "*" => Field::parse("*", 0, 6)?,
        // Round the week goes from Saturday to Sunday.
        text if !text.contains('7') => Field::parse(text, 0, 6)?,
        text => Field::parse(text, 0, 7)?,
    };
    Some(if field.has(7) { Field(field.0 | 1) } else { field })
}

impl Schedule {
    /// The first time after this one. Both in milliseconds since 1970.
    pub fn after(&self, time_ms: i64) -> Option<i64> {
        let minute = time_ms.div_euclid(MINUTE_MS) + 1;
        let today = minute.div_euclid(MINUTES_OF_DAY);
        for day in today..today + HORIZON_DAYS {
            let (_, month, of_month) = civil(day);
            // The first of January 1970 was a Thursday.
            let weekday = (day + 4).rem_euclid(7);
            if !(self.month.has(month) && self.day.has(of_month) && self.weekday.has(weekday)) {
                continue;
            }
            let first = if day == today { minute.rem_euclid(MINUTES_OF_DAY) } else { 0 };
            let fits = |minute: &i64| self.hour.has(minute / 60) && self.minute.has(minute % 60);
            if let Some(minute) = (first..MINUTES_OF_DAY).find(fits) {
                return Some((day * MINUTES_OF_DAY + minute) * MINUTE_MS);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn next(schedule: &str, from: &str) -> String {
        let from = Timestamp::parse(from).unwrap().0;
        Timestamp(schedule.parse::<Schedule>().unwrap().after(from).unwrap()).to_string()
    }

    #[test]
    fn the_next_time() {
        for (schedule, from, expected) in [
            ("0 2 * * *", "2025-03-31T01:59:59.999Z", "2025-03-31T02:00:00Z"),
            ("0 2 * * *", "2025-03-31T02:00:00Z", "2025-04-01T02:00:00Z"),
            ("* * * * *", "2025-12-31T23:59:30Z", "2026-01-01T00:00:00Z"),
            ("*/15 8-9 * * *", "2025-01-01T08:15:00Z", "2025-01-01T08:30:00Z"),
            ("*/15 8-9 * * *", "2025-01-01T09:45:00Z", "2025-01-02T08:00:00Z"),
            ("5,35 22-1 * * *", "2025-01-01T22:35:00Z", "2025-01-01T23:05:00Z"),
            ("5,35 22-1 * * *", "2025-01-01T01:35:00Z", "2025-01-01T22:05:00Z"),
            ("0 0 29 2 *", "2025-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            // Both the date and the day of the week must fit.
            ("0 0 1 * 1", "2025-01-01T00:00:00Z", "2025-09-01T00:00:00Z"),
            ("0 0 * * 7", "2025-01-01T00:00:00Z", "2025-01-05T00:00:00Z"),
            ("0 0 * * 6-1", "2025-01-06T00:00:00Z", "2025-01-11T00:00:00Z"),
            ("1-9/4 0 * * *", "2025-01-01T00:05:00Z", "2025-01-01T00:09:00Z"),
        ] {
            assert_eq!(next(schedule, from), expected, "{schedule} after {from}");
        }
    }

    #[test]
    fn what_is_no_schedule() {
        for text in [
            "",
            "0 2 * *",
            "0 2 * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "*/0 * * * *",
            "5/2 * * * *",
            "a * * * *",
            "+1 * * * *",
            "1- * * * *",
            ", * * * *",
            "* * * JAN *",
            "0 0 31 2 *",
        ] {
            assert!(text.parse::<Schedule>().is_err(), "{text}");
        }
    }
}
