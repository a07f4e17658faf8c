//! A validated relative artifact path.

use std::fmt::{self, Write};

use crate::decode;

/// Names with this prefix are files that are being written; no caller may read, write or list them.
///
/// The prefix is MLflow's, so that two servers over one folder hide each other's unfinished uploads.
pub const UPLOADING_PREFIX: &str = ".artifact.uploading.";

/// The longest name of one file or folder, in bytes: what every common file system takes.
const MAX_NAME_BYTES: usize = 255;
/// The longest path, in bytes: one less than the system's limit for a relative path.
const MAX_PATH_BYTES: usize = 4095;
/// The deepest folder: deeper trees are refused by cloud stores and exhaust file descriptors when they are deleted.
const MAX_DEPTH: usize = 256;

/// Where an artifact lies below its store's root: `/`-separated names, none of them empty, `.` or `..`.
///
/// The empty path is the root. A value of this type is safe to join to a trusted prefix; symbolic links are the local
/// store's concern.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArtifactPath(String);

/// Why a path was refused. The message is fit for the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The path leaves the root, is absolute, a URL, or cannot be decoded.
    #[error("Invalid path")]
    Unsafe,
    /// A name, the path or its depth is beyond what stores take.
    #[error(
        "Invalid path: names are limited to {MAX_NAME_BYTES} bytes, paths to {MAX_PATH_BYTES} bytes and {MAX_DEPTH} \
         folders"
    )]
    TooLong,
    /// A symbolic link on the way leads out of the root.
    #[error("Invalid path: resolved path is outside the artifact directory")]
    Outside,
    /// The path of an upload ends in no file name.
    #[error("Artifact path must include a filename (cannot end with '/').")]
    NoFileName,
    /// The folder of an upload is spelled in a way that names another folder.
    #[error(
        "Invalid artifact path: '{folder}'. Names may be treated as files in certain cases, and must not resolve to \
         other names when treated as such. This name would resolve to {resolved}"
    )]
    Ambiguous {
        /// The folder as the caller spelled it.
        folder: String,
        /// What it resolves to, quoted.
        resolved: String,
    },
    /// The name is kept for unfinished uploads.
    #[error(
        "Invalid artifact file name: '{name}'. Artifact names starting with '{UPLOADING_PREFIX}' are reserved."
    )]
    Reserved {
        /// The file name as the caller spelled it.
        name: String,
    },
}

impl ArtifactPath {
    /// The root itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads the path of something to list, read or delete. Empty names and `.` are dropped.
    ///
    /// The text is what the HTTP layer hands over, decoded once; whatever is still percent-encoded is decoded here.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Self::normalize(&safe_text(text)?)
    }

    /// Reads the path of a file to write. Beyond [`parse`](Self::parse) it wants a file name that is not reserved, and a
    /// folder that is spelled in the one normal way.
    pub fn parse_destination(text: &str) -> Result<Self, PathError> {
        let text = safe_text(text)?;
        let (folder, name) = text.rsplit_once('/').unwrap_or(("", &text));
        let folder = folder.trim_end_matches('/');
        if name.is_empty() || name == "." {
            return Err(PathError::NoFileName);
        }
        if name.starts_with(UPLOADING_PREFIX) {
            return Err(PathError::Reserved { name: name.to_owned() });
        }
        let normal_folder = Self::normalize(folder)?;
        if normal_folder.0 != folder {
            let resolved = if normal_folder.is_root() { "." } else { normal_folder.as_str() };
            return Err(PathError::Ambiguous {
                folder: folder.to_owned(),
                resolved: quoted(resolved),
            });
        }
        Self::normalize(&text)
    }

    fn normalize(text: &str) -> Result<Self, PathError> {
        let mut path = String::with_capacity(text.len());
        let mut depth = 0;
        for name in text.split('/').filter(|name| !matches!(*name, "" | ".")) {
            depth += 1;
            if name.len() > MAX_NAME_BYTES || depth > MAX_DEPTH {
                return Err(PathError::TooLong);
            }
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(name);
        }
        if path.len() > MAX_PATH_BYTES {
            return Err(PathError::TooLong);
        }
        // Dropping a leading `./` may have laid this bare.
        if is_absolute_on_windows(&path) {
            return Err(PathError::Unsafe);
        }
        Ok(Self(path))
    }

    /// The path with `/` between names; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the root itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The names from the root down.
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|name| !name.is_empty())
    }

    /// The last name; empty for the root.
    pub fn name(&self) -> &str {
        self.split_name().1
    }

    /// The folder that holds this path; the root's parent is the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self(self.split_name().0.to_owned())
    }

    /// This path with another one below it. Fails only when the whole becomes too long.
    pub fn join(&self, below: &Self) -> Result<Self, PathError> {
        Self::normalize(&format!("{}/{}", self.0, below.0))
    }

    /// Whether any name on the way is kept for unfinished uploads.
    pub(crate) fn is_reserved(&self) -> bool {
        self.names().any(|name| name.starts_with(UPLOADING_PREFIX))
    }

    pub(crate) fn split_name(&self) -> (&str, &str) {
        self.0.rsplit_once('/').unwrap_or(("", &self.0))
    }
}

impl fmt::Display for ArtifactPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The decoded text, once it is known to name nothing above or beside the root.
fn safe_text(text: &str) -> Result<String, PathError> {
    if text.len() > 4 * MAX_PATH_BYTES {
        return Err(PathError::TooLong);
    }
    let text = decode::settle(text).ok_or(PathError::Unsafe)?;
    // A backslash is an honest character of a name on this side, but a client on Windows takes it for a separator.
    if text.split(['/', '\\']).any(|name| name == "..") || is_absolute_on_windows(&text) {
        return Err(PathError::Unsafe);
    }
    Ok(escape_controls(&text))
}

fn is_absolute_on_windows(text: &str) -> bool {
    match text.as_bytes() {
        [b'\\', ..] => true,
        [letter, b':', b'/' | b'\\', ..] => letter.is_ascii_alphabetic(),
        _ => false,
    }
}

/// Compat: MLflow spells control characters as `%xx` in the stored name.
fn escape_controls(text: &str) -> String {
    if !text.bytes().any(|b| b.is_ascii_control()) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if character.is_ascii_control() {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{:02x}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Quotes a name as MLflow's messages do: single quotes, unless the name holds one and no double quote.
fn quoted(name: &str) -> String {
    let escaped = name.replace('\\', "\\\\");
    if !name.contains('\'') {
        format!("'{escaped}'")
    } else if name.contains('"') {
        format!("'{}'", escaped.replace('\'', "\\'"))
    } else {
        format!("\"{escaped}\"")
    }
}
