//! A scorer: what gives traces and records marks, registered in an experiment under a name, with
//! versions. What it does is the client's: the server keeps its serialized form and looks only at
//! what would be unsafe to keep, and at the model that it asks.

mod api;
mod online;
pub mod serialized;
pub mod store;
pub mod wire;

use app::needs::Action::{Delete, NotDenied, Read, Update};
use app::needs::{Scope, Tier, experiment, scorer, scorer_version};
use app::{Need, Routes};

pub fn routes() -> Routes {
    let read = [scorer(Read), scorer_version(NotDenied)];
    let delete =
        [scorer(Read), scorer_version(Delete), scorer(Delete).of(Scope::WholeScorer).each()];
    Routes::v3("mlflow/scorers")
        .post(
            "register",
            api::register,
            [experiment(Update), scorer(NotDenied), scorer_version(NotDenied)],
        )
        .summary("Register a version of a scorer")
        .get("list", api::list, [Need::Rows(Tier::Scorer), experiment(Read).each()])
        .summary("List the newest versions of scorers")
        .get("versions", api::versions, read)
        .summary("List the versions of a scorer")
        .get("get", api::get, read)
        .summary("Get a version of a scorer")
        .delete("delete", api::delete, delete)
        .summary("Delete a version of a scorer, or all")
        .get("online-configs", online::list, [experiment(Read).of(Scope::ScorerId)])
        .summary("List how scorers sample traces online")
        .put("online-config", online::upsert, [experiment(Update)])
        .summary("Set how a scorer samples traces online")
}
