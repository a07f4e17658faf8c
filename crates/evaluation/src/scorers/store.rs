//! The SQL of scorers, their versions and their online configurations.

use std::collections::HashMap;

use app::{ApiError, Unit};
use db::{DbError, Row, Value};
use tracking::experiments::store::active_experiment;

use super::serialized;
use super::wire::{OnlineConfig, Scorer};
use python::Json;

/// What a new version of a scorer is made of.
#[derive(Clone, Debug)]
pub struct NewScorer {
    pub experiment_id: i64,
    pub name: String,
    /// A fresh id, in case that the experiment has no scorer of this name.
    pub scorer_id: String,
    pub scorer: Json,
    /// The scorer as the client wrote it.
    pub text: String,
    /// Milliseconds since 1970.
    pub now: i64,
}

app::lend!(NewScorer);

/// A scorer, and perhaps one of its versions.
#[derive(Clone, Debug)]
pub struct ByName {
    pub experiment_id: i64,
    pub name: String,
    pub version: Option<i64>,
}

app::lend!(ByName);

/// Whose scorers to list.
#[derive(Clone, Debug)]
pub enum ListScope {
    /// Those of an experiment, which must be active.
    One(i64),
    /// Those of the active ones among these experiments.
    Some(Vec<i64>),
    /// Those of all active experiments.
    All,
}

app::lend!(ListScope);

fn not_found(which: &ByName) -> ApiError {
    let version = which.version.map(|v| format!(" and version {v}")).unwrap_or_default();
    ApiError::missing(format!(
        "Scorer with name '{}'{version} not found for experiment {}.",
        which.name, which.experiment_id
    ))
}

pub async fn register(tx: &mut Unit<'_>, new: &NewScorer) -> Result<Scorer, ApiError> {
    active_experiment(tx, new.experiment_id).await?;
    serialized::check_model(&new.scorer)?;
    let endpoint = match serialized::endpoint(&new.scorer) {
        Some(name) => Some((endpoint_id(tx, &name).await?, name)),
        None => None,
    };
    let stored = match &endpoint {
        Some((id, _)) => serialized::with_endpoint(&new.scorer, Some(id)).dump(),
        None => new.text.clone(),
    };
    // The update changes nothing; it makes calls for the same scorer wait for each other.
    let scorer_id: String = tx
        .query_one(
            "INSERT INTO scorers (experiment_id, scorer_name, scorer_id) VALUES ($1, $2, $3) \
             ON CONFLICT (experiment_id, scorer_name) DO UPDATE \
             SET scorer_name = excluded.scorer_name RETURNING scorer_id",
            &[new.experiment_id.into(), (&new.name).into(), (&new.scorer_id).into()],
            |row| row.get(0),
        )
        .await?;
    let scorer_version = tx
        .query_one(
            "INSERT INTO scorer_versions (scorer_id, scorer_version, serialized_scorer, \
             creation_time) VALUES ($1::text, (SELECT COALESCE(MAX(scorer_version), 0) + 1 \
             FROM scorer_versions WHERE scorer_id = $1::text), $2, $3) RETURNING scorer_version",
            &[(&scorer_id).into(), (&stored).into(), new.now.into()],
            |row| row.get(0),
        )
        .await?;
    if let Some((endpoint_id, _)) = &endpoint {
        bind_endpoint(tx, endpoint_id, &scorer_id, new).await?;
    }
    let shown = endpoint.map(|(_, name)| serialized::with_endpoint(&new.scorer, Some(&name)));
    Ok(Scorer {
        experiment_id: new.experiment_id,
        scorer_name: new.name.clone(),
        scorer_version,
        serialized_scorer: shown.map_or_else(|| new.text.clone(), |scorer| scorer.dump()),
        creation_time: new.now,
        scorer_id,
    })
}

async fn endpoint_id(tx: &mut Unit<'_>, name: &str) -> Result<String, ApiError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT endpoint_id FROM endpoints WHERE name = $1 AND workspace = $2",
            &[name.into(), workspace.into()],
            |row| row.get(0),
        )
        .await?;
    found.ok_or_else(|| ApiError::missing(format!("GatewayEndpoint not found (name='{name}')")))
}

/// Notes that a scorer uses an endpoint, instead of the one that it used before.
async fn bind_endpoint(
    tx: &mut Unit<'_>,
    endpoint_id: &str,
    scorer_id: &str,
    new: &NewScorer,
) -> Result<(), DbError> {
    unbind_endpoints(tx, scorer_id).await?;
    tx.execute(
        "INSERT INTO endpoint_bindings (endpoint_id, resource_type, resource_id, display_name, \
         created_at, last_updated_at) VALUES ($1, 'scorer', $2, $3, $4, $4)",
        &[endpoint_id.into(), scorer_id.into(), (&new.name).into(), new.now.into()],
    )
    .await?;
    Ok(())
}

