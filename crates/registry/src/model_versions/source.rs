//! Where a new version may come from. A source is text of the caller's choice, and what is behind
//! it can be read through the registry later: so it must lie where the caller's run or logged model
//! lies, or where this server has nothing to protect.

use std::path::{Component, Path, PathBuf};

use app::{ApiError, App, Caller, Unit};
use percent_encoding::percent_decode_str;
use tracking::logged_models::store_versions::{self as logged_models, Origin};
use tracking::runs::store as runs;

use super::stage::Stage;
use super::store as versions;
use crate::aliases::store as aliases;
use crate::registered_models::store as models;

/// What a request says of a version's origin.
#[derive(Clone, Debug, Default)]
pub(super) struct Claim {
    pub source: String,
    pub run_id: Option<String>,
    pub model_id: Option<String>,
}

/// An origin that was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Checked {
    pub source: String,
    pub storage_location: String,
    pub run_id: String,
    pub model_id: Option<String>,
}

fn invalid(source: &str, why: &str) -> ApiError {
    ApiError::invalid(format!("Invalid model version source: '{source}'. {why}"))
}

/// `owner` is the parameter that has to name what holds the source.
fn not_contained(source: &str, owner: &str) -> ApiError {
    let why = format!(
        "The {owner} request parameter must identify the resource that contains the source."
    );
    invalid(source, &why)
}

/// The parts of a URI that matter here.
struct Parts<'u> {
    /// In lower case; empty if there is none.
    scheme: String,
    host: &'u str,
    /// Without query and fragment.
    path: &'u str,
}

fn parts(uri: &str) -> Parts<'_> {
    let is_scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let (scheme, rest) = match uri.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_ascii_lowercase(), rest),
        _ => (String::new(), uri),
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    match rest.strip_prefix("//") {
        Some(rest) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            Parts { scheme, host, path }
        }
        None => Parts { scheme, host: "", path: rest },
    }
}

/// What a `models:` URI names.
#[derive(Debug, PartialEq, Eq)]
enum Model<'u> {
    Logged(&'u str),
    Version(&'u str, i64),
    Latest(&'u str),
    Stage(&'u str, &'u str),
    Alias(&'u str, &'u str),
}

/// The logged model that a source is (`models:/<model id>`), if it is one.
pub(super) fn logged_model(source: &str) -> Option<&str> {
    match model(of_models(source)?)? {
        Model::Logged(id) => Some(id),
        _ => None,
    }
}

/// The registered model that a source is a version of (`models:/<name>/<version>`), if it is one.
pub(super) fn registered_model(source: &str) -> Option<&str> {
    match model(of_models(source)?)? {
        Model::Logged(_) => None,
        Model::Version(name, _)
        | Model::Latest(name)
        | Model::Stage(name, _)
        | Model::Alias(name, _) => Some(name),
    }
}

/// The path of a source with the scheme `models`.
fn of_models(source: &str) -> Option<&str> {
    let parts = parts(source);
    (parts.scheme == "models").then_some(parts.path)
}

fn model(path: &str) -> Option<Model<'_>> {
    let path = path.strip_prefix('/')?.trim_start_matches('/');
    let mut segments = path.split('/');
    let (name, suffix) = (segments.next()?, segments.next());
    if name.trim().is_empty() || segments.next().is_some() {
        return None;
    }
    match suffix {
        Some(suffix) if suffix.trim().is_empty() => None,
        Some(suffix) if suffix.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(Model::Version(name, filter::whole_number(suffix)?))
        }
        Some(suffix) if suffix.eq_ignore_ascii_case("latest") => Some(Model::Latest(name)),
        Some(stage) => Some(Model::Stage(name, stage)),
        None => match name.rsplit_once('@') {
            Some((_, alias)) if alias.trim().is_empty() => None,
            Some((name, alias)) => Some(Model::Alias(name, alias)),
            None => Some(Model::Logged(name)),
        },
    }
}

