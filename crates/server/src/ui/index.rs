//! The page itself. It names its files and asks for its data relative to a base address, which it
//! learns with every answer: a proxy may serve this server below any path of its own and take that
//! path away, so only the browser knows the whole address. What the server knows is how deep below
//! the page's root the address lies.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::asset::{Asset, Caching};

const NAME: &str = "index.html";

/// A built page, cut where its base address stands.
#[derive(Debug)]
pub struct Index {
    /// Up to and after the value of the base; without a base, all is before.
    before: String,
    after: Option<String>,
    /// What a policy calls the scripts that stand in the page: `'sha256-…'`.
    pub scripts: Vec<String>,
}

impl Index {
    pub fn new(page: &str) -> Self {
        const OPEN: &str = "<base href=\"";
        let scripts = inline_scripts(page).map(fingerprint).collect();
        let cut = page.split_once(OPEN).and_then(|(before, rest)| {
            let (_, after) = rest.split_once('"')?;
            Some((format!("{before}{OPEN}"), after.to_owned()))
        });
        match cut {
            Some((before, after)) => Self { before, after: Some(after), scripts },
            None => Self { before: page.to_owned(), after: None, scripts },
        }
    }

    /// Whether the page's own paths are in the address bar, so that any of them may be asked for.
    pub fn has_places(&self) -> bool {
        self.after.is_some()
    }

    /// The page as it is at a path below the server's root. The base is relative, so that it holds
    /// below any prefix; the path goes with it, because a browser may have asked for another spelling
    /// of it (`/mlflow` for `/mlflow/`, or an encoded slash), which the page's first script mends.
    pub fn at(&self, path: &str) -> Asset {
        let text = match &self.after {
            None => self.before.clone(),
            Some(after) => {
                let path = escaped(path);
                format!("{}{}\" data-path=\"{path}\"{after}", self.before, to_root(&path))
            }
        };
        Asset::new(NAME, text.into_bytes(), Caching::Revalidate)
    }
}

/// The way from a path to the root: `./` from `/x`, `../../` from `/x/y/z`.
fn to_root(path: &str) -> String {
    match path.matches('/').count() {
        0 | 1 => "./".to_owned(),
        slashes => "../".repeat(slashes - 1),
    }
}

fn escaped(path: &str) -> String {
    path.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The texts of all scripts that name no file.
fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script>").skip(1).filter_map(|rest| Some(rest.split_once("</script>")?.0))
}

fn fingerprint(script: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(script)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(index: &Index, path: &str) -> String {
        String::from_utf8(index.at(path).raw.to_vec()).unwrap()
    }

    #[test]
    fn the_base_leads_back_to_the_root_from_every_depth() {
        let index = Index::new(r#"<head><base href="/" /></head>"#);
        for (path, base) in [
            ("/", "./"),
            ("/experiments", "./"),
            ("/experiments/0", "../"),
            ("/experiments/0/", "../../"),
            ("/models/a%2Fb/versions/1", "../../../"),
        ] {
            let page = format!(r#"<head><base href="{base}" data-path="{path}" /></head>"#);
            assert_eq!(at(&index, path), page);
        }
    }

    #[test]
    fn a_path_is_text_in_the_page() {
        let index = Index::new(r#"<base href="/" />"#);
        let page = at(&index, r#"/"><script>&"#);
        assert_eq!(page, r#"<base href="./" data-path="/&quot;&gt;&lt;script&gt;&amp;" />"#);
    }

    #[test]
    fn a_page_without_a_base_stays_as_it_is() {
        let index = Index::new("<head></head>");
        assert!(!index.has_places());
        assert_eq!(at(&index, "/x/y"), "<head></head>");
    }

    #[test]
    fn scripts_in_the_page_have_names_for_its_policy() {
        let page = r#"<script>let a = 1</script><script src="b.js"></script>"#;
        // echo -n 'let a = 1' | openssl dgst -sha256 -binary | base64
        let name = "'sha256-LAfYd7pbFUgwfQu8b4q135PeTG2z+/coPEUYCd74eCQ='";
        assert_eq!(Index::new(page).scripts, [name]);
    }
}
