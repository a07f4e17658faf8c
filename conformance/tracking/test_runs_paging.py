"""Pages of found runs."""

import pytest

from rest import assert_invalid


def pages(rest, size, **body):
    """The run ids of every page, followed to the end."""
    token, found = None, []
    while True:
        answer = rest.ok("POST", "runs/search", {**body, "max_results": size, "page_token": token or ""})
        found.append([run["info"]["run_id"] for run in answer.get("runs", [])])
        token = answer.get("next_page_token")
        if not token:
            return found


@pytest.fixture
def ten(rest, experiment):
    ids = [rest.run(experiment, start_time=number) for number in range(10)]
    for number, run_id in enumerate(ids):
        rest.log_metric(run_id, "m", "NaN" if number % 3 == 0 else number // 2)
    return ids


@pytest.mark.parametrize("size", [1, 3, 5, 9, 10, 11])
def test_pages_join_to_the_whole(rest, experiment, ten, size):
    found = pages(rest, size, experiment_ids=[experiment], order_by=["start_time ASC"])
    assert [run_id for page in found for run_id in page] == ten
    assert all(len(page) == size for page in found[:-1])
    assert found[-1]


def test_ties_lose_and_repeat_nothing(rest, experiment, ten):
    for clause in ("metrics.m ASC", "metrics.m DESC", "tags.unknown", "status ASC"):
        found = pages(rest, 3, experiment_ids=[experiment], order_by=[clause])
        flat = [run_id for page in found for run_id in page]
        assert sorted(flat) == sorted(ten)
        whole = pages(rest, 100, experiment_ids=[experiment], order_by=[clause])
        assert flat == whole[0]


def test_pages_with_a_filter(rest, experiment, ten):
    found = pages(rest, 2, experiment_ids=[experiment], filter="metrics.m >= 2", order_by=["start_time ASC"])
    flat = [run_id for page in found for run_id in page]
    assert flat == [ten[number] for number in (4, 5, 7, 8)]


def test_pages_in_the_order_of_what_is_filtered(rest, experiment, ten):
    for number, run_id in enumerate(ten):
        rest.ok("POST", "runs/log-parameter", {"run_id": run_id, "key": "p", "value": f"v{number % 4}"})
    cases = {
        ("metrics.m >= 1", "metrics.m DESC"): (8, 7, 5, 4, 2),
        ("metrics.m > 0 AND metrics.m <= 3 AND metrics.m != 2", "metrics.m"): (2, 7),
        ("metrics.m != 2", "metrics.m ASC"): (1, 2, 7, 8, 9, 6, 3, 0),
        ("params.p != 'v0' AND params.p LIKE 'v%'", "params.p DESC"): (7, 3, 6, 2, 9, 5, 1),
        ("metrics.m < 3", "params.p ASC"): (4, 5, 1, 2),
    }
    for (text, clause), numbers in cases.items():
        found = pages(rest, 2, experiment_ids=[experiment], filter=text, order_by=[clause])
        assert [run_id for page in found for run_id in page] == [ten[number] for number in numbers], text


def test_no_page_after_an_exact_fit(rest, experiment, ten):
    answer = rest.ok("POST", "runs/search", {"experiment_ids": [experiment], "max_results": 10})
    assert len(answer["runs"]) == 10 and "next_page_token" not in answer


def test_pages_hold_while_runs_are_appended(rest, experiment, ten):
    body = {"experiment_ids": [experiment], "order_by": ["start_time ASC"], "max_results": 6}
    first = rest.ok("POST", "runs/search", body)
    extra = rest.run(experiment, start_time=50)
    second = rest.ok("POST", "runs/search", {**body, "page_token": first["next_page_token"]})
    found = [run["info"]["run_id"] for page in (first, second) for run in page["runs"]]
    assert found == [*ten, extra]


def test_sizes(rest, experiment):
    def size(value):
        return rest.post("runs/search", {"experiment_ids": [experiment], "max_results": value})

    assert size(50000).status == 200
    message = "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"
    assert_invalid(size(0), message)
    assert_invalid(
        size(50001),
        "Invalid value 50001 for parameter 'max_results' supplied:  Hint: Value was of type 'int'. "
        "See the API docs for more information about request parameters.",
    )


def test_a_foreign_token_is_refused(rest, experiment):
    body = {"experiment_ids": [experiment], "page_token": "nonsense"}
    answer = rest.post("runs/search", body)
    assert_invalid(answer)
    assert answer.message.startswith("Invalid page token")


def test_a_thousand_without_asking(rest, experiment):
    for _ in range(3):
        rest.run(experiment)
    answer = rest.ok("POST", "runs/search", {"experiment_ids": [experiment]})
    assert len(answer["runs"]) == 3 and "next_page_token" not in answer


@pytest.mark.slow
def test_client_follows_pages(client, rest, experiment):
    ids = {rest.run(experiment, start_time=number) for number in range(120)}
    found, token = set(), None
    while True:
        page = client.search_runs([experiment], max_results=50, page_token=token)
        found |= {run.info.run_id for run in page}
        token = page.token
        if not token:
            break
    assert found == ids
