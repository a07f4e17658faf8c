//! The stages that a model version can be at: what aliases have replaced, and what older clients
//! still use.

use app::ApiError;

/// The stage in the database of a version that was deleted: its number stays taken.
pub(crate) const DELETED: &str = "Deleted_Internal";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    None,
    Staging,
    Production,
    Archived,
}

app::lend!(copy Stage);

impl Stage {
    const ALL: [Self; 4] = [Stage::None, Stage::Staging, Stage::Production, Stage::Archived];

    /// The name in the database and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Stage::None => "None",
            Stage::Staging => "Staging",
            Stage::Production => "Production",
            Stage::Archived => "Archived",
        }
    }

    /// Reads a stage's name, in any case of its letters.
    pub fn named(text: &str) -> Result<Self, ApiError> {
        let name = text.to_lowercase();
        let found = Self::ALL.into_iter().find(|stage| stage.name().to_lowercase() == name);
        found.ok_or_else(|| {
            ApiError::invalid(format!(
                "Invalid Model Version stage: {text}. Value must be one of None, Staging, \
                 Production, Archived."
            ))
        })
    }

    /// Whether a version at this stage is in use, so that it can push others into the archive.
    pub fn is_active(self) -> bool {
        matches!(self, Stage::Staging | Stage::Production)
    }
}
