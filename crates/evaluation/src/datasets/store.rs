//! The SQL of evaluation data sets, their tags and their links with experiments.

use std::collections::{HashMap, HashSet};

use app::{ApiError, Unit};
use db::{Bulk, ColumnType, DbError, Row, Statement, Value};

use super::search::Search;
use super::wire::{Dataset, SearchDatasetsResponse};
use python::{Json, Map};

use crate::digest::sha256;

/// The tag that names the caller. It is copied to the columns that say who made something.
pub const USER: &str = "mlflow.user";

static TAGS: Bulk<3> = Bulk::new(
    "evaluation_dataset_tags",
    [("dataset_id", ColumnType::Text), ("key", ColumnType::Text), ("value", ColumnType::Text)],
    "ON CONFLICT (dataset_id, key) DO UPDATE SET value = excluded.value",
);

static LINKS: Bulk<6> = Bulk::new(
    "entity_associations",
    [
        ("association_id", ColumnType::Text),
        ("source_type", ColumnType::Text),
        ("source_id", ColumnType::Text),
        ("destination_type", ColumnType::Text),
        ("destination_id", ColumnType::Text),
        ("created_time", ColumnType::Int),
    ],
    "ON CONFLICT (source_type, source_id, destination_type, destination_id) DO NOTHING",
);

/// What a new data set is made of.
#[derive(Clone, Debug)]
pub struct NewDataset {
    pub dataset_id: String,
    pub name: String,
    /// At most one of each key.
    pub tags: Vec<(String, String)>,
    /// Pairs of a fresh id for the link and an experiment's id. Compat: nobody asks whether the
    /// experiment exists.
    pub links: Vec<(String, String)>,
    /// Milliseconds since 1970.
    pub now: i64,
}

app::lend!(NewDataset);

/// What changes whenever a data set does: eight digits of a hash of its name and its time.
pub fn digest(name: &str, last_update_time: i64) -> String {
    let mut hex = sha256(&format!("{name}:{last_update_time}"));
    hex.truncate(8);
    hex
}

pub fn not_found(dataset_id: &str) -> ApiError {
    ApiError::missing(format!("Evaluation dataset with id '{dataset_id}' not found"))
}

pub async fn create(tx: &mut Unit<'_>, new: &NewDataset) -> Result<Dataset, ApiError> {
    let workspace = tx.workspace();
    let digest = digest(&new.name, new.now);
    let user = new.tags.iter().find(|(key, _)| key == USER).map(|(_, user)| user.clone());
    tx.execute(
        "INSERT INTO evaluation_datasets (dataset_id, name, digest, created_time, \
         last_update_time, created_by, last_updated_by, workspace) \
         VALUES ($1, $2, $3, $4, $4, $5, $5, $6)",
        &[
            (&new.dataset_id).into(),
            (&new.name).into(),
            (&digest).into(),
            new.now.into(),
            (&user).into(),
            workspace.into(),
        ],
    )
    .await?;
    insert_tags(tx, &new.dataset_id, &new.tags).await?;
    insert_links(tx, &new.dataset_id, &new.links, new.now).await?;
    let tags = new.tags.iter().map(|(key, value)| (key.clone(), value.as_str().into()));
    Ok(Dataset {
        dataset_id: new.dataset_id.clone(),
        name: new.name.clone(),
        tags: Json::Map(tags.collect()).dump(),
        schema: None,
        profile: None,
        digest,
        created_time: new.now,
        last_update_time: new.now,
        created_by: user.clone(),
        last_updated_by: user,
        experiment_ids: new.links.iter().map(|(_, id)| id.clone()).collect(),
    })
}

