//! The SQL of review queues, their users and their questions.

use std::collections::HashMap;

use app::{ApiError, Unit};
use db::{Bulk, ColumnType, DbError, Row, Statement, Value};

use super::checks;
use super::wire::{ListQueuesResponse, QueueType, ReviewQueue};
use crate::{experiments, paging};

static USERS: Bulk<2> = Bulk::new(
    "review_queue_users",
    [("queue_id", ColumnType::Text), ("user_id", ColumnType::Text)],
    "ON CONFLICT (queue_id, user_id) DO NOTHING",
);

static SCHEMAS: Bulk<2> = Bulk::new(
    "review_queue_label_schemas",
    [("queue_id", ColumnType::Text), ("schema_id", ColumnType::Text)],
    "ON CONFLICT (queue_id, schema_id) DO NOTHING",
);

/// What a new queue is made of.
#[derive(Clone, Debug)]
pub struct NewQueue {
    pub queue_id: String,
    pub experiment_id: i64,
    pub name: String,
    pub queue_type: QueueType,
    pub created_by: Option<String>,
    pub users: Vec<String>,
    pub schema_ids: Vec<String>,
    /// Milliseconds since 1970.
    pub now: i64,
}

app::lend!(NewQueue);

const SELECT: &str = "SELECT q.queue_id, q.experiment_id, q.name, q.queue_type, q.created_by, \
    q.creation_time_ms, q.last_update_time_ms FROM review_queues q";

fn read_queue(row: Row<'_>) -> Result<ReviewQueue, DbError> {
    let user = row.get::<&str>(3)? == QueueType::User.stored();
    Ok(ReviewQueue {
        queue_id: row.get(0)?,
        experiment_id: row.get::<i64>(1)?.to_string(),
        name: row.get(2)?,
        queue_type: if user { QueueType::User } else { QueueType::Custom },
        created_by: row.get(4)?,
        creation_time_ms: row.get(5)?,
        last_update_time_ms: row.get(6)?,
        users: Vec::new(),
        schema_ids: Vec::new(),
    })
}

/// Adds users and questions to queues that were read.
async fn complete(tx: &mut Unit<'_>, queues: &mut [ReviewQueue]) -> Result<(), DbError> {
    if queues.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = queues.iter().map(|queue| queue.queue_id.clone()).collect();
    let rows: Vec<(String, Option<String>, Option<String>)> = tx
        .query(
            "SELECT queue_id, user_id, NULL::text FROM review_queue_users \
             WHERE queue_id = ANY($1) UNION ALL SELECT queue_id, NULL::text, schema_id \
             FROM review_queue_label_schemas WHERE queue_id = ANY($1) ORDER BY 1, 2, 3",
            &[ids.into()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .await?;
    let mut parts: HashMap<String, (Vec<String>, Vec<String>)> = HashMap::new();
    for (queue_id, user, schema_id) in rows {
        let (users, schema_ids) = parts.entry(queue_id).or_default();
        users.extend(user);
        schema_ids.extend(schema_id);
    }
    for queue in queues {
        (queue.users, queue.schema_ids) = parts.remove(&queue.queue_id).unwrap_or_default();
    }
    Ok(())
}

async fn one(tx: &mut Unit<'_>, statement: &Statement) -> Result<Option<ReviewQueue>, DbError> {
    let mut found = statement.query(tx, read_queue).await?;
    found.truncate(1);
    complete(tx, &mut found).await?;
    Ok(found.pop())
}

fn not_found(queue_id: &str) -> ApiError {
    ApiError::missing(format!("Review queue with id '{queue_id}' not found."))
}

fn name_taken(name: &str) -> ApiError {
    ApiError::exists(format!(
        "Review queue with name '{name}' already exists (names are case-insensitive)."
    ))
}

pub async fn get(tx: &mut Unit<'_>, queue_id: &str) -> Result<ReviewQueue, ApiError> {
    let mut statement = Statement::new(SELECT);
    statement.text(" WHERE q.queue_id = ").bind(queue_id.to_owned());
    one(tx, &statement).await?.ok_or_else(|| not_found(queue_id))
}

/// A queue that nobody else changes before this transaction ends.
pub async fn locked(tx: &mut Unit<'_>, queue_id: &str) -> Result<ReviewQueue, ApiError> {
    let mut statement = Statement::new(SELECT);
    statement.text(" WHERE q.queue_id = ").bind(queue_id.to_owned()).text(" FOR UPDATE");
    one(tx, &statement).await?.ok_or_else(|| not_found(queue_id))
}

async fn by_name(
    tx: &mut Unit<'_>,
    experiment_id: i64,
    name: &str,
) -> Result<Option<ReviewQueue>, DbError> {
    let mut statement = Statement::new(SELECT);
    statement.text(" WHERE q.experiment_id = ").bind(experiment_id);
    statement.text(" AND q.name_key = ").bind(name.to_lowercase());
    one(tx, &statement).await
}

pub async fn get_by_name(
    tx: &mut Unit<'_>,
    experiment_id: i64,
    name: &str,
) -> Result<ReviewQueue, ApiError> {
    experiments::visible(tx, experiment_id).await?;
    by_name(tx, experiment_id, name).await?.ok_or_else(|| {
        ApiError::missing(format!(
            "Review queue with name '{name}' not found for experiment '{experiment_id}'."
        ))
    })
}

async fn check_schemas(
    tx: &mut Unit<'_>,
    experiment_id: i64,
    schema_ids: &[String],
) -> Result<(), ApiError> {
    if schema_ids.is_empty() {
        return Ok(());
    }
    let known: Vec<String> = tx
        .query(
            "SELECT schema_id FROM label_schemas WHERE experiment_id = $1 AND schema_id = ANY($2)",
            &[experiment_id.into(), schema_ids.into()],
            |row| row.get(0),
        )
        .await?;
    let missing: Vec<&String> = schema_ids.iter().filter(|id| !known.contains(id)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "Label schema id(s) {} not found for experiment '{experiment_id}'.",
        python::repr_list(&missing)
    )))
}

