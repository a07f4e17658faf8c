//! The handlers of records.

use app::{Call, Caller, Reply, Shared, apart, required};
use axum::Json;
use axum::extract::{Path, State};

use super::wire::{
    DeleteRecords, DeleteRecordsResponse, ListRecords, ListRecordsResponse, UpsertRecords,
    UpsertRecordsResponse,
};
use super::{incoming, store};
use crate::paging;

const DEFAULT_PAGE: i64 = 1000;

pub(super) async fn list(
    State(app): Shared,
    caller: Caller,
    Path(dataset_id): Path<String>,
    Call(request): Call<ListRecords>,
) -> Reply<ListRecordsResponse> {
    // Compat: here, a size of 0 counts as none given.
    let size = request.max_results.filter(|size| size.0 != 0);
    let size = paging::size(size, DEFAULT_PAGE)?;
    let token = request.page_token.filter(|token| !token.is_empty());
    let listing = store::Listing::new(dataset_id, size, token.as_deref())?;
    Ok(Json(app.search(&caller, store::list, (listing,)).await?))
}

pub(super) async fn upsert(
    State(app): Shared,
    caller: Caller,
    Path(dataset_id): Path<String>,
    Call(request): Call<UpsertRecords>,
) -> Reply<UpsertRecordsResponse> {
    let text = required(request.records, "records")?;
    let records = apart(text.len(), || incoming::read(&text)).await?;
    let counts = super::upsert(&app, &caller, dataset_id, records).await?;
    let (inserted_count, updated_count) = (counts.inserted, counts.updated);
    Ok(Json(UpsertRecordsResponse { inserted_count, updated_count }))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Path(dataset_id): Path<String>,
    Call(request): Call<DeleteRecords>,
) -> Reply<DeleteRecordsResponse> {
    let input = (dataset_id, request.dataset_record_ids.unwrap_or_default());
    let deleted_count = app.write(&caller, store::delete, input).await?;
    Ok(Json(DeleteRecordsResponse { deleted_count }))
}
