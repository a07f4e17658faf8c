//! Page sizes, in MLflow's words.

use app::{ApiError, Int64};
use tracking::validation;

/// Things on a page at most.
pub const MAX_PAGE: i64 = 50_000;

/// The size of a page. Compat: a size of 0 counts as none, which is not allowed.
pub fn size(asked: Option<Int64>, default: i64) -> Result<usize, ApiError> {
    match asked.map_or(default, i64::from) {
        0 => Err(ApiError::invalid(
            "Invalid value None for parameter 'max_results' supplied. It must be a positive integer",
        )),
        size => validation::max_results(size, Some(MAX_PAGE)),
    }
}

/// The limit of a statement that also finds out whether there is more than one page.
pub fn limit(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(MAX_PAGE).saturating_add(1)
}

/// Where a page begins: after so many rows. For lists that are short, or whose order changes.
pub fn offset(token: Option<&str>) -> Result<i64, ApiError> {
    match token.filter(|token| !token.is_empty()) {
        Some(token) => Ok(app::page::decode::<i64>(token)?.max(0)),
        None => Ok(0),
    }
}

/// Cuts a list that was read with [`limit`] to its page. Compat: the token of a last page is an
/// empty text.
pub fn cut<T>(rows: &mut Vec<T>, size: usize, offset: i64) -> String {
    if rows.len() <= size {
        return String::new();
    }
    rows.truncate(size);
    app::page::encode(&(offset + i64::try_from(size).unwrap_or(MAX_PAGE)))
}

/// The size of a page, where MLflow has other words for a wrong one.
pub fn within(asked: Option<Int64>, default: i64) -> Result<usize, ApiError> {
    let size = asked.map_or(default, i64::from);
    if (1..=MAX_PAGE).contains(&size) {
        return Ok(usize::try_from(size).unwrap_or_default());
    }
    Err(ApiError::invalid(format!(
        "max_results must be between 1 and {MAX_PAGE}. See the API docs for more information about \
         request parameters."
    )))
}
