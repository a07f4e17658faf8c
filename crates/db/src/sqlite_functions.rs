//! What PostgreSQL computes and SQLite does not, or not well enough: functions that every connection is given.

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};

use crate::sqlite_like::like;

const FLAGS: FunctionFlags = FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_DETERMINISTIC);

/// Adds the functions. Those that may take long end when `over` says so.
pub(crate) fn add(connection: &Connection, over: fn() -> bool) -> rusqlite::Result<()> {
    add_regexp(connection)?;
    for arguments in [2, 3] {
        connection
            .create_scalar_function("like", arguments, FLAGS, move |call| like(call, over))?;
    }
    connection.create_aggregate_function("percentile_cont", 2, FLAGS, PercentileCont)
}

/// Gives SQLite the function behind its `REGEXP` operator. An expression that cannot be read matches
/// nothing.
fn add_regexp(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_scalar_function("regexp", 2, FLAGS, |call| {
        type Expression = Option<regex::Regex>;
        let expression = call.get_or_create_aux(0, |value| {
            Ok::<Expression, rusqlite::types::FromSqlError>(
                value.as_str().ok().and_then(|text| regex::Regex::new(text).ok()),
            )
        })?;
        let text = call.get_raw(1).as_str().ok();
        Ok(expression.as_ref().as_ref().zip(text).is_some_and(|(regex, text)| regex.is_match(text)))
    })
}

/// The value below which a share of the others lies, between the two nearest if need be.
struct PercentileCont;

struct Values {
    share: f64,
    values: Vec<f64>,
}

impl Aggregate<Values, Option<f64>> for PercentileCont {
    fn init(&self, call: &mut Context<'_>) -> rusqlite::Result<Values> {
        Ok(Values { share: call.get::<f64>(0)?.clamp(0.0, 1.0), values: Vec::new() })
    }

    fn step(&self, call: &mut Context<'_>, state: &mut Values) -> rusqlite::Result<()> {
        state.values.extend(call.get::<Option<f64>>(1)?);
        Ok(())
    }

    fn finalize(
        &self,
        _: &mut Context<'_>,
        state: Option<Values>,
    ) -> rusqlite::Result<Option<f64>> {
        let Some(Values { share, mut values }) = state else { return Ok(None) };
        let Some(last) = values.len().checked_sub(1) else { return Ok(None) };
        let place = share * last as f64;
        let below = (place.floor() as usize).min(last);
        let (_, lower, above) = values.select_nth_unstable_by(below, f64::total_cmp);
        let lower = *lower;
        let upper = above.iter().copied().min_by(f64::total_cmp).unwrap_or(lower);
        Ok(Some(lower + place.fract() * (upper - lower)))
    }
}