async fn insert_parts(
    tx: &mut Unit<'_>,
    bulk: &Bulk<2>,
    queue_id: &str,
    parts: &[String],
) -> Result<(), DbError> {
    let rows: Vec<[Value<'_>; 2]> =
        parts.iter().map(|part| [queue_id.into(), part.into()]).collect();
    tx.insert_rows(bulk, &rows).await?;
    Ok(())
}

/// Inserts a queue; false if its name is taken.
async fn insert(tx: &mut Unit<'_>, new: &NewQueue) -> Result<bool, ApiError> {
    experiments::visible(tx, new.experiment_id).await?;
    check_schemas(tx, new.experiment_id, &new.schema_ids).await?;
    let inserted = tx
        .execute(
            "INSERT INTO review_queues (queue_id, experiment_id, name, name_key, queue_type, \
             created_by, creation_time_ms, last_update_time_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7) \
             ON CONFLICT (experiment_id, name_key) DO NOTHING",
            &[
                (&new.queue_id).into(),
                new.experiment_id.into(),
                (&new.name).into(),
                new.name.to_lowercase().into(),
                new.queue_type.stored().into(),
                (&new.created_by).into(),
                new.now.into(),
            ],
        )
        .await?;
    if inserted > 0 {
        insert_parts(tx, &USERS, &new.queue_id, &new.users).await?;
        insert_parts(tx, &SCHEMAS, &new.queue_id, &new.schema_ids).await?;
    }
    Ok(inserted > 0)
}

pub async fn create(tx: &mut Unit<'_>, new: &NewQueue) -> Result<ReviewQueue, ApiError> {
    if insert(tx, new).await? { get(tx, &new.queue_id).await } else { Err(name_taken(&new.name)) }
}

pub async fn get_or_create_user(
    tx: &mut Unit<'_>,
    new: &NewQueue,
) -> Result<ReviewQueue, ApiError> {
    insert(tx, new).await?;
    match by_name(tx, new.experiment_id, &new.name).await? {
        Some(queue) if queue.queue_type == QueueType::User => Ok(queue),
        _ => Err(ApiError::exists(format!(
            "A non-user queue named '{}' already exists; cannot get-or-create a user queue with \
             that name.",
            new.name
        ))),
    }
}

/// A page of an experiment's queues.
#[derive(Clone, Debug)]
pub struct Listing {
    pub experiment_id: i64,
    /// Only this user's.
    pub user: Option<String>,
    /// Only those with this item.
    pub item_id: Option<String>,
    pub size: usize,
    pub offset: i64,
}

app::lend!(Listing);

pub async fn list(tx: &mut Unit<'_>, listing: &Listing) -> Result<ListQueuesResponse, ApiError> {
    experiments::visible(tx, listing.experiment_id).await?;
    let mut statement = Statement::new(SELECT);
    statement.text(" WHERE q.experiment_id = ").bind(listing.experiment_id);
    if let Some(user) = &listing.user {
        statement.text(
            " AND EXISTS (SELECT 1 FROM review_queue_users u WHERE u.queue_id = q.queue_id \
             AND u.user_id = ",
        );
        statement.bind(user.clone()).text(")");
    }
    if let Some(item_id) = &listing.item_id {
        statement.text(
            " AND EXISTS (SELECT 1 FROM review_queue_items i WHERE i.queue_id = q.queue_id \
             AND i.item_id = ",
        );
        statement.bind(item_id.clone()).text(")");
    }
    statement.text(" ORDER BY q.creation_time_ms DESC, q.queue_id LIMIT ");
    statement.bind(paging::limit(listing.size)).text(" OFFSET ").bind(listing.offset);
    let mut review_queues = statement.query(tx, read_queue).await?;
    let next_page_token = paging::cut(&mut review_queues, listing.size, listing.offset);
    complete(tx, &mut review_queues).await?;
    Ok(ListQueuesResponse { review_queues, next_page_token })
}

/// What to change of a queue, as the caller wrote it; none leaves a part as it is.
#[derive(Clone, Debug)]
pub struct Change {
    pub queue_id: String,
    pub owner: Option<String>,
    pub name: Option<String>,
    pub users: Option<Vec<String>>,
    pub schema_ids: Option<Vec<String>>,
    /// Milliseconds since 1970.
    pub now: i64,
}

app::lend!(Change);

pub async fn update(tx: &mut Unit<'_>, change: &Change) -> Result<ReviewQueue, ApiError> {
    let queue = locked(tx, &change.queue_id).await?;
    if queue.queue_type == QueueType::User {
        return Err(ApiError::invalid(
            "A user queue's name, assigned user, schemas, and owner are fixed and cannot be \
             updated.",
        ));
    }
    let nothing = change.owner.is_none()
        && change.name.is_none()
        && change.users.is_none()
        && change.schema_ids.is_none();
    if nothing {
        return Ok(queue);
    }
    let owner = change.owner.as_deref().map(checks::owner).transpose()?;
    let name = change.name.as_deref().map(checks::custom_name).transpose()?.unwrap_or(queue.name);
    if let Some(users) = &change.users {
        let users = checks::users(users)?;
        tx.execute(
            "DELETE FROM review_queue_users WHERE queue_id = $1",
            &[(&change.queue_id).into()],
        )
        .await?;
        insert_parts(tx, &USERS, &change.queue_id, &users).await?;
    }
    if let Some(schema_ids) = &change.schema_ids {
        let experiment_id = queue.experiment_id.parse().unwrap_or_default();
        replace_schemas(tx, experiment_id, &change.queue_id, schema_ids).await?;
    }
    let updated = tx
        .execute(
            "UPDATE review_queues SET name = $2, name_key = $3, \
             created_by = COALESCE($4, created_by), last_update_time_ms = $5 WHERE queue_id = $1",
            &[
                (&change.queue_id).into(),
                (&name).into(),
                name.to_lowercase().into(),
                owner.into(),
                change.now.into(),
            ],
        )
        .await;
    match updated {
        Err(error) if error.is_unique() => Err(name_taken(&name)),
        Err(error) => Err(error.into()),
        Ok(_) => get(tx, &change.queue_id).await,
    }
}

/// Questions may change only while there is nothing to review: answers would be lost.
async fn replace_schemas(
    tx: &mut Unit<'_>,
    experiment_id: i64,
    queue_id: &str,
    schema_ids: &[String],
) -> Result<(), ApiError> {
    let item = tx
        .query_opt(
            "SELECT 1 FROM review_queue_items WHERE queue_id = $1 LIMIT 1",
            &[queue_id.into()],
            |_| Ok(()),
        )
        .await?;
    if item.is_some() {
        return Err(ApiError::invalid(
            "A review queue's questions are locked once items are assigned to it. Remove the items \
             before changing its questions.",
        ));
    }
    let schema_ids = checks::schema_ids(schema_ids)?;
    check_schemas(tx, experiment_id, &schema_ids).await?;
    tx.execute("DELETE FROM review_queue_label_schemas WHERE queue_id = $1", &[queue_id.into()])
        .await?;
    Ok(insert_parts(tx, &SCHEMAS, queue_id, &schema_ids).await?)
}

/// Deletes a queue; the answers that were given stay. Compat: one that is not there is no error.
pub async fn delete(tx: &mut Unit<'_>, queue_id: &str) -> Result<(), ApiError> {
    // Users, items and questions go with it.
    tx.execute("DELETE FROM review_queues WHERE queue_id = $1", &[queue_id.into()]).await?;
    Ok(())
}