async fn unbind_endpoints(tx: &mut Unit<'_>, scorer_id: &str) -> Result<(), DbError> {
    tx.execute(
        "DELETE FROM endpoint_bindings WHERE resource_type = 'scorer' AND resource_id = $1",
        &[scorer_id.into()],
    )
    .await?;
    Ok(())
}

fn read_scorer(row: Row<'_>) -> Result<Scorer, DbError> {
    Ok(Scorer {
        experiment_id: row.get(0)?,
        scorer_name: row.get(1)?,
        scorer_version: row.get(2)?,
        serialized_scorer: row.get(3)?,
        creation_time: row.get::<Option<i64>>(4)?.unwrap_or_default(),
        scorer_id: row.get(5)?,
    })
}

/// Shows the gateway's endpoints by their names. One that was deleted leaves no model.
async fn name_endpoints(tx: &mut Unit<'_>, scorers: &mut [Scorer]) -> Result<(), DbError> {
    let workspace = tx.workspace();
    let mut asking = Vec::new();
    for (index, scorer) in scorers.iter().enumerate() {
        // Most scorers ask no gateway: only those that seem to are read.
        if scorer.serialized_scorer.contains("gateway:")
            && let Ok(json) = Json::parse(&scorer.serialized_scorer)
            && let Some(endpoint_id) = serialized::endpoint(&json)
        {
            asking.push((index, json, endpoint_id));
        }
    }
    if asking.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = asking.iter().map(|(.., id)| id.as_str()).collect();
    let names: HashMap<String, String> = tx
        .query(
            "SELECT endpoint_id, name FROM endpoints WHERE endpoint_id = ANY($1) \
             AND workspace = $2 AND name IS NOT NULL",
            &[ids.into(), workspace.into()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .await?
        .into_iter()
        .collect();
    for (index, json, endpoint_id) in asking {
        let name = names.get(&endpoint_id).map(String::as_str);
        scorers[index].serialized_scorer = serialized::with_endpoint(&json, name).dump();
    }
    Ok(())
}

/// The latest version of each scorer, by experiment and name.
pub async fn list(tx: &mut Unit<'_>, scope: &ListScope) -> Result<Vec<Scorer>, ApiError> {
    let workspace = tx.workspace();
    let (only, ids) = match scope {
        ListScope::One(id) => {
            active_experiment(tx, *id).await?;
            (true, vec![*id])
        }
        ListScope::Some(ids) => (true, ids.clone()),
        ListScope::All => (false, Vec::new()),
    };
    let mut scorers = tx
        .query(
            "SELECT s.experiment_id, s.scorer_name, v.scorer_version, v.serialized_scorer, \
             v.creation_time, s.scorer_id FROM scorers s \
             JOIN experiments e ON e.experiment_id = s.experiment_id \
             AND e.lifecycle_stage = 'active' AND e.workspace = $3 \
             JOIN scorer_versions v ON v.scorer_id = s.scorer_id AND v.scorer_version = \
             (SELECT MAX(m.scorer_version) FROM scorer_versions m WHERE m.scorer_id = s.scorer_id) \
             WHERE ($1 = 0 OR s.experiment_id::bigint = ANY($2)) \
             ORDER BY s.experiment_id, s.scorer_name",
            &[i64::from(only).into(), ids.into(), workspace.into()],
            read_scorer,
        )
        .await?;
    name_endpoints(tx, &mut scorers).await?;
    Ok(scorers)
}

/// All versions of a scorer, or the one that is asked for; none is an error.
async fn find(tx: &mut Unit<'_>, which: &ByName) -> Result<Vec<Scorer>, ApiError> {
    active_experiment(tx, which.experiment_id).await?;
    let mut scorers = tx
        .query(
            "SELECT s.experiment_id, s.scorer_name, v.scorer_version, v.serialized_scorer, \
             v.creation_time, s.scorer_id FROM scorers s \
             LEFT JOIN scorer_versions v ON v.scorer_id = s.scorer_id \
             AND ($3::bigint IS NULL OR v.scorer_version = $3) \
             WHERE s.experiment_id = $1 AND s.scorer_name = $2 ORDER BY v.scorer_version",
            &[which.experiment_id.into(), (&which.name).into(), which.version.into()],
            |row| {
                let has_version = row.get::<Option<i64>>(2)?.is_some();
                if has_version { read_scorer(row).map(Some) } else { Ok(None) }
            },
        )
        .await?;
    if scorers.is_empty() {
        return Err(not_found(&ByName { version: None, ..which.clone() }));
    }
    let mut scorers: Vec<Scorer> = scorers.drain(..).flatten().collect();
    if scorers.is_empty() {
        return Err(not_found(which));
    }
    name_endpoints(tx, &mut scorers).await?;
    Ok(scorers)
}

pub async fn versions(tx: &mut Unit<'_>, which: &ByName) -> Result<Vec<Scorer>, ApiError> {
    find(tx, &ByName { version: None, ..which.clone() }).await
}

/// The version that is asked for, else the latest.
pub async fn get(tx: &mut Unit<'_>, which: &ByName) -> Result<Scorer, ApiError> {
    find(tx, which).await?.pop().ok_or_else(|| not_found(which))
}

/// Deletes one version, or the scorer with all of them. Compat: a scorer whose versions were deleted
/// one by one stays, unseen, until its name is registered again.
pub async fn delete(tx: &mut Unit<'_>, which: &ByName) -> Result<(), ApiError> {
    let scorer_id = get(tx, which).await?.scorer_id;
    let id: Value<'_> = (&scorer_id).into();
    if let Some(version) = which.version {
        tx.execute(
            "DELETE FROM scorer_versions WHERE scorer_id = $1 AND scorer_version = $2",
            &[id, version.into()],
        )
        .await?;
        return Ok(());
    }
    tx.execute("DELETE FROM scorer_versions WHERE scorer_id = $1", std::slice::from_ref(&id))
        .await?;
    tx.execute(
        "DELETE FROM online_scoring_configs WHERE scorer_id = $1",
        std::slice::from_ref(&id),
    )
    .await?;
    unbind_endpoints(tx, &scorer_id).await?;
    tx.execute("DELETE FROM scorers WHERE scorer_id = $1", &[id]).await?;
    Ok(())
}

pub async fn online_configs(
    tx: &mut Unit<'_>,
    scorer_ids: &[String],
) -> Result<Vec<OnlineConfig>, ApiError> {
    let configs = tx
        .query(
            "SELECT online_scoring_config_id, scorer_id, sample_rate, experiment_id, \
             filter_string FROM online_scoring_configs WHERE scorer_id = ANY($1) \
             ORDER BY online_scoring_config_id",
            &[scorer_ids.into()],
            |row| {
                Ok(OnlineConfig {
                    online_scoring_config_id: row.get(0)?,
                    scorer_id: row.get(1)?,
                    sample_rate: row.get(2)?,
                    experiment_id: row.get::<i64>(3)?.to_string(),
                    filter_string: row.get(4)?,
                })
            },
        )
        .await?;
    Ok(configs)
}

/// What an online configuration is made of.
#[derive(Clone, Debug)]
pub struct NewOnlineConfig {
    pub experiment_id: i64,
    pub name: String,
    pub config_id: String,
    pub sample_rate: f64,
    pub filter_string: Option<String>,
}

app::lend!(NewOnlineConfig);

/// Replaces the online configuration of a scorer.
pub async fn set_online_config(
    tx: &mut Unit<'_>,
    new: &NewOnlineConfig,
) -> Result<OnlineConfig, ApiError> {
    active_experiment(tx, new.experiment_id).await?;
    let which = ByName { experiment_id: new.experiment_id, name: new.name.clone(), version: None };
    let found = tx
        .query_opt(
            "SELECT s.scorer_id, (SELECT v.serialized_scorer FROM scorer_versions v \
             WHERE v.scorer_id = s.scorer_id ORDER BY v.scorer_version DESC LIMIT 1) \
             FROM scorers s WHERE s.experiment_id = $1 AND s.scorer_name = $2",
            &[new.experiment_id.into(), (&new.name).into()],
            |row| Ok((row.get::<String>(0)?, row.get::<Option<String>>(1)?)),
        )
        .await?;
    let (scorer_id, latest) = found.ok_or_else(|| not_found(&which))?;
    if let (Some(latest), true) = (latest, new.sample_rate > 0.0) {
        check_for_online_use(&new.name, &Json::parse(&latest).unwrap_or(Json::Null))?;
    }
    tx.execute("DELETE FROM online_scoring_configs WHERE scorer_id = $1", &[(&scorer_id).into()])
        .await?;
    tx.execute(
        "INSERT INTO online_scoring_configs (online_scoring_config_id, scorer_id, sample_rate, \
         experiment_id, filter_string) VALUES ($1, $2, $3, $4, $5)",
        &[
            (&new.config_id).into(),
            (&scorer_id).into(),
            new.sample_rate.into(),
            new.experiment_id.into(),
            (&new.filter_string).into(),
        ],
    )
    .await?;
    Ok(OnlineConfig {
        online_scoring_config_id: new.config_id.clone(),
        scorer_id,
        sample_rate: new.sample_rate,
        experiment_id: new.experiment_id.to_string(),
        filter_string: new.filter_string.clone(),
    })
}

fn check_for_online_use(name: &str, scorer: &Json) -> Result<(), ApiError> {
    if serialized::endpoint(scorer).is_none() {
        return Err(ApiError::invalid(format!(
            "Scorer '{name}' does not use a gateway model. Automatic evaluation is only supported \
             for scorers that use gateway models."
        )));
    }
    if serialized::wants_expectations(scorer) {
        return Err(ApiError::invalid(format!(
            "Scorer '{name}' requires expectations, but scorers with expectations are not \
             currently supported for automatic evaluation."
        )));
    }
    Ok(())
}
