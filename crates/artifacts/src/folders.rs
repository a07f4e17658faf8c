//! Which folders of the server's machine may be served, whatever a stored location says.
//!
//! A location comes from whoever created the experiment; without this rule it would open any
//! folder of the machine to any client.

use std::path::{Component, Path, PathBuf};

use blob::{ArtifactPath, BlobError, Location, Settings, Store};

/// The folders that may be served, each with the store that is rooted there.
#[derive(Debug, Default)]
pub(crate) struct Folders(Vec<Folder>);

#[derive(Debug)]
struct Folder {
    /// Absolute, without `.` and `..`.
    path: PathBuf,
    store: Store,
}

impl Folders {
    /// Adds a folder, under its name and, if it is reached through links, under its real one.
    pub(crate) fn add(&mut self, root: &Path, settings: &Settings) -> Result<(), BlobError> {
        let store = Store::open(&Location::Local { root: root.to_owned() }, settings)?;
        let names = [normal(root), std::fs::canonicalize(root).ok()];
        for path in names.into_iter().flatten() {
            if !self.0.iter().any(|folder| folder.path == path) {
                self.0.push(Folder { path, store: store.clone() });
            }
        }
        // The innermost folder is to be found first.
        self.0.sort_by_key(|folder| std::cmp::Reverse(folder.path.components().count()));
        Ok(())
    }

    /// The stores of all folders.
    pub(crate) fn stores(&self) -> impl Iterator<Item = &Store> {
        self.0.iter().map(|folder| &folder.store)
    }

    /// The store of a folder that is one of these or lies below one; `None` for any other.
    ///
    /// It is opened from the folder of this list, so that no link below that one leads out of it.
    pub(crate) fn find(&self, root: &Path) -> Option<Store> {
        let root = normal(root)?;
        let found = self.0.iter().find(|folder| root.starts_with(&folder.path))?;
        let below = root.strip_prefix(&found.path).ok()?.to_str()?;
        let path = ArtifactPath::parse(below).ok()?;
        // A name that would be read as another one is no name of ours.
        if path.as_str() == below { found.store.scoped(&path).ok() } else { None }
    }
}

/// The absolute path with `.` and `..` resolved by name alone; `None` if it climbs above `/`.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in std::path::absolute(path).ok()?.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            other => normal.push(other),
        }
    }
    Some(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(roots: &[&Path]) -> Folders {
        let mut folders = Folders::default();
        for root in roots {
            folders.add(root, &Settings::default()).unwrap();
        }
        folders
    }

    #[test]
    fn only_what_lies_below_is_found() {
        let folders = folders(&[Path::new("/srv/art"), Path::new("/srv/art/own/deep")]);
        for path in
            ["/srv/art", "/srv/art/", "/srv/art/1/r/artifacts", "/srv/./art/x", "/x/../srv/art"]
        {
            assert!(folders.find(Path::new(path)).is_some(), "{path}");
        }
        for path in [
            "/",
            "/srv",
            "/srv/artx",
            "/srv/art/..",
            "/srv/art/../../etc",
            "/etc",
            "art",
            "",
            "/../srv/art/../x",
        ] {
            assert!(folders.find(Path::new(path)).is_none(), "{path}");
        }
    }

    #[test]
    fn names_that_a_path_would_change_are_not_found() {
        let folders = folders(&[Path::new("/srv/art")]);
        for path in ["/srv/art/a%20b", "/srv/art/a#", "/srv/art/..%2f..%2fetc"] {
            assert!(folders.find(Path::new(path)).is_none(), "{path}");
        }
    }

    #[test]
    fn a_relative_folder_is_one_of_the_working_directory() {
        let folders = folders(&[Path::new("./mlruns")]);
        let here = std::env::current_dir().unwrap();
        assert!(folders.find(&here.join("mlruns/0")).is_some());
        assert!(folders.find(Path::new("mlruns/0")).is_some());
        assert!(folders.find(&here).is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_behind_a_link_is_found_under_both_names() {
        let outer = tempfile::tempdir().unwrap();
        let real = outer.path().canonicalize().unwrap().join("real");
        std::fs::create_dir(&real).unwrap();
        let link = outer.path().join("link");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let folders = folders(&[&link]);
        assert!(folders.find(&link.join("x")).is_some());
        assert!(folders.find(&real.join("x")).is_some());
    }
}
