//! Assessments of traces and their spans: feedback, expectations, references to issues.
//!
//! One that overrides another keeps it as its history: the overridden one stays, no longer valid.

mod api;
pub mod store;
pub mod wire;

use app::Routes;
use app::needs::Action::{Delete, NotDenied, Read, Update};
use app::needs::{assessment, trace};

pub fn routes() -> Routes {
    const ID: &[&str] = &["trace_id"];
    let of_trace = trace(Read).in_path(ID);
    let new = [of_trace, assessment(NotDenied).in_path(ID), trace(Update).in_path(ID)];
    Routes::v3("mlflow/traces/{trace_id}/assessments")
        .post("", api::create, new)
        .summary("Add an assessment to a trace")
        .get("{assessment_id}", api::get, [of_trace, assessment(Read).in_path(ID)])
        .summary("Get an assessment")
        .patch("{assessment_id}", api::update, [of_trace, assessment(Update).in_path(ID)])
        .summary("Change an assessment")
        .delete("{assessment_id}", api::delete, [of_trace, assessment(Delete).in_path(ID)])
        .summary("Delete an assessment")
}
