//! The handlers of review queues.

use app::{ApiError, App, Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::State;
use tracking::validation;

use super::wire::{
    CreateQueue, ListQueues, ListQueuesResponse, QueueById, QueueByName, QueueResponse, QueueType,
    UpdateQueue, UserQueue,
};
use super::{checks, store};
use crate::{Empty, paging};

pub(super) const DEFAULT_PAGE: i64 = 1000;

fn new_queue(
    app: &App,
    experiment_id: &str,
    queue_type: QueueType,
    name: &str,
    users: &[String],
    schema_ids: &[String],
) -> Result<store::NewQueue, ApiError> {
    let schema_ids = checks::schema_ids(schema_ids)?;
    let (name, users) = checks::name_and_users(queue_type, name, users, &schema_ids)?;
    Ok(store::NewQueue {
        queue_id: format!("rq-{}", app.ids.hex()),
        experiment_id: validation::experiment_id(experiment_id)?,
        // A user owns the own queue; nobody else is known.
        created_by: (queue_type == QueueType::User).then(|| name.clone()),
        name,
        queue_type,
        users,
        schema_ids,
        now: app.clock.now_ms(),
    })
}

pub(super) async fn create(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<CreateQueue>,
) -> Reply<QueueResponse> {
    let experiment_id = required(request.experiment_id, "experiment_id")?;
    let name = required(request.name, "name")?;
    let queue_type = request.queue_type.0.ok_or_else(|| {
        ApiError::invalid("`queue_type` must be one of USER or CUSTOM; got proto enum value 0.")
    })?;
    let (users, schema_ids) =
        (request.users.unwrap_or_default(), request.schema_ids.unwrap_or_default());
    let mut new = new_queue(&app, &experiment_id, queue_type, &name, &users, &schema_ids)?;
    new.created_by = None;
    let review_queue = app.write(&caller, store::create, (new,)).await?;
    Ok(Json(QueueResponse { review_queue }))
}

pub(super) async fn get_or_create_user(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<UserQueue>,
) -> Reply<QueueResponse> {
    let experiment_id = required(request.experiment_id, "experiment_id")?;
    let user = required(request.user, "user")?;
    let new = new_queue(&app, &experiment_id, QueueType::User, &user, &[], &[])?;
    let review_queue = app.write(&caller, store::get_or_create_user, (new,)).await?;
    Ok(Json(QueueResponse { review_queue }))
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<QueueById>,
) -> Reply<QueueResponse> {
    let id = required(request.queue_id, "queue_id")?;
    let review_queue = app.read(&caller, store::get, (id,)).await?;
    Ok(Json(QueueResponse { review_queue }))
}

pub(super) async fn get_by_name(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<QueueByName>,
) -> Reply<QueueResponse> {
    let experiment_id = required(request.experiment_id, "experiment_id")?;
    let name = required(request.name, "name")?;
    let input = (validation::experiment_id(&experiment_id)?, name);
    let review_queue = app.read(&caller, store::get_by_name, input).await?;
    Ok(Json(QueueResponse { review_queue }))
}

pub(super) async fn list(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ListQueues>,
) -> Reply<ListQueuesResponse> {
    let experiment_id = required(request.experiment_id, "experiment_id")?;
    let listing = store::Listing {
        size: paging::within(request.max_results, DEFAULT_PAGE)?,
        experiment_id: validation::experiment_id(&experiment_id)?,
        user: request.user.map(|user| checks::user(&user)),
        item_id: request.item_id,
        offset: paging::offset(request.page_token.as_deref())?,
    };
    Ok(Json(app.read(&caller, store::list, (listing,)).await?))
}

pub(super) async fn update(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<UpdateQueue>,
) -> Reply<QueueResponse> {
    let queue_id = required(request.queue_id, "queue_id")?;
    let replaced = |flag: Option<bool>, list: Option<Vec<String>>| {
        flag.unwrap_or_default().then(|| list.unwrap_or_default())
    };
    let change = store::Change {
        queue_id,
        owner: request.new_owner,
        name: request.name,
        users: replaced(request.update_users, request.users),
        schema_ids: replaced(request.update_schema_ids, request.schema_ids),
        now: app.clock.now_ms(),
    };
    let review_queue = app.write(&caller, store::update, (change,)).await?;
    Ok(Json(QueueResponse { review_queue }))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<QueueById>,
) -> Reply<Empty> {
    let id = required(request.queue_id, "queue_id")?;
    app.write(&caller, store::delete, (id,)).await?;
    Ok(Json(Empty {}))
}
