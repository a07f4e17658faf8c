//! The handlers of scorers.

use app::{ApiError, Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::State;
use tracking::validation;

use super::serialized;
use super::store;
use super::wire::{
    ListScorers, ListScorersResponse, RegisterScorer, RegisterScorerResponse, ScorerByName,
    ScorerResponse,
};
use crate::Empty;

pub(super) async fn register(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<RegisterScorer>,
) -> Reply<RegisterScorerResponse> {
    let experiment_id = required(request.experiment_id, "experiment_id")?;
    let name = required(request.name, "name")?;
    let text = required(request.serialized_scorer, "serialized_scorer")?;
    let scorer = serialized::read(&text, app.settings.custom_scorers)?;
    serialized::check_name(&name)?;
    let new = store::NewScorer {
        experiment_id: validation::experiment_id(&experiment_id)?,
        name,
        scorer_id: app.ids.uuid(),
        scorer,
        text,
        now: app.clock.now_ms(),
    };
    let scorer = app.write(&caller, store::register, (new,)).await?;
    Ok(Json(RegisterScorerResponse {
        version: scorer.scorer_version,
        scorer_id: scorer.scorer_id,
        experiment_id: scorer.experiment_id.to_string(),
        name: scorer.scorer_name,
        serialized_scorer: scorer.serialized_scorer,
        creation_time: scorer.creation_time,
    }))
}

pub(super) async fn list(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ListScorers>,
) -> Reply<ListScorersResponse> {
    let one = request.experiment_id.filter(|id| !id.is_empty());
    let scope = match (one, request.experiment_ids) {
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid(
                "Cannot specify both 'experiment_id' and 'experiment_ids'. Use 'experiment_ids' \
                 to scope the query to multiple experiments, or 'experiment_id' to scope it to a \
                 single experiment.",
            ));
        }
        (Some(id), None) => store::ListScope::One(validation::experiment_id(&id)?),
        (None, Some(ids)) => {
            if ids.iter().any(String::is_empty) {
                return Err(ApiError::invalid("Invalid experiment ID: ''"));
            }
            let ids: Result<Vec<i64>, _> =
                ids.iter().map(|id| validation::experiment_id(id)).collect();
            store::ListScope::Some(ids?)
        }
        (None, None) => store::ListScope::All,
    };
    let scorers = app.read(&caller, store::list, (scope,)).await?;
    Ok(Json(ListScorersResponse { scorers }))
}

fn by_name(request: ScorerByName) -> Result<store::ByName, ApiError> {
    let experiment_id = required(request.experiment_id, "experiment_id")?;
    let name = required(request.name, "name")?;
    let experiment_id = validation::experiment_id(&experiment_id)?;
    Ok(store::ByName { experiment_id, name, version: request.version.map(i64::from) })
}

pub(super) async fn versions(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ScorerByName>,
) -> Reply<ListScorersResponse> {
    let scorers = app.read(&caller, store::versions, (by_name(request)?,)).await?;
    Ok(Json(ListScorersResponse { scorers }))
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ScorerByName>,
) -> Reply<ScorerResponse> {
    let scorer = app.read(&caller, store::get, (by_name(request)?,)).await?;
    Ok(Json(ScorerResponse { scorer }))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ScorerByName>,
) -> Reply<Empty> {
    app.write(&caller, store::delete, (by_name(request)?,)).await?;
    Ok(Json(Empty {}))
}
