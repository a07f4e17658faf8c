"""The web page's ways of reading the history of many runs at once."""

import pytest

from rest import Rest, assert_invalid

BULK = "metrics/get-history-bulk"
INTERVAL = "metrics/get-history-bulk-interval"


@pytest.fixture
def ajax(server):
    return Rest(server.url, "/ajax-api/2.0/mlflow/")


def log(rest, run_id, steps, key="m"):
    steps = list(steps)
    for start in range(0, len(steps), 1000):
        metrics = [
            {"key": key, "value": step * 0.5, "timestamp": 1000 + step, "step": step}
            for step in steps[start : start + 1000]
        ]
        rest.ok("POST", "runs/log-batch", {"run_id": run_id, "metrics": metrics})


def bulk(ajax, runs, key="m", **query):
    return ajax.ok("GET", BULK, query={"run_id": runs, "metric_key": key, **query})["metrics"]


def interval(ajax, runs, key="m", **query):
    answer = ajax.ok("GET", INTERVAL, query={"run_ids": runs, "metric_key": key, **query})
    return answer.get("metrics", [])


def steps_of(metrics, run_id):
    return [metric["step"] for metric in metrics if metric["run_id"] == run_id]


class TestBulk:
    def test_several_runs(self, ajax, rest, experiment):
        runs = [rest.run(experiment) for _ in range(3)]
        for number, run_id in enumerate(runs):
            log(rest, run_id, range(number + 2))
        found = bulk(ajax, runs)
        assert found[0].keys() == {"key", "value", "timestamp", "step", "run_id"}
        assert [metric["run_id"] for metric in found] == sorted(metric["run_id"] for metric in found)
        for number, run_id in enumerate(runs):
            assert steps_of(found, run_id) == list(range(number + 2))

    def test_size(self, ajax, rest, run):
        log(rest, run, range(10))
        assert [metric["step"] for metric in bulk(ajax, [run], max_results=4)] == [0, 1, 2, 3]
        assert len(bulk(ajax, [run], max_results=99999999)) == 10

    def test_nothing_found(self, ajax, run):
        assert bulk(ajax, [run], "none") == []
        assert bulk(ajax, ["0" * 32]) == []

    def test_refusals(self, ajax, run):
        assert_invalid(
            ajax.get(BULK, {"metric_key": "m"}),
            "GetMetricHistoryBulk request must specify at least one run_id.",
        )
        assert_invalid(
            ajax.get(BULK, {"run_id": run}), "GetMetricHistoryBulk request must specify a metric_key."
        )
        assert_invalid(
            ajax.get(BULK, {"run_id": ["x"] * 101, "metric_key": "m"}),
            "GetMetricHistoryBulk request cannot specify more than 100 run_ids. Received 101 run_ids.",
        )

    def test_a_hundred_runs(self, ajax, run):
        assert bulk(ajax, [run] + ["x"] * 99) == []

    @pytest.mark.safer
    @pytest.mark.parametrize("size", ["many", "", "1.5"])
    def test_an_odd_size_is_refused(self, ajax, run, size):
        answer = ajax.get(BULK, {"run_id": run, "metric_key": "m", "max_results": size})
        assert 400 <= answer.status < 500


class TestInterval:
    def test_all_when_few(self, ajax, rest, run):
        log(rest, run, range(50))
        found = interval(ajax, [run])
        assert [metric["step"] for metric in found] == list(range(50))
        assert found[3] == {"key": "m", "value": 1.5, "timestamp": 1003, "step": 3, "run_id": run}

    @pytest.mark.parametrize("size", [2, 3, 10, 60, 99])
    def test_a_sample_keeps_the_ends(self, ajax, rest, run, size):
        log(rest, run, range(100))
        steps = steps_of(interval(ajax, [run], max_results=size), run)
        assert len(steps) <= size
        assert steps == sorted(set(steps))
        assert steps[0] == 0 and steps[-1] == 99

    def test_a_sample_is_spread_evenly(self, ajax, rest, run):
        log(rest, run, range(1000))
        steps = steps_of(interval(ajax, [run], max_results=100), run)
        assert len(steps) == 100
        gaps = [after - before for before, after in zip(steps, steps[1:])]
        assert max(gaps) <= 2 * min(gaps)

    def test_a_range_of_steps(self, ajax, rest, run):
        log(rest, run, range(0, 200, 5))
        steps = steps_of(interval(ajax, [run], start_step=12, end_step=40), run)
        assert steps == [15, 20, 25, 30, 35, 40]
        steps = steps_of(interval(ajax, [run], start_step=15, end_step=15), run)
        assert steps == [15]
        assert interval(ajax, [run], start_step=16, end_step=19) == []

    def test_negative_steps(self, ajax, rest, run):
        log(rest, run, range(-20, 20))
        steps = steps_of(interval(ajax, [run], start_step=-5, end_step=2), run)
        assert steps == list(range(-5, 3))

    def test_each_run_has_its_own_sample(self, ajax, rest, experiment):
        dense, sparse, empty = (rest.run(experiment) for _ in range(3))
        log(rest, dense, range(500))
        log(rest, sparse, [0, 250, 499])
        found = interval(ajax, [dense, sparse, empty], max_results=20)
        assert steps_of(found, sparse) == [0, 250, 499]
        steps = steps_of(found, dense)
        assert steps[0] == 0 and steps[-1] == 499
        assert steps_of(found, empty) == []

    def test_not_a_number(self, ajax, rest, run):
        rest.log_metric(run, "nan", "NaN", timestamp=3, step=1)
        assert interval(ajax, [run], "nan") == [
            {"key": "nan", "value": "NaN", "timestamp": 3, "step": 1, "run_id": run}
        ]

    def test_several_values_of_one_step(self, ajax, rest, run):
        for number in range(5):
            rest.log_metric(run, "m", number, timestamp=number, step=7)
        assert [metric["value"] for metric in interval(ajax, [run])] == [0, 1, 2, 3, 4]

    def test_refusals(self, ajax, run):
        def ask(**query):
            return ajax.get(INTERVAL, {"run_ids": run, "metric_key": "m", **query})

        hint = "See the API docs for more information about request parameters."
        for size in (0, -1, 2501):
            assert_invalid(ask(max_results=size), f"max_results must be between 1 and 2500. {hint}")
        assert ask(max_results=2500).status == 200
        assert_invalid(
            ask(start_step=5, end_step=4),
            "end_step must be greater than start_step. Found start_step=5 and end_step=4.",
        )
        half = "If either start step or end step are specified, both must be specified."
        assert_invalid(ask(start_step=5), half)
        assert_invalid(ask(end_step=5), half)
        assert_invalid(
            ajax.get(INTERVAL, {"run_ids": ["x"] * 101, "metric_key": "m"}),
            "GetMetricHistoryBulkInterval request must specify at most 100 run_ids. Received 101 "
            f"run_ids. {hint}",
        )

    def test_both_prefixes(self, ajax, rest, run):
        log(rest, run, range(20))
        query = {"run_ids": run, "metric_key": "m", "max_results": 7}
        assert rest.ok("GET", INTERVAL, query=query) == ajax.ok("GET", INTERVAL, query=query)

    def test_more_than_fit_in_one_answer(self, ajax, rest, run):
        log(rest, run, range(3000))
        steps = steps_of(interval(ajax, [run]), run)
        assert len(steps) <= 2500
        assert steps[0] == 0 and steps[-1] == 2999
