//! Pages of MCP servers, versions and endpoints, and what their filters and orders become.
//!
//! There are few of them, and a new version changes their order, so pages count rows.

use app::{ApiError, page};
use db::Statement;
use filter::mcp_servers::{self, Attribute, Clause, Entity, Field, OrderBy};
use tracking::keyset;

use super::semver;
use super::wire::Query;

const DEFAULT_PAGE: i64 = 100;
const MAX_PAGE: i64 = 50_000;
const MAX_SERVERS: i64 = 1000;

/// A search, checked.
#[derive(Debug)]
pub struct Search {
    pub clauses: Vec<Clause>,
    pub order: Vec<OrderBy>,
    pub size: i64,
    pub offset: i64,
}

app::lend!(Search);

/// # Errors
/// When the page's size, the filter, the order or the token is refused.
pub(super) fn plan(entity: Entity, query: &Query) -> Result<Search, ApiError> {
    let asked = query.max_results.as_deref().map(|text| {
        filter::whole_number(text).ok_or_else(|| {
            super::body::invalid(
                "query.max_results: Input should be a valid integer, unable to parse string as an \
                 integer",
            )
        })
    });
    let size = asked.transpose()?.unwrap_or(DEFAULT_PAGE);
    tracking::validation::max_results(size, Some(MAX_PAGE))?;
    if entity == Entity::Server && size > MAX_SERVERS {
        return Err(ApiError::invalid(format!(
            "Invalid value for max_results. It must be at most {MAX_SERVERS}, but got {size}"
        )));
    }
    let token = query.page_token.as_deref().filter(|token| !token.is_empty());
    let offset = token.map(page::decode::<i64>).transpose()?.unwrap_or_default();
    let clauses = mcp_servers::parse(entity, query.filter_string.as_deref().unwrap_or_default())?;
    let order = mcp_servers::parse_order_by(entity, &query.order_by)?;
    Ok(Search { clauses, order, size, offset: offset.max(0) })
}

impl Search {
    /// Adds the part behind the last condition. `column` spells an attribute as the statement has
    /// it; `ties` are added to an order that does not name them.
    pub(super) fn finish(
        &self,
        statement: &mut Statement,
        column: fn(Attribute) -> &'static str,
        ties: &[Attribute],
    ) {
        let named = |attribute| self.order.iter().any(|order| order.attribute == attribute);
        let ties = ties.iter().filter(|attribute| !named(**attribute));
        let ties = ties.map(|attribute| OrderBy { attribute: *attribute, ascending: true });
        let mut before = " ORDER BY ";
        for OrderBy { attribute, ascending } in self.order.iter().copied().chain(ties) {
            let direction = if ascending { " ASC" } else { " DESC" };
            let own = [column(attribute)];
            let as_version = attribute == Attribute::Version && named(Attribute::Version);
            let columns: &[&str] = if as_version { &VERSION_COLUMNS } else { &own };
            for name in columns {
                statement.text(before).text(name).text(direction);
                before = ", ";
            }
        }
        statement.text(" LIMIT ").bind(self.size.saturating_add(1));
        statement.text(" OFFSET ").bind(self.offset);
    }

    /// Cuts what was read to its page, and says where the next one begins.
    pub(super) fn cut<T>(&self, rows: &mut Vec<T>) -> Option<String> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return None;
        }
        rows.truncate(size);
        Some(page::encode(&(self.offset + self.size)))
    }
}

const VERSION_COLUMNS: [&str; 4] =
    ["v.version_major", "v.version_minor", "v.version_patch", "v.version_prerelease_sort_key"];

/// Adds a condition on an attribute that is a column.
pub(super) fn condition(
    statement: &mut Statement,
    clause: &Clause,
    column: fn(Attribute) -> &'static str,
) -> Result<(), ApiError> {
    let Field::Attribute(attribute) = &clause.field else { return Ok(()) };
    statement.text(" AND ");
    if *attribute == Attribute::Version {
        return compare_versions(statement, clause);
    }
    statement.text(column(*attribute));
    keyset::compare(statement, clause.comparison, clause.literal.clone());
    Ok(())
}

/// Compat: equality is of the texts, order is that of semantic versions.
fn compare_versions(statement: &mut Statement, clause: &Clause) -> Result<(), ApiError> {
    use filter::Comparison as C;
    let filter::Literal::Text(version) = &clause.literal else { return Err(only_semantic()) };
    let (operator, or_equal) = match clause.comparison {
        C::Equal | C::NotEqual => {
            statement.text("v.version");
            keyset::compare(statement, clause.comparison, clause.literal.clone());
            return Ok(());
        }
        C::Less => (" < ", false),
        C::LessOrEqual => (" < ", true),
        C::Greater => (" > ", false),
        C::GreaterOrEqual => (" > ", true),
        _ => return Err(only_semantic()),
    };
    let key = semver::parse(version, "filter_string version")?;
    let numbers = [key.major, key.minor, key.patch];
    statement.text("(");
    for (index, number) in numbers.into_iter().enumerate() {
        let column = VERSION_COLUMNS[index];
        statement.text(column).text(operator).bind(number);
        statement.text(" OR (").text(column).text(" = ").bind(number).text(" AND (");
    }
    let last = VERSION_COLUMNS[3];
    statement.text(last).text(operator).bind(key.prerelease.clone());
    if or_equal {
        statement.text(" OR ").text(last).text(" = ").bind(key.prerelease);
    }
    statement.text("))))))").text(")");
    Ok(())
}

fn only_semantic() -> ApiError {
    ApiError::invalid(
        "version only supports semantic comparators '=', '!=', '<', '<=', '>', and '>='",
    )
}
