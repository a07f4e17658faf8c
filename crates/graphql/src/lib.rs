//! GraphQL, as the web page of MLflow asks it: the same things that the REST routes answer, each
//! answer cut down to the fields that were asked for.
//!
//! A request passes through these, in this order; each refuses what the next could not bear:
//!
//! - `syntax`: the text as a tree;
//! - `limits`: how large it may be;
//! - `validate`: whether it makes sense for the `schema`;
//! - `coerce`: its variables and arguments as messages of the REST routes;
//! - `plan`: its selections, fragments written out;
//! - `fields`: for each field of the root, the message that the REST route of the same name answers;
//! - `answer`: the planned part of that message, as JSON.
//!
//! Compat: MLflow knows neither `@skip` nor `@include`, and refuses them.

mod answer;
mod api;
mod coerce;
mod fields;
mod inspect;
mod introspect;
mod limits;
mod plan;
mod schema;
mod selected;
mod suggest;
mod syntax;
#[cfg(test)]
mod tests;
mod validate;

use app::{Need, Routes};
use artifacts::Stores;
use axum::Extension;
use axum::handler::Handler;

pub use limits::Limits;

/// The route table. `stores` are where runs' artifacts are listed.
pub fn routes(stores: &Stores, limits: Limits) -> Routes {
    let stores = Extension(stores.clone());
    let limits = Extension(limits);
    let answer = || api::answer.layer(limits).layer(stores.clone());
    // What a caller needs is asked for each field: see `fields::needs`.
    Routes::root()
        .get("/graphql", answer(), [Need::Caller])
        .summary("Answer a GraphQL query")
        .post("/graphql", answer(), [Need::Caller])
        .summary("Answer a GraphQL query")
}