/// Checks what a request says of a version's origin, and fills in what it leaves out.
///
/// # Errors
/// When the source lies where the caller has not shown to have a right to, in MLflow's words.
pub(super) async fn check(app: &App, caller: &Caller, claim: Claim) -> Result<Checked, ApiError> {
    let parts = parts(&claim.source);
    let mut checked = Checked {
        source: claim.source.clone(),
        storage_location: claim.source.clone(),
        run_id: claim.run_id.clone().unwrap_or_default(),
        model_id: claim.model_id.clone().filter(|id| !id.is_empty()),
    };
    let mut logged = None;
    if parts.scheme == "models" {
        if !parts.host.is_empty() {
            let why = "Registered model sources must use the active model registry.";
            return Err(invalid(&claim.source, why));
        }
        match model(parts.path).ok_or_else(|| not_contained(&claim.source, "model_id"))? {
            Model::Logged(id) => logged = Some(id),
            other => of_version(app, caller, &claim, other, &mut checked).await?,
        }
    }
    let owner = if checked.model_id.is_some() { "model_id" } else { "run_id" };
    let origin = match &checked.model_id {
        Some(model_id) => origin(app, caller, model_id.clone()).await?,
        None => None,
    };
    match (parts.scheme.as_str(), logged) {
        ("" | "file", _) => {
            check_local(app, caller, &claim.source, &checked, origin.as_ref()).await?;
        }
        _ if !is_plain(&claim.source) => return Err(relative(&claim.source)),
        (_, Some(id)) if checked.model_id.as_deref() != Some(id) || origin.is_none() => {
            return Err(not_contained(&claim.source, "model_id"));
        }
        ("runs", _) => {
            let named = parts.path.trim_start_matches('/').split('/').next().unwrap_or_default();
            let own = parts.host.is_empty() && !named.is_empty() && named == checked.run_id;
            if owner == "model_id" || !own {
                return Err(not_contained(&claim.source, owner));
            }
        }
        _ if is_proxied(&claim.source) => {
            let root = root_of(app, caller, &checked, origin.as_ref()).await?;
            if !root.is_some_and(|root| is_below(&claim.source, &root)) {
                return Err(not_contained(&claim.source, owner));
            }
        }
        _ => {}
    }
    if let Some(model_id) = &checked.model_id {
        let missing = || ApiError::missing(format!("Logged model with ID '{model_id}' not found."));
        let origin = origin.ok_or_else(missing)?;
        if checked.run_id.is_empty() {
            checked.run_id = origin.source_run_id;
        }
        if logged.is_some() {
            checked.storage_location = origin.artifact_location;
        }
    }
    Ok(checked)
}

async fn origin(app: &App, caller: &Caller, model_id: String) -> Result<Option<Origin>, ApiError> {
    app.read(caller, logged_models::origin, (model_id,)).await
}

/// Follows a source that is another version: a copy.
async fn of_version(
    app: &App,
    caller: &Caller,
    claim: &Claim,
    source: Model<'_>,
    checked: &mut Checked,
) -> Result<(), ApiError> {
    let (name, pick) = match source {
        Model::Version(name, version) => (name, Pick::Number(version)),
        Model::Latest(name) => (name, Pick::Latest),
        Model::Stage(name, stage) => (name, Pick::Stage(Stage::named(stage))),
        Model::Alias(name, alias) => (name, Pick::Alias(alias.to_owned())),
        Model::Logged(_) => return Ok(()),
    };
    let found =
        app.registry.read(caller, original, (name.to_owned(), pick, claim.source.clone())).await?;
    let differs =
        |given: &Option<String>, found: &str| given.as_ref().is_some_and(|given| given != found);
    let run_id = found.run_id.unwrap_or_default();
    if differs(&claim.run_id, &run_id) || differs(&claim.model_id, "") {
        let why = "The run_id and model_id request parameters must match the referenced model \
                   version.";
        return Err(invalid(&claim.source, why));
    }
    checked.source = format!("models:/{name}/{}", found.version);
    checked.storage_location = found.location;
    checked.run_id = run_id;
    Ok(())
}

/// Which version of a model is meant.
enum Pick {
    Number(i64),
    Latest,
    Stage(Result<Stage, ApiError>),
    Alias(String),
}

app::lend!(Pick);

struct Original {
    version: i64,
    run_id: Option<String>,
    location: String,
}

