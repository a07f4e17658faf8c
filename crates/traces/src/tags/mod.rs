//! Tags of traces.

mod api;
mod store;
mod wire;

use app::Routes;
use app::needs::Action::Update;
use app::needs::trace;

pub fn routes() -> Routes {
    let of_trace = |routes: Routes, path: &str, id| {
        routes
            .patch(path, api::set, [trace(Update).in_path(id)])
            .summary("Set a tag of a trace")
            .delete(path, api::delete, [trace(Update).in_path(id)])
            .summary("Delete a tag of a trace")
    };
    let v2 = of_trace(Routes::v2("mlflow/traces"), "{request_id}/tags", &["request_id"]);
    of_trace(Routes::v3("mlflow/traces"), "{trace_id}/tags", &["trace_id"]).merge(v2)
}
