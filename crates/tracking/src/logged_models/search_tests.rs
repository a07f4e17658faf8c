//! Tests of `search`: what becomes of a request, and what is refused.

use super::search::*;
use super::wire::{DatasetFilter, OrderBy};
use crate::keyset::Key;

fn request() -> Request {
    Request { experiment_ids: vec!["1".to_owned()], size: 2, ..Request::default() }
}

fn by(field: &str) -> OrderBy {
    OrderBy { field_name: Some(field.to_owned()), ..OrderBy::default() }
}

fn refusal(request: Request) -> String {
    plan(request).unwrap_err().message
}

#[test]
fn the_newest_come_first_and_ids_break_ties() {
    let search = plan(request()).unwrap();
    let sql = search.statement.sql();
    assert!(
        sql.ends_with("ORDER BY m.creation_timestamp_ms DESC, m.model_id ASC LIMIT $2"),
        "{sql}"
    );
}

#[test]
fn what_has_no_value_comes_last_in_either_direction() {
    let descending = OrderBy { ascending: Some(false), ..by("metrics.acc") };
    let search =
        plan(Request { order_by: vec![descending, by("model_type")], ..request() }).unwrap();
    let sql = search.statement.sql();
    let order = sql.rsplit("ORDER BY ").next().unwrap();
    assert_eq!(
        order,
        "CASE WHEN o0.metric_value IS NULL THEN 1 ELSE 0 END ASC, \
         COALESCE(o0.metric_value, 0) DESC, \
         CASE WHEN m.model_type IS NULL THEN 1 ELSE 0 END ASC, COALESCE(m.model_type, '') ASC, \
         m.creation_timestamp_ms DESC, m.model_id ASC LIMIT $4"
    );
}

#[test]
fn a_metric_is_joined_once_for_each_data_set() {
    let on_data = OrderBy { dataset_name: Some("d".to_owned()), ..by("metrics.a") };
    let order_by = vec![by("metrics.a"), on_data, by("metrics.a")];
    let search = plan(Request { order_by, ..request() }).unwrap();
    assert_eq!(search.statement.sql().matches("LEFT JOIN").count(), 2);
}

#[test]
fn a_page_goes_on_after_the_keys_of_its_token() {
    let first = plan(Request { order_by: vec![by("metrics.a")], ..request() }).unwrap();
    let keys = vec![Key::Int(0), Key::float(0.5), Key::Int(7), Key::Text("m-1".to_owned())];
    let token = first.token(keys);
    let next =
        Request { order_by: vec![by("metrics.a")], page_token: Some(token.clone()), ..request() };
    let search = plan(next).unwrap();
    assert!(search.statement.sql().contains("AND (CASE WHEN o0.metric_value IS NULL"));

    let message = refusal(Request { page_token: Some(token.clone()), ..request() });
    assert_eq!(
        message,
        "Order by in the page token does not match the requested order by. Expected: None. \
         Found: [{'field_name': 'metrics.a', 'ascending': True, 'dataset_name': None, \
         'dataset_digest': None}]"
    );
    let other = Request {
        experiment_ids: vec!["1".to_owned(), "2".to_owned()],
        page_token: Some(token.clone()),
        ..request()
    };
    assert_eq!(
        refusal(other),
        "Experiment IDs in the page token do not match the requested experiment IDs. \
         Expected: ['1', '2']. Found: ['1']"
    );
    let other =
        Request { filter: Some("name = 'a'".to_owned()), page_token: Some(token), ..request() };
    assert_eq!(
        refusal(other),
        "Filter string in the page token does not match the requested filter string. \
         Expected: name = 'a'. Found: None"
    );
}

#[test]
fn forged_keys_are_refused() {
    let search = plan(request()).unwrap();
    for keys in [
        vec![Key::Int(1)],
        vec![Key::Text("x".to_owned()), Key::Text("m".to_owned())],
        vec![Key::float(1.0), Key::Text("m".to_owned())],
    ] {
        let token = Some(search.token(keys));
        let message = refusal(Request { page_token: token, ..request() });
        assert_eq!(message, "Invalid page token: it belongs to another search.");
    }
    assert!(plan(Request { page_token: Some("nonsense".to_owned()), ..request() }).is_err());
}

#[test]
fn data_sets_narrow_metrics_or_stand_for_themselves() {
    let dataset = |digest: Option<&str>| DatasetFilter {
        dataset_name: Some("d".to_owned()),
        dataset_digest: digest.map(str::to_owned),
    };
    let datasets = vec![dataset(Some("1")), dataset(None)];
    let conditions = "((x.dataset_name = $3 AND x.dataset_digest = $4) OR \
                      (x.dataset_name = $5 AND x.dataset_digest IS NULL))";
    let alone = plan(Request { datasets: datasets.clone(), ..request() }).unwrap();
    let sql = alone.statement.sql();
    assert_eq!(sql.matches("EXISTS").count(), 1);
    let shifted = conditions.replace("$3", "$2").replace("$4", "$3").replace("$5", "$4");
    assert!(sql.contains(&shifted), "{sql}");
    let filter = Some("metrics.a > 1 AND tags.t = 'x'".to_owned());
    let narrowed = plan(Request { filter, datasets, ..request() }).unwrap();
    let sql = narrowed.statement.sql();
    // The metric's last value is the last one on these data sets.
    assert_eq!(sql.matches("EXISTS").count(), 1);
    assert_eq!(sql.matches("x.dataset_name").count(), 2);

    let unnamed = vec![DatasetFilter { dataset_digest: Some("1".to_owned()), ..dataset(None) }];
    assert!(plan(Request { datasets: unnamed, ..request() }).is_ok());
    let message = refusal(Request { datasets: vec![DatasetFilter::default()], ..request() });
    assert_eq!(message, "`dataset_name` in the `datasets` clause must be specified.");
}

#[test]
fn nothing_compares_with_what_is_no_number() {
    let filter = Some("metrics.a != nan AND experiment_id ILIKE '2'".to_owned());
    let search = plan(Request { filter, ..request() }).unwrap();
    let sql = search.statement.sql();
    assert!(sql.contains(" AND FALSE AND CAST(m.experiment_id AS TEXT) LIKE $2 "), "{sql}");
}

#[test]
fn a_statement_is_bounded() {
    let filter = Some(["name = 'a'"; 51].join(" AND "));
    assert!(refusal(Request { filter, ..request() }).contains("at most 50 conditions"));
    let order_by = (0..=MAX_METRIC_ORDERS).map(|i| by(&format!("metrics.m{i}"))).collect();
    assert!(refusal(Request { order_by, ..request() }).contains("at most 32 metrics"));
}