async fn original(
    tx: &mut Unit<'_>,
    name: &str,
    pick: &Pick,
    source: &str,
) -> Result<Original, ApiError> {
    if models::is_prompt(tx, name).await? {
        let why = "Prompt versions cannot be used as model version sources.";
        return Err(invalid(source, why));
    }
    let none =
        |of: &str| ApiError::missing(format!("No versions of model with name '{name}'{of} found"));
    let version = match pick {
        Pick::Number(version) => *version,
        Pick::Alias(alias) => aliases::version(tx, name, alias).await?.version.parse().unwrap_or(0),
        Pick::Latest => versions::highest(tx, name).await?.ok_or_else(|| none(""))?,
        Pick::Stage(stage) => {
            let stage = match stage {
                Ok(stage) => stage.name(),
                Err(error) => return Err(ApiError::new(error.code, &error.message)),
            };
            let latest = versions::latest(tx, &[name.to_owned()]).await?;
            let mut at_stage = latest.iter().filter(|v| v.current_stage.as_deref() == Some(stage));
            let version = at_stage.next().and_then(|version| version.version.parse().ok());
            version.ok_or_else(|| none(&format!(" and stage '{stage}'")))?
        }
    };
    let found = versions::get(tx, name, version).await?;
    let location = versions::download_uri(tx, name, version).await?;
    Ok(Original { version, run_id: found.run_id, location })
}

/// The root of the artifacts of the logged model or the run that a request names, if it is there.
async fn root_of(
    app: &App,
    caller: &Caller,
    checked: &Checked,
    origin: Option<&Origin>,
) -> Result<Option<String>, ApiError> {
    if checked.model_id.is_some() {
        return Ok(origin.map(|origin| origin.artifact_location.clone()));
    }
    if checked.run_id.is_empty() {
        return Ok(None);
    }
    let run = app.read(caller, runs::find_run, (checked.run_id.clone(),)).await?;
    Ok(run.map(|run| run.artifact_uri))
}

/// Refuses a folder of this machine that is not among the artifacts of the named run or model.
async fn check_local(
    app: &App,
    caller: &Caller,
    source: &str,
    checked: &Checked,
    origin: Option<&Origin>,
) -> Result<(), ApiError> {
    let (owner, given) = match &checked.model_id {
        Some(_) => ("model_id", true),
        None => ("run_id", !checked.run_id.is_empty()),
    };
    let root = root_of(app, caller, checked, origin).await?;
    if given && root.is_none() {
        return Err(not_contained(source, owner));
    }
    let root = root.filter(|root| matches!(parts(root).scheme.as_str(), "" | "file"));
    let folder = root.and_then(|root| real_path(&root));
    let inside = folder.zip(real_path(source)).is_some_and(|(root, path)| path.starts_with(root));
    if inside {
        return Ok(());
    }
    let why = format!(
        "To use a local path as a model version source, the {owner} request parameter has to be \
         specified and the local path has to be contained within the artifact directory of the run \
         specified by the {owner}."
    );
    Err(invalid(source, &why))
}

/// The folder that a local location is, links followed as far as it exists.
fn real_path(uri: &str) -> Option<PathBuf> {
    let path = if parts(uri).scheme == "file" { parts(uri).path } else { uri };
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let path = std::path::absolute(Path::new(path.as_ref())).ok()?;
    let existing = path.ancestors().find(|ancestor| ancestor.exists())?;
    let missing = path.strip_prefix(existing).ok()?;
    // Behind what does not exist, `..` may lead anywhere.
    if missing.components().any(|component| component == Component::ParentDir) {
        return None;
    }
    Some(existing.canonicalize().ok()?.join(missing))
}

fn relative(source: &str) -> ApiError {
    let why = "If supplying a source as an http, https, local file path, ftp, objectstore, or \
               mlflow-artifacts uri, an absolute path must be provided without relative path \
               references present. Please provide an absolute path.";
    invalid(source, why)
}

