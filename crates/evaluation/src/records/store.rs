//! The SQL of records.

use app::{ApiError, Unit, page};
use db::{Bulk, ColumnType, DbError, Row, Statement, Value};
use serde::{Deserialize, Serialize};

use super::upsert::WRAPPED;
use super::wire::ListRecordsResponse;
use crate::paging;
use python::{Json, write_text};

static RECORDS: Bulk<14> = Bulk::new(
    "evaluation_dataset_records",
    [
        ("dataset_record_id", ColumnType::Text),
        ("dataset_id", ColumnType::Text),
        ("inputs", ColumnType::Json),
        ("outputs", ColumnType::Json),
        ("expectations", ColumnType::Json),
        ("tags", ColumnType::Json),
        ("source", ColumnType::Json),
        ("source_id", ColumnType::Text),
        ("source_type", ColumnType::Text),
        ("created_time", ColumnType::Int),
        ("last_update_time", ColumnType::Int),
        ("created_by", ColumnType::Text),
        ("last_updated_by", ColumnType::Text),
        ("input_hash", ColumnType::Text),
    ],
    "ON CONFLICT (dataset_id, input_hash) DO UPDATE SET outputs = excluded.outputs, \
     expectations = excluded.expectations, tags = excluded.tags, \
     last_update_time = excluded.last_update_time, last_updated_by = excluded.last_updated_by",
);

/// A record to insert, or to update the one with the same inputs with. Texts are JSON.
#[derive(Clone, Debug)]
pub struct RecordRow {
    pub record_id: String,
    pub inputs: String,
    pub outputs: Option<String>,
    pub expectations: Option<String>,
    pub tags: Option<String>,
    pub source: Option<String>,
    pub source_id: Option<String>,
    pub source_type: Option<String>,
    /// Milliseconds since 1970.
    pub now: i64,
    pub created_by: Option<String>,
    pub last_updated_by: Option<String>,
    pub input_hash: String,
}

/// The part of a stored record that an update may change.
#[derive(Clone, Debug)]
pub struct Existing {
    pub input_hash: String,
    pub record_id: String,
    pub outputs: Option<String>,
    pub expectations: Option<String>,
    pub tags: Option<String>,
    pub last_updated_by: Option<String>,
}

/// The part of a data set that writing records needs.
#[derive(Clone, Debug)]
pub struct DatasetRow {
    pub name: String,
    pub schema: Option<String>,
    pub last_update_time: i64,
    /// How many it has.
    pub records: i64,
}

/// The data set, if there is one, and its records with these hashes: one statement.
pub async fn for_upsert(
    tx: &mut Unit<'_>,
    dataset_id: &str,
    hashes: Vec<&str>,
) -> Result<Option<(DatasetRow, Vec<Existing>)>, DbError> {
    let workspace = tx.workspace();
    let mut dataset = None;
    let mut existing = Vec::new();
    // The data set's row is the one with a count of records.
    tx.query(
        "SELECT name, schema, NULL::text, NULL::text, NULL::text, NULL::text, last_update_time, \
         (SELECT count(*) FROM evaluation_dataset_records WHERE dataset_id = $1) \
         FROM evaluation_datasets WHERE dataset_id = $1 AND workspace = $3 \
         UNION ALL SELECT input_hash, dataset_record_id, outputs::text, expectations::text, \
         tags::text, last_updated_by, NULL::bigint, NULL::bigint FROM evaluation_dataset_records \
         WHERE dataset_id = $1 AND input_hash = ANY($2)",
        &[dataset_id.into(), hashes.into(), workspace.into()],
        |row| {
            if let Some(records) = row.get::<Option<i64>>(7)? {
                let last_update_time = row.get::<Option<i64>>(6)?.unwrap_or_default();
                let (name, schema) = (row.get(0)?, row.get(1)?);
                dataset = Some(DatasetRow { name, schema, last_update_time, records });
            } else {
                existing.push(Existing {
                    input_hash: row.get(0)?,
                    record_id: row.get(1)?,
                    outputs: row.get(2)?,
                    expectations: row.get(3)?,
                    tags: row.get(4)?,
                    last_updated_by: row.get(5)?,
                });
            }
            Ok(())
        },
    )
    .await?;
    Ok(dataset.map(|dataset| (dataset, existing)))
}

/// Inserts the rows, or updates those whose inputs are known.
pub async fn write(tx: &mut Unit<'_>, dataset_id: &str, rows: &[RecordRow]) -> Result<(), DbError> {
    let rows: Vec<[Value<'_>; 14]> = rows
        .iter()
        .map(|row| {
            [
                (&row.record_id).into(),
                dataset_id.into(),
                (&row.inputs).into(),
                (&row.outputs).into(),
                (&row.expectations).into(),
                (&row.tags).into(),
                (&row.source).into(),
                (&row.source_id).into(),
                (&row.source_type).into(),
                row.now.into(),
                row.now.into(),
                (&row.created_by).into(),
                (&row.last_updated_by).into(),
                (&row.input_hash).into(),
            ]
        })
        .collect();
    tx.insert_rows(&RECORDS, &rows).await?;
    Ok(())
}

/// What writing records changes in their data set.
#[derive(Clone, Debug)]
pub struct DatasetChange {
    /// The time that the data set had when it was read, in milliseconds since 1970.
    pub expected_update_time: i64,
    /// Milliseconds since 1970.
    pub now: i64,
    pub digest: String,
    pub user: Option<String>,
    pub schema: Option<String>,
    pub profile: Option<String>,
}

/// Updates the data set unless someone else did so since it was read; whether it did.
pub async fn update_dataset(
    tx: &mut Unit<'_>,
    dataset_id: &str,
    change: &DatasetChange,
) -> Result<bool, DbError> {
    let updated = tx
        .execute(
            "UPDATE evaluation_datasets SET last_update_time = $3, digest = $4, \
             last_updated_by = $5, schema = COALESCE($6, schema), \
             profile = COALESCE($7, profile) \
             WHERE dataset_id = $1 AND COALESCE(last_update_time, 0) = $2",
            &[
                dataset_id.into(),
                change.expected_update_time.into(),
                change.now.into(),
                (&change.digest).into(),
                (&change.user).into(),
                (&change.schema).into(),
                (&change.profile).into(),
            ],
        )
        .await?;
    Ok(updated > 0)
}

/// Where a page begins: after the record of this time and id.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    created_time: i64,
    record_id: String,
}

