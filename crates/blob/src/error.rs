//! What can go wrong in a store, sorted by what the caller can do about it.

use std::error::Error;
use std::io;

use crate::path::{ArtifactPath, PathError};

/// Any error, as it is handed on.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why a store did not do what it was asked. Every message is one plain sentence without secrets; the cause is in
/// `source`, for the log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// Nothing is stored at the path.
    #[error("No such artifact: '{path}'")]
    NotFound {
        /// The path, relative to the store's root.
        path: String,
    },
    /// The path is not one of this store.
    #[error(transparent)]
    InvalidPath(#[from] PathError),
    /// A file was asked for or written where a folder is.
    #[error("Artifact path refers to a directory, not a file: '{path}'")]
    IsDirectory {
        /// The path, relative to the store's root.
        path: String,
    },
    /// A file stands where a folder on the way would have to be.
    #[error("Artifact path '{path}' leads through a file.")]
    NotDirectory {
        /// The path, relative to the store's root.
        path: String,
    },
    /// No byte of the wanted range exists.
    #[error("The requested range lies outside the artifact's {size} bytes.")]
    Range {
        /// The whole file's size in bytes.
        size: u64,
    },
    /// The store has no room; nothing of the file is left in it.
    #[error("The artifact store is full.")]
    Full {
        /// What the system said.
        #[source]
        source: BoxError,
    },
    /// The store knows the path but does not let this server at it.
    #[error("The artifact store refuses access to '{path}'.")]
    Denied {
        /// The path, relative to the store's root.
        path: String,
        /// What the system said.
        #[source]
        source: BoxError,
    },
    /// The store cannot be reached now; the same call may succeed later.
    #[error("The artifact store is not reachable at the moment.")]
    Unavailable {
        /// What the system said.
        #[source]
        source: BoxError,
    },
    /// The source of an upload ended early or failed; nothing of the file is left in the store.
    #[error("The upload of '{path}' did not finish.")]
    Interrupted {
        /// The path, relative to the store's root.
        path: String,
        /// What the source of the upload said.
        #[source]
        source: BoxError,
    },
    /// The parts of an upload do not make a file.
    #[error("{0}")]
    Parts(String),
    /// The bucket or container does not exist.
    #[error("The artifact store {store} does not exist.")]
    NoStore {
        /// The store's location, without secrets.
        store: String,
    },
    /// The store cannot be opened with the settings that it was given.
    #[error("{0}")]
    Configuration(String),
    /// The store cannot do this.
    #[error("{0}")]
    Unsupported(String),
    /// Anything else.
    #[error("The artifact store failed at '{path}'.")]
    Other {
        /// The path, relative to the store's root.
        path: String,
        /// What the system said.
        #[source]
        source: BoxError,
    },
}

impl BlobError {
    /// The innermost cause in a few words, for whoever set the store up. Holds no secret: not the URL that was asked, and
    /// of an answer only the store's name for the error.
    pub fn reason(&self) -> Option<String> {
        let mut innermost = self.source()?;
        let mut code = error_code(&innermost.to_string());
        while let Some(source) = innermost.source() {
            innermost = source;
            code = code.or_else(|| error_code(&innermost.to_string()));
        }
        let text = innermost.to_string();
        let is_short = text.len() < 200 && !text.contains(['\n', '<']) && !text.contains("://");
        code.or_else(|| is_short.then_some(text))
    }

    pub(crate) fn not_found(path: &ArtifactPath) -> Self {
        Self::NotFound { path: path.to_string() }
    }

    /// Sorts a file system's error.
    pub(crate) fn from_io(error: io::Error, path: &ArtifactPath) -> Self {
        use io::ErrorKind as Kind;
        let name = path.to_string();
        // Leaving the root is reported as a refusal that no system call made.
        let escape = error.kind() == Kind::PermissionDenied && error.raw_os_error().is_none();
        let link_loop = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
        if escape || link_loop {
            return PathError::Outside.into();
        }
        match error.kind() {
            Kind::NotFound => Self::NotFound { path: name },
            Kind::IsADirectory => Self::IsDirectory { path: name },
            Kind::NotADirectory => Self::NotDirectory { path: name },
            Kind::InvalidFilename => PathError::TooLong.into(),
            Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => {
                Self::Full { source: error.into() }
            }
            Kind::PermissionDenied | Kind::ReadOnlyFilesystem => {
                Self::Denied { path: name, source: error.into() }
            }
            Kind::StaleNetworkFileHandle | Kind::TimedOut | Kind::ResourceBusy => {
                Self::Unavailable { source: error.into() }
            }
            _ if is_exhaustion(&error) => Self::Unavailable { source: error.into() },
            _ => Self::Other { path: name, source: error.into() },
        }
    }
}

/// Too many open files: passes once other transfers end.
fn is_exhaustion(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let codes = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
}

/// The name in a cloud's answer in XML: `<Code>AuthenticationFailed</Code>`.
fn error_code(answer: &str) -> Option<String> {
    let (_, rest) = answer.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_name = code.len() < 100 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_name.then(|| code.to_owned())
}
