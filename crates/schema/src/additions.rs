//! What Headwater adds to MLflow's schema, all named `hw_…`: the statements of `headwater.sql`.

pub(crate) const SCRIPT: &str = include_str!("../sql/headwater.sql");

/// One `CREATE TABLE` or `CREATE INDEX`.
pub(crate) struct Addition(&'static str);

impl Addition {
    pub(crate) fn statement(&self) -> &'static str {
        self.0
    }

    /// The name of the table or index.
    pub(crate) fn name(&self) -> &'static str {
        self.0.split_whitespace().find(|word| word.starts_with("hw_")).unwrap_or_default()
    }

    pub(crate) fn is_table(&self) -> bool {
        self.0.starts_with("CREATE TABLE")
    }

    /// Whether it is one of Headwater's own tables, or an index on one.
    pub(crate) fn is_about_own_table(&self) -> bool {
        self.is_table() || self.0.contains(" ON hw_")
    }
}

/// All additions in the order of the script, which has no `;` but at the ends of statements.
pub(crate) fn all() -> impl Iterator<Item = Addition> {
    SCRIPT.split_inclusive(';').filter_map(|part| {
        let start = part.find("CREATE ")?;
        Some(Addition(part[start..].trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_addition_has_our_prefix() {
        assert!(all().any(|addition| addition.is_about_own_table()));
        assert!(all().any(|addition| !addition.is_about_own_table()));
        for addition in all() {
            let object = addition.statement().strip_prefix("CREATE ").unwrap();
            let object = object.strip_prefix("TABLE ").or(object.strip_prefix("INDEX ")).unwrap();
            assert!(object.starts_with("IF NOT EXISTS hw_"), "{object}");
            assert!(object.contains(addition.name()) && addition.name().len() > 3, "{object}");
        }
    }
}