/// A page of records, ready to run.
pub struct Listing {
    dataset_id: String,
    size: usize,
    after: Option<Position>,
}

app::lend!(Listing);

impl Listing {
    /// # Errors
    /// When the token is none of ours.
    pub fn new(dataset_id: String, size: usize, token: Option<&str>) -> Result<Self, ApiError> {
        let after = token.map(page::decode).transpose()?;
        Ok(Self { dataset_id, size, after })
    }
}

/// Compat: a data set that does not exist has no records.
pub async fn list(tx: &mut Unit<'_>, listing: &Listing) -> Result<ListRecordsResponse, ApiError> {
    let mut statement = Statement::new(
        "SELECT dataset_record_id, COALESCE(created_time, 0), inputs::text, expectations::text, \
         tags::text, source::text, source_id, last_update_time, created_by, last_updated_by, \
         outputs::text FROM evaluation_dataset_records WHERE dataset_id = ",
    );
    statement.bind(listing.dataset_id.clone());
    if let Some(Position { created_time, record_id }) = &listing.after {
        statement.text(" AND (COALESCE(created_time, 0) > ").bind(*created_time);
        statement.text(" OR COALESCE(created_time, 0) = ").bind(*created_time);
        statement.text(" AND dataset_record_id > ").bind(record_id.clone()).text(")");
    }
    statement.text(" ORDER BY COALESCE(created_time, 0), dataset_record_id LIMIT ");
    statement.bind(paging::limit(listing.size));
    let mut records = String::from("[");
    let mut last = None;
    let mut count = 0;
    statement
        .query(tx, |row| {
            count += 1;
            if count <= listing.size {
                records.push_str(if count > 1 { ", " } else { "" });
                write_record(&row, &listing.dataset_id, &mut records)?;
                last = Some(Position { record_id: row.get(0)?, created_time: row.get(1)? });
            }
            Ok(())
        })
        .await?;
    records.push(']');
    let next_page_token = last.filter(|_| count > listing.size).map(|last| page::encode(&last));
    Ok(ListRecordsResponse { records, next_page_token })
}

/// Writes a record as JSON. What is stored is JSON already, in Python's spelling.
fn write_record(row: &Row<'_>, dataset_id: &str, out: &mut String) -> Result<(), DbError> {
    out.push_str("{\"dataset_record_id\": ");
    write_text(row.get(0)?, out);
    out.push_str(", \"dataset_id\": ");
    write_text(dataset_id, out);
    out.push_str(", \"inputs\": ");
    out.push_str(row.get(2)?);
    let stored = |index| Ok::<_, DbError>(row.get::<Option<&str>>(index)?.filter(|t| *t != "null"));
    if let Some(expectations) = stored(3)? {
        out.extend([", \"expectations\": ", expectations]);
    }
    out.extend([", \"tags\": ", stored(4)?.unwrap_or("{}")]);
    let source = stored(5)?;
    if let Some(source) = source {
        out.extend([", \"source\": ", source]);
    }
    text_field(out, "source_id", row.get(6)?);
    let kind = source.and_then(|text| Json::parse(text).ok());
    text_field(out, "source_type", kind.as_ref().and_then(|s| s.get("source_type")?.as_text()));
    let times = format!(
        ", \"created_time\": {}, \"last_update_time\": {}",
        row.get::<i64>(1)?,
        row.get::<Option<i64>>(7)?.unwrap_or_default()
    );
    out.push_str(&times);
    text_field(out, "created_by", row.get(8)?);
    text_field(out, "last_updated_by", row.get(9)?);
    if let Some(outputs) = stored(10)?.and_then(unwrap) {
        out.extend([", \"outputs\": ", &outputs]);
    }
    out.push('}');
    Ok(())
}

fn text_field(out: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        out.extend([", \"", name, "\": "]);
        write_text(value, out);
    }
}

/// The outputs out of the map that they are stored in.
fn unwrap(stored: &str) -> Option<String> {
    let Ok(Json::Map(map)) = Json::parse(stored) else { return None };
    map.get(WRAPPED).filter(|outputs| **outputs != Json::Null).map(Json::dump)
}

/// Deletes records and returns how many there were.
pub async fn delete(tx: &mut Unit<'_>, dataset_id: &str, ids: &[String]) -> Result<u64, ApiError> {
    let deleted = tx
        .execute(
            "DELETE FROM evaluation_dataset_records WHERE dataset_id = $1 \
             AND dataset_record_id = ANY($2)",
            &[dataset_id.into(), ids.into()],
        )
        .await?;
    if deleted > 0 {
        // Compat: a data set without records has the profile `null` afterwards.
        tx.execute(
            "UPDATE evaluation_datasets SET profile = (SELECT CASE WHEN count(*) > 0 THEN \
             '{\"num_records\": ' || count(*) || '}' ELSE 'null' END \
             FROM evaluation_dataset_records WHERE dataset_id = $1) WHERE dataset_id = $1",
            &[dataset_id.into()],
        )
        .await?;
    }
    Ok(deleted)
}
