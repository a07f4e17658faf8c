//! A web page that was built elsewhere, from a folder. Its names are read once, when the server
//! starts: a path that is not among them is not looked for, so none can lead out of the folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use tokio::sync::OnceCell;

use super::UiError;
use super::asset::{Asset, Caching};

/// Folders within folders at most; a link that leads back to itself ends here.
const DEPTH: usize = 16;

/// The files of a page, by their paths below the folder.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    files: HashMap<String, Entry>,
}

/// A file, read and packed when it is first asked for.
#[derive(Debug)]
struct Entry {
    path: PathBuf,
    asset: Arc<OnceCell<Asset>>,
}

impl Folder {
    pub fn scan(root: &Path) -> Result<Self, UiError> {
        let mut files = HashMap::new();
        collect(root, String::new(), DEPTH, &mut files)
            .map_err(|error| UiError::Unreadable { path: root.to_owned(), error })?;
        Ok(Self { root: root.to_owned(), files })
    }

    pub fn index(&self) -> Result<Vec<u8>, UiError> {
        let entry =
            self.files.get("index.html").ok_or_else(|| UiError::NoIndex(self.root.clone()))?;
        let path = &entry.path;
        std::fs::read(path).map_err(|error| UiError::Unreadable { path: path.clone(), error })
    }

    /// A file of the page, by its path as a browser writes it.
    pub async fn find(&self, name: &str) -> Option<Asset> {
        let name = percent_decode_str(name).decode_utf8().ok()?;
        let entry = self.files.get(name.as_ref())?;
        let read = || async {
            let (path, name) = (entry.path.clone(), name.clone().into_owned());
            let work =
                move || std::fs::read(path).map(|raw| Asset::new(&name, raw, Caching::Weeks));
            tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
        };
        match entry.asset.get_or_try_init(read).await {
            Ok(asset) => Some(asset.clone()),
            Err(error) => {
                tracing::warn!(path = %entry.path.display(), %error, "a file cannot be read");
                None
            }
        }
    }
}

fn collect(
    folder: &Path,
    before: String,
    depth: usize,
    files: &mut HashMap<String, Entry>,
) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().map(|name| format!("{before}{name}")) else {
            continue;
        };
        let path = entry.path();
        if path.is_dir() && depth > 0 {
            collect(&path, format!("{name}/"), depth - 1, files)?;
        } else if path.is_file() {
            files.insert(name, Entry { path, asset: Arc::default() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_of_the_folder_are_found_and_no_others() {
        let root = tempfile::tempdir().unwrap();
        let page = root.path().join("page");
        std::fs::create_dir_all(page.join("static/js")).unwrap();
        std::fs::write(root.path().join("secret.txt"), "secret").unwrap();
        std::fs::write(page.join("index.html"), "<html>").unwrap();
        std::fs::write(page.join("static/js/main a.js"), "1").unwrap();
        let folder = Folder::scan(&page).unwrap();
        assert_eq!(folder.index().unwrap(), b"<html>");
        let script = folder.find("static/js/main%20a.js").await.unwrap();
        assert_eq!(script.raw, "1".as_bytes());
        for path in ["../secret.txt", "%2e%2e/secret.txt", "static/../../secret.txt", "static", ""]
        {
            assert!(folder.find(path).await.is_none(), "{path}");
        }
    }

    #[test]
    fn a_folder_that_is_no_page_is_said_so() {
        let root = tempfile::tempdir().unwrap();
        let error = Folder::scan(root.path()).unwrap().index().unwrap_err().to_string();
        assert!(error.contains("contains no index.html"), "{error}");
        let error = Folder::scan(&root.path().join("gone")).unwrap_err().to_string();
        assert!(error.contains("cannot be read"), "{error}");
    }
}
