//! What is to be deleted: found, and held against what was asked for.

use std::collections::HashSet;

use app::{App, Caller};

use super::report::Report;
use super::store_plan::{self, Found, FoundExperiment, Kind};
use super::{Failure, Target, Wanted};

/// What is to be deleted, in the order of its fields.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub runs: Vec<Target>,
    pub logged_models: Vec<Target>,
    pub experiments: Vec<i64>,
}

pub(super) async fn make(app: &App, wanted: &Wanted, report: &mut Report) -> Result<Plan, Failure> {
    let runs = single(app, Kind::Run, wanted.runs.as_deref(), wanted).await?;
    let models = single(app, Kind::LoggedModel, wanted.logged_models.as_deref(), wanted).await?;
    let found = experiments(app, wanted).await?;
    let mut plan = Plan::default();
    let mut inside = (Vec::new(), Vec::new());
    for experiment in found {
        let runs = all_in(app, Kind::Run, experiment).await?;
        let models = all_in(app, Kind::LoggedModel, experiment).await?;
        if let Some(why) = reason_to_keep(app, wanted, experiment, &runs, &models).await? {
            report.kept("Experiment", experiment, why)?;
            continue;
        }
        inside.0.extend(runs.into_iter().map(|found| found.target));
        inside.1.extend(models.into_iter().map(|found| found.target));
        plan.experiments.push(experiment);
    }
    plan.runs = each_once(runs, inside.0);
    plan.logged_models = each_once(models, inside.1);
    Ok(plan)
}

async fn all_in(app: &App, kind: Kind, experiment: i64) -> Result<Vec<Found>, Failure> {
    Ok(app.read(Caller::server(), store_plan::inside, (kind, vec![experiment])).await?)
}

/// An experiment goes as a whole or not at all.
async fn reason_to_keep(
    app: &App,
    wanted: &Wanted,
    experiment: i64,
    runs: &[Found],
    models: &[Found],
) -> Result<Option<String>, Failure> {
    let young = |found: &&Found| {
        found.is_deleted && found.deleted_ms.is_none_or(|deleted| deleted > wanted.until_ms)
    };
    if wanted.has_age
        && let Some(young) = runs.iter().chain(models).find(young)
    {
        let id = &young.target.id;
        return Ok(Some(format!("{id}, which is in it, was deleted too recently.")));
    }
    let guardrail = app.read(Caller::server(), store_plan::guardrail_of, (experiment,));
    Ok(guardrail.await?.map(|name| {
        format!("its scorer is in use by the guardrail '{name}'. Delete the guardrail first.")
    }))
}

fn each_once(first: Vec<Target>, then: Vec<Target>) -> Vec<Target> {
    let mut seen = HashSet::new();
    let mut all: Vec<Target> = first.into_iter().chain(then).collect();
    all.retain(|target| seen.insert(target.id.clone()));
    all
}

/// Runs or logged models: the named ones, which must be deleted and old enough, or all that are.
async fn single(
    app: &App,
    kind: Kind,
    ids: Option<&[String]>,
    wanted: &Wanted,
) -> Result<Vec<Target>, Failure> {
    let input = (kind, ids.map(<[String]>::to_vec), wanted.clone());
    let found = app.read(Caller::server(), store_plan::named_or_deleted, input).await?;
    if let Some(ids) = ids {
        check(kind, ids, &found, wanted)?;
    }
    Ok(found.into_iter().map(|found| found.target).collect())
}

/// Compat: the sentences are MLflow's.
fn check(kind: Kind, ids: &[String], found: &[Found], wanted: &Wanted) -> Result<(), Failure> {
    let (one, many) = match kind {
        Kind::Run => ("Run", "runs"),
        Kind::LoggedModel => ("Logged model", "logged models"),
    };
    for id in ids {
        let Some(found) = found.iter().find(|found| found.target.id == *id) else {
            if wanted.workspace.is_none() {
                // It may be in any of them, and in none of those looked at before.
                continue;
            }
            return Err(Failure::Refused(match kind {
                Kind::Run => format!("Run with id={id} not found"),
                Kind::LoggedModel => format!("Logged model with ID '{id}' not found."),
            }));
        };
        if !found.is_deleted {
            return Err(Failure::Refused(format!(
                "{one} {id} is not in `deleted` lifecycle stage. Only {many} in `deleted` lifecycle \
                 stage can be deleted."
            )));
        }
        if found.deleted_ms.is_none_or(|deleted| deleted > wanted.until_ms) {
            return Err(Failure::Refused(format!(
                "{one} {id} is not older than the required age. Only {many} older than {} can be \
                 deleted.",
                wanted.age
            )));
        }
    }
    Ok(())
}

async fn experiments(app: &App, wanted: &Wanted) -> Result<Vec<i64>, Failure> {
    let input = (wanted.experiments.clone(), wanted.clone());
    let found = app.read(Caller::server(), store_plan::experiments, input).await?;
    if let Some(ids) = &wanted.experiments {
        check_experiments(ids, &found, wanted)?;
    }
    Ok(found.into_iter().map(|experiment| experiment.id).collect())
}

fn check_experiments(
    ids: &[i64],
    found: &[FoundExperiment],
    wanted: &Wanted,
) -> Result<(), Failure> {
    let missing = ids.iter().find(|id| !found.iter().any(|experiment| experiment.id == **id));
    if let Some(id) = missing
        && wanted.workspace.is_some()
    {
        return Err(Failure::Refused(format!("No Experiment with id={id} exists")));
    }
    let list = |experiments: Vec<&FoundExperiment>| {
        let ids: Vec<String> =
            experiments.iter().map(|experiment| format!("'{}'", experiment.id)).collect();
        format!("[{}]", ids.join(", "))
    };
    let active: Vec<_> = found.iter().filter(|experiment| !experiment.is_deleted).collect();
    if !active.is_empty() {
        return Err(Failure::Refused(format!(
            "Experiments {} are not in the deleted lifecycle stage. Only experiments in the deleted \
             lifecycle stage can be hard-deleted.",
            list(active)
        )));
    }
    let is_young = |experiment: &&FoundExperiment| {
        experiment.changed_ms.is_none_or(|changed| changed >= wanted.until_ms)
    };
    let young: Vec<_> = found.iter().filter(is_young).collect();
    if wanted.has_age && !young.is_empty() {
        return Err(Failure::Refused(format!(
            "Experiments {} are not older than the required age. Only experiments older than {} can \
             be deleted.",
            list(young),
            wanted.age
        )));
    }
    Ok(())
}
