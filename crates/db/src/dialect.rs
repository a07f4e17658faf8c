//! One text of SQL for both engines: PostgreSQL's words, respelled for SQLite.

/// Respells a PostgreSQL statement for SQLite. The subset that it knows is small on purpose:
///
/// | PostgreSQL              | SQLite                                      |
/// |-------------------------|---------------------------------------------|
/// | `= ANY($n)`             | `IN (SELECT value FROM json_each($n))`      |
/// | `<> ALL($n)`            | `NOT IN (SELECT value FROM json_each($n))`  |
/// | `column ILIKE $n`       | `lower(column) LIKE lower($n)`              |
/// | `text ~ $n`             | `text REGEXP $n`                            |
/// | `value::type`           | `value`                                     |
/// | `$n`                    | `?n`: SQLite would number `$n` as it comes  |
/// | `GREATEST(`, `LEAST(`   | `max(`, `min(`                              |
/// | `percentile_cont(a) WITHIN GROUP (ORDER BY b)` | `percentile_cont(a, b)` |
/// | `extract(epoch FROM day)` | `unixepoch(day)`                          |
/// | `FOR UPDATE`, `FOR SHARE`, `SKIP LOCKED` | nothing: SQLite has one writer |
///
/// `LIKE` needs no respelling because every SQLite connection sets `case_sensitive_like`. Text
/// between single quotes is left alone.
pub fn to_sqlite(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 64);
    let mut rest = sql;
    while let Some(character) = rest.chars().next() {
        if character == '\'' {
            let end = rest[1..].find('\'').map_or(rest.len(), |at| at + 2);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let taken = rewrite_at(rest, &mut out);
        if taken > 0 {
            rest = &rest[taken..];
        } else {
            out.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    out
}

/// Rewrites the construct that `rest` starts with, if it is one, and says how long it was.
fn rewrite_at(rest: &str, out: &mut String) -> usize {
    let at_word = !out.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    match rest.as_bytes()[0] {
        b'$' => push(out, "?", 1),
        b'=' => membership(rest, "= ANY(", "IN", out),
        b'<' => membership(rest, "<> ALL(", "NOT IN", out),
        b'~' if rest.starts_with("~ $") => push(out, "REGEXP", 1),
        b':' if rest.starts_with("::") => cast_length(rest),
        b' ' => {
            let dropped = [" FOR UPDATE", " FOR SHARE", " SKIP LOCKED"];
            dropped.iter().find(|words| rest.starts_with(**words)).map_or(0, |words| words.len())
        }
        b'G' if at_word && rest.starts_with("GREATEST(") => push(out, "max(", "GREATEST(".len()),
        b'L' if at_word && rest.starts_with("LEAST(") => push(out, "min(", "LEAST(".len()),
        b'e' if at_word && rest.starts_with(EPOCH) => push(out, "unixepoch(", EPOCH.len()),
        b')' if rest.starts_with(WITHIN_GROUP) => push(out, ", ", WITHIN_GROUP.len()),
        b'I' if at_word && rest.starts_with("ILIKE $") => case_insensitive(rest, out),
        _ => 0,
    }
}

/// The seconds since 1970 of the day that follows.
const EPOCH: &str = "extract(epoch FROM ";
/// What stands between a percentile and the column that it is of.
const WITHIN_GROUP: &str = ") WITHIN GROUP (ORDER BY ";

fn push(out: &mut String, text: &str, taken: usize) -> usize {
    out.push_str(text);
    taken
}

fn membership(rest: &str, words: &str, operator: &str, out: &mut String) -> usize {
    let Some(tail) = rest.strip_prefix(words) else { return 0 };
    let Some(close) = tail.find(')') else { return 0 };
    let parameter = tail[..close].split("::").next().unwrap_or_default();
    out.push_str(operator);
    out.push_str(" (SELECT value FROM json_each(");
    out.push_str(&parameter.replace('$', "?"));
    out.push_str("))");
    words.len() + close + 1
}

fn cast_length(rest: &str) -> usize {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '[' || c == ']';
    rest[2..].find(|c| !word(c)).map_or(rest.len(), |end| end + 2)
}

fn case_insensitive(rest: &str, out: &mut String) -> usize {
    let column_end = out.trim_end().len();
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.' || c == '"';
    let column_start = out[..column_end].rfind(|c| !part(c)).map_or(0, |at| at + 1);
    let column = out[column_start..column_end].to_owned();
    let parameter_at = "ILIKE ".len();
    let digits = rest[parameter_at + 1..].find(|c: char| !c.is_ascii_digit());
    let end = digits.map_or(rest.len(), |length| parameter_at + 1 + length);
    out.truncate(column_start);
    out.extend(["lower(", &column, ") LIKE lower(?", &rest[parameter_at + 1..end], ")"]);
    end
}

#[cfg(test)]
mod tests {
    use super::to_sqlite;

    #[test]
    fn respells_what_differs_and_nothing_else() {
        let cases = [
            (
                "SELECT 1 WHERE a = ANY($1) AND b = $2",
                "SELECT 1 WHERE a IN (SELECT value FROM json_each(?1)) AND b = ?2",
            ),
            ("a <> ALL($1::text[])", "a NOT IN (SELECT value FROM json_each(?1))"),
            ("t.value ILIKE $12 AND x", "lower(t.value) LIKE lower(?12) AND x"),
            ("SELECT $1::bigint, a::text FROM t FOR UPDATE", "SELECT ?1, a FROM t"),
            ("GREATEST(a, b) + LEAST(c)", "max(a, b) + min(c)"),
            (
                "x = 'a ILIKE $1 ::text' OR 'it''s = ANY($1)' = y",
                "x = 'a ILIKE $1 ::text' OR 'it''s = ANY($1)' = y",
            ),
            ("a LIKE $1", "a LIKE ?1"),
            (
                "percentile_cont($1::float8) WITHIN GROUP (ORDER BY (a + 1)) AS p",
                "percentile_cont(?1, (a + 1)) AS p",
            ),
            ("t.a ~ $1", "t.a REGEXP ?1"),
            ("extract(epoch FROM t.day)::bigint", "unixepoch(t.day)"),
            (
                "day = ANY($1::text[]::date[]) OR day = $2::text::date",
                "day IN (SELECT value FROM json_each(?1)) OR day = ?2",
            ),
        ];
        for (postgres, sqlite) in cases {
            assert_eq!(to_sqlite(postgres), sqlite);
        }
    }
}