async fn insert_tags(
    tx: &mut Unit<'_>,
    dataset_id: &str,
    tags: &[(String, String)],
) -> Result<(), DbError> {
    let rows: Vec<[Value<'_>; 3]> =
        tags.iter().map(|(key, value)| [dataset_id.into(), key.into(), value.into()]).collect();
    tx.insert_rows(&TAGS, &rows).await?;
    Ok(())
}

async fn insert_links(
    tx: &mut Unit<'_>,
    dataset_id: &str,
    links: &[(String, String)],
    now: i64,
) -> Result<(), DbError> {
    let rows: Vec<[Value<'_>; 6]> = links
        .iter()
        .map(|(link_id, experiment_id)| {
            [
                format!("a-{link_id}").into(),
                "evaluation_dataset".into(),
                dataset_id.into(),
                "experiment".into(),
                experiment_id.into(),
                now.into(),
            ]
        })
        .collect();
    tx.insert_rows(&LINKS, &rows).await?;
    Ok(())
}

/// The columns that [`read_dataset`] reads, of the table `d`.
pub const COLUMNS: usize = 9;

pub fn columns(statement: &mut Statement) {
    statement.text(
        "d.dataset_id, d.name, d.schema, d.profile, d.digest, d.created_time, d.last_update_time, \
         d.created_by, d.last_updated_by",
    );
}

fn read_dataset(row: Row<'_>) -> Result<Dataset, DbError> {
    Ok(Dataset {
        dataset_id: row.get(0)?,
        name: row.get(1)?,
        tags: String::new(),
        schema: row.get(2)?,
        profile: row.get(3)?,
        digest: row.get::<Option<String>>(4)?.unwrap_or_default(),
        created_time: row.get::<Option<i64>>(5)?.unwrap_or_default(),
        last_update_time: row.get::<Option<i64>>(6)?.unwrap_or_default(),
        created_by: row.get(7)?,
        last_updated_by: row.get(8)?,
        experiment_ids: Vec::new(),
    })
}

async fn add_tags(tx: &mut Unit<'_>, datasets: &mut [Dataset]) -> Result<(), DbError> {
    let ids: Vec<&str> = datasets.iter().map(|dataset| dataset.dataset_id.as_str()).collect();
    let rows: Vec<(String, String, String)> = if ids.is_empty() {
        Vec::new()
    } else {
        tx.query(
            "SELECT dataset_id, key, value FROM evaluation_dataset_tags \
             WHERE dataset_id = ANY($1) ORDER BY dataset_id, key",
            &[ids.into()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get::<Option<String>>(2)?.unwrap_or_default())),
        )
        .await?
    };
    let mut tags: HashMap<String, Map> = HashMap::new();
    for (dataset_id, key, value) in rows {
        tags.entry(dataset_id).or_default().insert(key, value.into());
    }
    for dataset in datasets {
        dataset.tags = Json::Map(tags.remove(&dataset.dataset_id).unwrap_or_default()).dump();
    }
    Ok(())
}

async fn find(tx: &mut Unit<'_>, dataset_id: &str) -> Result<Option<Dataset>, DbError> {
    let workspace = tx.workspace();
    let mut statement = Statement::new("SELECT ");
    columns(&mut statement);
    statement.text(" FROM evaluation_datasets d WHERE d.dataset_id = ").bind(dataset_id.to_owned());
    statement.text(" AND d.workspace = ").bind(workspace.to_owned());
    let mut found = statement.query(tx, read_dataset).await?;
    add_tags(tx, &mut found).await?;
    Ok(found.pop())
}

pub async fn get(tx: &mut Unit<'_>, dataset_id: &str) -> Result<Dataset, ApiError> {
    find(tx, dataset_id).await?.ok_or_else(|| not_found(dataset_id))
}

/// Deletes a data set with its records, tags and links. Compat: one that is not there is no error.
pub async fn delete(tx: &mut Unit<'_>, dataset_id: &str) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    let id: Value<'_> = dataset_id.into();
    let deleted = tx
        .execute(
            "DELETE FROM evaluation_datasets WHERE dataset_id = $1 AND workspace = $2",
            &[id.clone(), workspace.into()],
        )
        .await?;
    if deleted > 0 {
        tx.execute(
            "DELETE FROM entity_associations WHERE destination_type = 'evaluation_dataset' \
             AND destination_id = $1 OR source_type = 'evaluation_dataset' AND source_id = $1",
            &[id],
        )
        .await?;
    }
    Ok(())
}

pub async fn search(
    tx: &mut Unit<'_>,
    search: &Search,
) -> Result<SearchDatasetsResponse, ApiError> {
    let rows =
        search.statement.query(tx, |row| Ok((read_dataset(row)?, search.keys(row)?))).await?;
    let more = rows.len() > search.size;
    let mut keys = Vec::new();
    let mut datasets = Vec::with_capacity(rows.len());
    for (dataset, row_keys) in rows.into_iter().take(search.size) {
        datasets.push(dataset);
        keys = row_keys;
    }
    add_tags(tx, &mut datasets).await?;
    let next_page_token = more.then(|| Search::token(keys));
    Ok(SearchDatasetsResponse { datasets, next_page_token })
}

async fn exists(tx: &mut Unit<'_>, dataset_id: &str) -> Result<bool, DbError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT 1 FROM evaluation_datasets WHERE dataset_id = $1 AND workspace = $2",
            &[dataset_id.into(), workspace.into()],
            |_| Ok(()),
        )
        .await?;
    Ok(found.is_some())
}

