//! Assessments of traces and their spans: feedback, expectations, references to issues.
//!
//! One that overrides another keeps it as its history: the overridden one stays, no longer valid.

mod api;
pub mod store;
pub mod wire;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    let read = Guard::read(Scope::Trace("trace_id"));
    let edit = Guard::edit(Scope::Trace("trace_id"));
    Routes::v3("mlflow/traces/{trace_id}/assessments")
        .post("", api::create, edit)
        .get("{assessment_id}", api::get, read)
        .patch("{assessment_id}", api::update, edit)
        .delete("{assessment_id}", api::delete, edit)
}