/// Whether the path of a source is absolute and means itself, however often it is decoded.
fn is_plain(source: &str) -> bool {
    let mut decoded = source.to_owned();
    loop {
        let spaced = decoded.replace('+', " ");
        let next = percent_decode_str(&spaced).decode_utf8_lossy().into_owned();
        if next == decoded {
            break;
        }
        decoded = next;
    }
    let path = parts(&decoded).path.trim_end_matches('/');
    let is_absolute = path.starts_with('/');
    let is_normal = path.split('/').all(|segment| segment != ".");
    is_absolute && is_normal && !path.contains('\0') && decoded.split('/').all(|part| part != "..")
}

/// Whether a source is behind an artifact proxy, be it this server's or another's.
fn is_proxied(source: &str) -> bool {
    let parts = parts(source);
    let path: Vec<String> = segments(parts.path);
    let route = ["api", "2.0", "mlflow-artifacts", "artifacts"];
    match parts.scheme.as_str() {
        "mlflow-artifacts" => true,
        "http" | "https" => path.windows(route.len()).any(|window| window == route),
        _ => false,
    }
}

/// Whether a location is `root` or lies below it.
fn is_below(location: &str, root: &str) -> bool {
    let (location, root) = (parts(location), parts(root));
    let (path, root_path) = (segments(location.path), segments(root.path));
    location.scheme == root.scheme
        && location.host.eq_ignore_ascii_case(root.host)
        && !root_path.is_empty()
        && path.starts_with(&root_path)
}

fn segments(path: &str) -> Vec<String> {
    let decode = |segment: &str| {
        let mut decoded = segment.to_owned();
        loop {
            let next = percent_decode_str(&decoded).decode_utf8_lossy().into_owned();
            if next == decoded {
                return decoded;
            }
            decoded = next;
        }
    };
    path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_named_in_five_ways() {
        assert_eq!(model("/m-1"), Some(Model::Logged("m-1")));
        assert_eq!(model("/m/3"), Some(Model::Version("m", 3)));
        assert_eq!(model("/m/Latest"), Some(Model::Latest("m")));
        assert_eq!(model("/m/staging"), Some(Model::Stage("m", "staging")));
        assert_eq!(model("/m@a@b"), Some(Model::Alias("m@a", "b")));
        for path in ["", "/", "m/1", "/m/1/x", "/m/ ", "/m@", "/ /1"] {
            assert_eq!(model(path), None, "{path}");
        }
    }

    #[test]
    fn paths_that_lead_elsewhere_are_not_plain() {
        for source in [
            "s3://b/x",
            "dbfs:/x",
            "s3:/b//x",
            "s3://b/x y",
            "s3://b/a+b",
            "s3://b/x#f",
            "s3://b/x?y=../z",
            "models:/m/1",
            "runs:/r/model",
        ] {
            assert!(is_plain(source), "{source}");
        }
        for source in [
            "s3://b/../x",
            "s3://b/%2e%2e/x",
            "s3://b/%252e%252e/x",
            "s3://b/x%00",
            "s3://b/./x",
            "s3://b/x/.",
            "s3://b",
            "gs://x/",
            "dbfs:x",
        ] {
            assert!(!is_plain(source), "{source}");
        }
    }

    #[test]
    fn proxied_sources_belong_to_their_root() {
        let root = "mlflow-artifacts:/1/run/artifacts";
        assert!(is_below("mlflow-artifacts:/1/run/artifacts/model", root));
        assert!(is_below("mlflow-artifacts:/1/run/artif%61cts", root));
        for source in [
            "mlflow-artifacts:/1/run/artifactsx",
            "mlflow-artifacts:/1/other/artifacts",
            "mlflow-artifacts://host/1/run/artifacts",
            "s3://1/run/artifacts",
        ] {
            assert!(!is_below(source, root), "{source}");
        }
        assert!(is_proxied("https://h/x/api/2.0/mlflow-artifacts/artifacts/1"));
        assert!(!is_proxied("https://h/api/2.0/x"));
    }

    #[test]
    fn links_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("real")).unwrap();
        std::os::unix::fs::symlink("/etc", root.join("real/out")).unwrap();
        let path = |below: &str| real_path(&root.join(below).to_string_lossy());
        assert_eq!(path("real/new/file"), Some(root.join("real/new/file")));
        assert_eq!(path("real/out/x"), Some(PathBuf::from("/etc/x")));
        assert_eq!(path("real/none/../../x"), None);
    }
}