pub async fn set_tags(
    tx: &mut Unit<'_>,
    dataset_id: &str,
    tags: &[(String, String)],
) -> Result<(), ApiError> {
    if !exists(tx, dataset_id).await? {
        return Err(ApiError::missing(format!(
            "Could not find evaluation dataset with ID {dataset_id}"
        )));
    }
    Ok(insert_tags(tx, dataset_id, tags).await?)
}

/// Compat: a tag or a data set that is not there is no error.
pub async fn delete_tag(tx: &mut Unit<'_>, dataset_id: &str, key: &str) -> Result<(), ApiError> {
    tx.execute(
        "DELETE FROM evaluation_dataset_tags WHERE dataset_id = $1 AND key = $2",
        &[dataset_id.into(), key.into()],
    )
    .await?;
    Ok(())
}

/// The experiments that a data set is linked to, in the order of linking.
pub async fn experiment_ids(tx: &mut Unit<'_>, dataset_id: &str) -> Result<Vec<String>, ApiError> {
    let ids = tx
        .query(
            "SELECT destination_id FROM entity_associations \
             WHERE source_type = 'evaluation_dataset' AND source_id = $1 \
             AND destination_type = 'experiment' ORDER BY created_time, destination_id",
            &[dataset_id.into()],
            |row| row.get(0),
        )
        .await?;
    Ok(ids)
}

/// Compat: MLflow's words here differ from [`not_found`].
async fn touch(tx: &mut Unit<'_>, dataset_id: &str, now: Option<i64>) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    let touched = tx
        .execute(
            "UPDATE evaluation_datasets SET last_update_time = COALESCE($3, last_update_time) \
             WHERE dataset_id = $1 AND workspace = $2",
            &[dataset_id.into(), workspace.into(), now.into()],
        )
        .await?;
    if touched == 0 {
        return Err(ApiError::missing(format!("Dataset '{dataset_id}' not found")));
    }
    Ok(())
}

/// Links a data set with experiments, all of which must exist.
pub async fn link(
    tx: &mut Unit<'_>,
    dataset_id: &str,
    links: &[(String, String)],
) -> Result<Dataset, ApiError> {
    let now = tx.now_ms();
    let workspace = tx.workspace();
    touch(tx, dataset_id, Some(now)).await?;
    let numbers: Vec<i64> = links.iter().filter_map(|(_, id)| id.parse().ok()).collect();
    let known: HashSet<String> = tx
        .query(
            "SELECT experiment_id FROM experiments WHERE experiment_id::bigint = ANY($1) \
             AND workspace = $2",
            &[numbers.into(), workspace.into()],
            |row| Ok(row.get::<i64>(0)?.to_string()),
        )
        .await?
        .into_iter()
        .collect();
    if let Some((_, id)) = links.iter().find(|(_, id)| !known.contains(id)) {
        return Err(ApiError::missing(format!("No Experiment with id={id}")));
    }
    insert_links(tx, dataset_id, links, now).await?;
    get(tx, dataset_id).await
}

/// Unlinks a data set from experiments; from those that it is not linked with, nothing.
pub async fn unlink(
    tx: &mut Unit<'_>,
    dataset_id: &str,
    experiment_ids: &[String],
) -> Result<Dataset, ApiError> {
    let now = tx.now_ms();
    let unlinked = tx
        .execute(
            "DELETE FROM entity_associations WHERE source_type = 'evaluation_dataset' \
             AND source_id = $1 AND destination_type = 'experiment' AND destination_id = ANY($2)",
            &[dataset_id.into(), experiment_ids.into()],
        )
        .await?;
    touch(tx, dataset_id, (unlinked > 0).then_some(now)).await?;
    get(tx, dataset_id).await
}
