"""The history of one metric: order, pages, refusals."""

import pytest

from rest import assert_invalid


@pytest.fixture
def logged(rest, run):
    """A run with 25 values of `h`, logged in a shuffled order."""
    metrics = [
        {"key": "h", "value": number / 2, "timestamp": 1000 - number, "step": number}
        for number in sorted(range(25), key=lambda number: number * 7 % 25)
    ]
    rest.ok("POST", "runs/log-batch", {"run_id": run, "metrics": metrics})
    rest.log_metric(run, "other", 1)
    return run


def pages(rest, run_id, size):
    token, found = None, []
    while True:
        query = {"max_results": size, **({"page_token": token} if token else {})}
        answer = rest.history(run_id, "h", **query)
        found.append([metric["step"] for metric in answer.get("metrics", [])])
        token = answer.get("next_page_token")
        if not token:
            return found


def test_the_whole_history(rest, logged):
    answer = rest.history(logged, "h")
    assert "next_page_token" not in answer
    assert sorted(metric["step"] for metric in answer["metrics"]) == list(range(25))
    assert {"key": "h", "value": 1.5, "timestamp": 997, "step": 3} in answer["metrics"]


@pytest.mark.parametrize("size", [1, 4, 24, 25, 26])
def test_pages_join_to_the_whole(rest, logged, size):
    found = pages(rest, logged, size)
    assert sorted(step for page in found for step in page) == list(range(25))
    assert all(len(page) == size for page in found[:-1])


def test_client_reads_all_pages(client, logged):
    assert sorted(metric.step for metric in client.get_metric_history(logged, "h")) == list(range(25))


@pytest.mark.mlflow3
def test_client_reads_one_page(client, logged):
    page = client._tracking_client.store.get_metric_history(logged, "h", max_results=10)
    assert len(page) == 10 and page.token


def test_an_unknown_metric_has_no_history(rest, run):
    assert rest.history(run, "none") == {}


def test_an_unknown_run_has_no_history(rest):
    assert rest.history("0" * 32, "m") == {}


def test_the_old_name_of_the_run(rest, logged):
    query = {"run_uuid": logged, "metric_key": "h"}
    assert len(rest.ok("GET", "metrics/get-history", query=query)["metrics"]) == 25


def test_refusals(rest, logged):
    def ask(**query):
        return rest.get("metrics/get-history", {"run_id": logged, "metric_key": "h", **query})

    for size in (0, -1):
        assert_invalid(
            ask(max_results=size),
            f"Invalid value {size} for parameter 'max_results' supplied. It must be a positive integer.",
        )
    assert_invalid(ask(max_results=5, page_token="nonsense"))
    hint = "See the API docs for more information about request parameters."
    answer = rest.get("metrics/get-history", {"run_id": logged})
    assert_invalid(answer, f"Missing value for required parameter 'metric_key'. {hint}")
    answer = rest.get("metrics/get-history", {"metric_key": "h"})
    assert_invalid(answer, f"Missing value for required parameter 'run_id'. {hint}")


def test_pages_hold_while_values_are_appended(rest, run):
    def log(first, last):
        metrics = [{"key": "h", "value": n, "timestamp": n, "step": n} for n in range(first, last)]
        rest.ok("POST", "runs/log-batch", {"run_id": run, "metrics": metrics})

    log(0, 10)
    first = rest.history(run, "h", max_results=6)
    log(10, 15)
    second = rest.history(run, "h", max_results=100, page_token=first["next_page_token"])
    assert [m["step"] for page in (first, second) for m in page["metrics"]] == list(range(15))
