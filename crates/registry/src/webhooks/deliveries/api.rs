//! The handlers of deliveries.

use app::{ApiError, Call, Caller, Reply, Shared, page};
use axum::Json;
use axum::extract::{Path, State};

use super::store;
use super::wire::{DeliveriesResponse, DeliveryResponse, ListDeliveries};
use crate::webhooks::api::deliveries_of;
use crate::webhooks::wire::Nothing;

const DEFAULT_PAGE: i64 = 100;
const MAX_PAGE: i64 = 1000;

pub(super) async fn list(
    State(app): Shared,
    caller: Caller,
    Path(webhook_id): Path<String>,
    Call(request): Call<ListDeliveries>,
) -> Reply<DeliveriesResponse> {
    let size = request.max_results.map_or(DEFAULT_PAGE, i64::from);
    if !(1..=MAX_PAGE).contains(&size) {
        return Err(ApiError::invalid("max_results must be between 1 and 1000."));
    }
    let token = request.page_token.filter(|token| !token.is_empty());
    let before = token.map(|token| page::decode(&token)).transpose()?;
    let backend = deliveries_of(&app, &caller, &webhook_id).await?;
    let asked = store::Page { webhook_id, state: request.state.0, before, count: size + 1 };
    let mut deliveries = backend.read(&caller, store::list, (asked,)).await?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = deliveries.len() > size;
    deliveries.truncate(size);
    let last = deliveries.last().filter(|_| more);
    let next_page_token = last.map(|last| page::encode(&(last.creation_timestamp, &last.event_id)));
    Ok(Json(DeliveriesResponse { deliveries, next_page_token }))
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Path(ids): Path<(String, String)>,
    Call(Nothing {}): Call<Nothing>,
) -> Reply<DeliveryResponse> {
    let backend = deliveries_of(&app, &caller, &ids.0).await?;
    let delivery = backend.read(&caller, store::get, ids).await?;
    Ok(Json(DeliveryResponse { delivery }))
}

/// Makes a delivery due now, with all its attempts before it.
pub(super) async fn resend(
    State(app): Shared,
    caller: Caller,
    Path((webhook_id, event_id)): Path<(String, String)>,
    Call(Nothing {}): Call<Nothing>,
) -> Reply<DeliveryResponse> {
    let backend = deliveries_of(&app, &caller, &webhook_id).await?;
    let input = (webhook_id, event_id);
    let delivery = backend.write(&caller, store::resend, input).await?;
    Ok(Json(DeliveryResponse { delivery }))
}
