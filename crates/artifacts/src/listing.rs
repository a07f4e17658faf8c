//! A folder's listing, as the proxy, runs and logged models answer it.

use app::ApiError;
use blob::{ArtifactPath, Entry, Store};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::failed;

/// One file or folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FileInfo {
    pub path: String,
    pub is_dir: bool,
    /// Bytes. Compat: MLflow leaves it out for folders and for empty files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<u64>,
}

/// The answer to a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Listing {
    /// The location of the run or model as it is stored; the proxy has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_uri: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileInfo>,
}

/// How the entries of a listing are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// From the root of the store.
    FromRoot,
    /// By the last name alone.
    LastName,
}

/// Lists a folder. What does not exist, or is a file, has no entries.
pub(crate) async fn list(
    store: &Store,
    folder: &ArtifactPath,
    naming: Naming,
) -> Result<Vec<FileInfo>, ApiError> {
    let entries = store.list(folder).await.map_err(failed)?;
    Ok(entries.into_iter().map(|entry| file_info(entry, naming)).collect())
}

fn file_info(entry: Entry, naming: Naming) -> FileInfo {
    let path = match naming {
        Naming::FromRoot => entry.path,
        Naming::LastName => entry.name().to_owned(),
    };
    FileInfo { path, is_dir: entry.is_dir, file_size: entry.size.filter(|size| *size > 0) }
}
