//! The handlers of a queue's items.

use app::{ApiError, Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::State;

use super::api::DEFAULT_PAGE;
use super::wire::{
    ItemResponse, Items, ItemsResponse, ListItems, ListItemsResponse, SetStatus, Status,
};
use super::{checks, store_items};
use crate::{Empty, paging};

pub(super) async fn add(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<Items>,
) -> Reply<ItemsResponse> {
    let queue_id = required(request.queue_id, "queue_id")?;
    let item_ids = checks::item_ids(&request.item_ids.unwrap_or_default())?;
    let input = (queue_id, item_ids, app.clock.now_ms());
    let items = app.write(&caller, store_items::add, input).await?;
    Ok(Json(ItemsResponse { items }))
}

pub(super) async fn remove(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<Items>,
) -> Reply<Empty> {
    let queue_id = required(request.queue_id, "queue_id")?;
    let input = (queue_id, checks::item_ids(&request.item_ids.unwrap_or_default())?);
    app.write(&caller, store_items::remove, input).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn list(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ListItems>,
) -> Reply<ListItemsResponse> {
    let listing = store_items::Listing {
        queue_id: required(request.queue_id, "queue_id")?,
        size: paging::within(request.max_results, DEFAULT_PAGE)?,
        status: request.status.0,
        offset: paging::offset(request.page_token.as_deref())?,
    };
    Ok(Json(app.read(&caller, store_items::list, (listing,)).await?))
}

pub(super) async fn set_status(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SetStatus>,
) -> Reply<ItemResponse> {
    let queue_id = required(request.queue_id, "queue_id")?;
    let item_id = required(request.item_id, "item_id")?.trim().to_owned();
    let status = request.status.0.ok_or_else(|| {
        ApiError::invalid(
            "`status` must be one of PENDING, COMPLETE, or DECLINED; got proto enum value 0.",
        )
    })?;
    let by = request.completed_by.map(|by| checks::completed_by(&by)).transpose()?;
    if status == Status::Pending && by.is_some() {
        return Err(ApiError::invalid(
            "`completed_by` must not be set when reopening an item to `pending`.",
        ));
    }
    if status != Status::Pending && by.as_deref().is_none_or(str::is_empty) {
        return Err(ApiError::invalid(format!(
            "`completed_by` is required when setting status to `{}`.",
            status.stored()
        )));
    }
    let change = store_items::Change {
        queue_id,
        item_id,
        status,
        completed_by: by,
        now: app.clock.now_ms(),
    };
    let item = app.write(&caller, store_items::set_status, (change,)).await?;
    Ok(Json(ItemResponse { item }))
}
