"""The real MLflow and the server write to one database in turn and read each other's rows.

`sides` are two MlflowClients of the same store. One opens the database itself, with the SQL of the
MLflow package; the other talks to the server. Every test runs with either of them first, on a
database that MLflow created and on one that the server created. `same` asks both and demands equal
answers.
"""

import enum
import math

import pytest
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelStatus,
    Metric,
    Param,
    RunTag,
    ViewType,
)
from mlflow.entities._mlflow_object import _MlflowObject
from mlflow.exceptions import MlflowException

pytestmark = pytest.mark.mlflow3

UNICODE = "naïve 模型 🌊 'quoted' \"twice\" \\ %_ line\nbreak"


@pytest.fixture
def first(sides):
    return sides[0]


@pytest.fixture
def second(sides):
    return sides[1]


@pytest.fixture
def experiment(first, unique):
    return first.create_experiment(unique("turns"))


@pytest.fixture
def run(first, experiment):
    return first.create_run(experiment, start_time=1000).info.run_id


@pytest.fixture
def same(sides):
    """Asks both sides the same question; returns the answer, which must be the same."""

    def ask(question):
        answers = [question(client) for client in sides]
        assert plain(answers[0]) == plain(answers[1])
        return answers[0]

    return ask


def plain(value):
    """An entity as dictionaries and lists, so that two of them can be compared.

    Floats become text, because NaN is not equal to itself. What is empty becomes None, because
    the wire does not tell an absent text or list from an empty one.
    """
    if isinstance(value, _MlflowObject):
        return {name: plain(inner) for name, inner in value}
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value] or None
    if isinstance(value, enum.Enum):
        return value.name
    if value == "":
        return None
    return repr(value) if isinstance(value, float) else value


def history(run_id, key):
    """The question for a metric's history, in an order that both sides share."""

    def ask(client):
        points = client.get_metric_history(run_id, key)
        return sorted(plain(points), key=lambda point: (point["timestamp"], point["step"], str(point)))

    return ask


class TestExperiments:
    def test_created_by_one_and_read_by_the_other(self, first, second, same, unique):
        name = unique(UNICODE)
        created = first.create_experiment(name, "file:///tmp/turns", tags={"team": UNICODE})
        found = same(lambda client: client.get_experiment(created))
        assert (found.name, found.artifact_location) == (name, "file:///tmp/turns")
        assert found.tags["team"] == UNICODE
        assert second.get_experiment_by_name(name).experiment_id == created

    def test_ids_are_dealt_by_both(self, first, second, unique):
        dealt = [
            int(client.create_experiment(unique(f"dealt-{turn}")))
            for turn, client in enumerate([first, second, first, second, second, first])
        ]
        assert dealt == sorted(set(dealt))
        assert dealt[0] > 0

    def test_default_experiment_is_shared(self, same):
        assert same(lambda client: client.get_experiment("0")).name == "Default"

    def test_name_is_taken_for_both(self, first, second, unique):
        name = unique("taken")
        first.create_experiment(name)
        with pytest.raises(MlflowException) as refused:
            second.create_experiment(name)
        assert refused.value.error_code == "RESOURCE_ALREADY_EXISTS"

    def test_changed_in_turn(self, first, second, same, experiment, unique):
        second.rename_experiment(experiment, unique("renamed"))
        first.set_experiment_tag(experiment, "a", "1")
        second.set_experiment_tag(experiment, "a", "2")
        second.set_experiment_tag(experiment, "b", "3")
        first.delete_experiment_tag(experiment, "b")
        found = same(lambda client: client.get_experiment(experiment))
        assert found.name == unique("renamed")
        assert found.tags["a"] == "2"
        assert "b" not in found.tags

    def test_deleted_by_one_and_restored_by_the_other(self, first, second, same, experiment, run):
        first.delete_experiment(experiment)
        assert same(lambda client: client.get_experiment(experiment)).lifecycle_stage == "deleted"
        assert same(lambda client: client.get_run(run)).info.lifecycle_stage == "deleted"
        deleted = same(lambda client: list(client.search_experiments(ViewType.DELETED_ONLY)))
        assert experiment in [found.experiment_id for found in deleted]
        second.restore_experiment(experiment)
        assert same(lambda client: client.get_experiment(experiment)).lifecycle_stage == "active"
        assert same(lambda client: client.get_run(run)).info.lifecycle_stage == "active"

    def test_search_finds_the_same(self, first, second, same, unique):
        for number, client in enumerate([first, second, first]):
            client.create_experiment(unique(f"wanted-{number}"), tags={"mark": unique("mark")})
        found = same(
            lambda client: list(
                client.search_experiments(
                    filter_string=f"tags.mark = '{unique('mark')}'", order_by=["name DESC"]
                )
            )
        )
        assert [one.name for one in found] == [unique(f"wanted-{number}") for number in (2, 1, 0)]


class TestRuns:
    def test_created_by_one_and_read_by_the_other(self, first, same, experiment):
        created = first.create_run(
            experiment, start_time=123, tags={"mlflow.user": "ada", "note": UNICODE}, run_name=UNICODE
        )
        found = same(lambda client: client.get_run(created.info.run_id))
        assert plain(found.info) == plain(created.info)
        assert (found.info.run_name, found.info.start_time) == (UNICODE, 123)
        assert found.data.tags == {"mlflow.user": "ada", "note": UNICODE, "mlflow.runName": UNICODE}

    def test_finished_in_turn(self, first, second, same, run):
        second.update_run(run, status="SCHEDULED", name="second's")
        assert same(lambda client: client.get_run(run)).info.status == "SCHEDULED"
        first.set_terminated(run, "KILLED", end_time=5000)
        found = same(lambda client: client.get_run(run))
        assert (found.info.status, found.info.end_time) == ("KILLED", 5000)
        assert found.info.run_name == "second's"

    def test_tags_in_turn(self, first, second, same, run):
        first.set_tag(run, "k", "first's")
        second.set_tag(run, "k", "second's")
        first.set_tag(run, "gone", "x")
        second.delete_tag(run, "gone")
        second.set_tag(run, "long", "x" * 8000)
        tags = same(lambda client: client.get_run(run)).data.tags
        assert tags["k"] == "second's"
        assert "gone" not in tags
        assert len(tags["long"]) == 8000

    def test_params_in_turn(self, first, second, same, run):
        first.log_param(run, "rate", 0.1)
        second.log_param(run, "rate", 0.1)
        with pytest.raises(MlflowException):
            second.log_param(run, "rate", 0.2)
        second.log_batch(run, params=[Param("text", UNICODE), Param("long", "y" * 6000)])
        params = same(lambda client: client.get_run(run)).data.params
        assert params == {"rate": "0.1", "text": UNICODE, "long": "y" * 6000}

    def test_deleted_by_one_and_restored_by_the_other(self, first, second, same, run, experiment):
        first.delete_run(run)
        assert same(lambda client: client.get_run(run)).info.lifecycle_stage == "deleted"
        assert same(lambda client: list(client.search_runs([experiment]))) == []
        listed = same(lambda c: list(c.search_runs([experiment], run_view_type=ViewType.DELETED_ONLY)))
        assert [one.info.run_id for one in listed] == [run]
        with pytest.raises(MlflowException):
            second.log_param(run, "late", 1)
        second.restore_run(run)
        assert same(lambda client: client.get_run(run)).info.lifecycle_stage == "active"

    def test_search_finds_the_same(self, first, second, same, experiment):
        for number in range(6):
            client = (first, second)[number % 2]
            created = client.create_run(experiment, start_time=number, tags={"parity": str(number % 2)})
            client.log_metric(created.info.run_id, "loss", [0.5, math.nan, 2, -1, math.inf, 0][number])
            client.log_param(created.info.run_id, "depth", number)
        for filter_string in [
            "metrics.loss > 0",
            "metrics.loss <= 0.5 AND tags.parity = '0'",
            "params.depth != '3'",
            "params.depth LIKE '%' AND attributes.start_time >= 2",
            "attributes.status = 'RUNNING'",
        ]:
            for order in ["metrics.loss DESC", "metrics.loss ASC", "params.depth", "start_time DESC"]:
                found = same(lambda c: list(c.search_runs([experiment], filter_string, order_by=[order])))
                assert found, filter_string

    def test_pages_of_one_side_hold_all_runs_of_both(self, first, second, same, experiment):
        made = {
            (first, second)[number % 2].create_run(experiment, start_time=number).info.run_id
            for number in range(7)
        }

        def paged(client):
            seen, token = [], None
            while token != "":
                page = client.search_runs([experiment], max_results=3, page_token=token)
                seen += [one.info.run_id for one in page]
                token = page.token or ""
            return seen

        assert set(same(paged)) == made


class TestMetrics:
    VALUES = [0.1, 0.0, 1e-308, 1.7976931348623157e308, -math.pi, 2**53 + 1.0]

    def test_history_of_both(self, first, second, same, run):
        for step, value in enumerate(self.VALUES):
            (first, second)[step % 2].log_metric(run, "m", value, timestamp=1000 + step, step=step)
        points = same(history(run, "m"))
        assert [point["value"] for point in points] == [repr(value) for value in self.VALUES]
        assert same(lambda client: client.get_run(run)).data.metrics == {"m": self.VALUES[-1]}

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
    def test_values_that_are_no_numbers(self, first, same, run, value):
        first.log_metric(run, "odd", value, timestamp=1, step=1)
        seen = same(lambda client: client.get_run(run)).data.metrics["odd"]
        assert math.isnan(seen) if math.isnan(value) else abs(seen) > 1e300
        (point,) = same(history(run, "odd"))
        assert point["value"] == repr(seen)

    @pytest.mark.parametrize("latest", [0, 1, 2])
    def test_latest_value_does_not_depend_on_who_wrote_it(self, sides, same, run, latest):
        """The highest (step, timestamp, value) wins, in whatever order it arrives."""
        points = [Metric("m", 9.0, 50, 1), Metric("m", 1.0, 40, 7), Metric("m", 2.0, 40, 7)]
        for turn in range(3):
            point = points[(latest + turn) % 3]
            sides[turn % 2].log_batch(run, metrics=[point])
        assert same(lambda client: client.get_run(run)).data.metrics == {"m": 2.0}

    def test_nan_and_numbers_share_the_latest_value(self, first, second, same, run):
        first.log_metric(run, "m", math.nan, timestamp=1, step=1)
        second.log_metric(run, "m", 5.0, timestamp=1, step=1)
        same(lambda client: client.get_run(run))
        second.log_metric(run, "m", math.nan, timestamp=1, step=2)
        first.log_metric(run, "m", 4.0, timestamp=2, step=2)
        assert same(lambda client: client.get_run(run)).data.metrics == {"m": 4.0}

    def test_the_same_point_twice_is_one_point(self, first, second, same, run):
        for client in (first, second, first):
            client.log_metric(run, "m", 1.5, timestamp=7, step=3)
        assert len(same(history(run, "m"))) == 1

    def test_batches_in_turn(self, first, second, same, run):
        for start, client in [(0, first), (200, second), (400, first)]:
            metrics = [Metric(f"m{step % 5}", step / 7, step, step) for step in range(start, start + 200)]
            tags = [RunTag(f"batch-{start}", "done")]
            client.log_batch(run, metrics=metrics, params=[Param(f"p{start}", "1")], tags=tags)
        data = same(lambda client: client.get_run(run)).data
        assert data.metrics == {f"m{key}": (595 + key) / 7 for key in range(5)}
        assert data.params == {"p0": "1", "p200": "1", "p400": "1"}
        assert len(same(history(run, "m0"))) == 120

    def test_big_integers(self, first, second, same, run):
        first.log_metric(run, "m", 1, timestamp=2**62, step=-(2**40))
        second.log_metric(run, "m", 2, timestamp=2**62 + 1, step=2**62)
        points = same(history(run, "m"))
        assert [point["step"] for point in points] == [-(2**40), 2**62]


CONTEXT = "mlflow.data.context"


def dataset_input(name="iris", digest="d1", tags=()):
    dataset = Dataset(name, digest, "local", '{"uri": "data.csv"}', '{"columns": []}', '{"rows": 3}')
    return DatasetInput(dataset, [InputTag(key, value) for key, value in tags])


class TestInputs:
    def test_logged_by_one_and_read_by_the_other(self, first, same, run):
        tags = {CONTEXT: "train", "note": UNICODE}
        first.log_inputs(run, datasets=[dataset_input(tags=tags.items())])
        (found,) = same(lambda client: client.get_run(run)).inputs.dataset_inputs
        assert plain(found.dataset) == plain(dataset_input().dataset)
        assert {tag.key: tag.value for tag in found.tags} == tags

    def test_one_dataset_of_both(self, first, second, same, experiment):
        runs = [client.create_run(experiment).info.run_id for client in (first, second, first)]
        for client, run_id in zip((first, second, second), runs, strict=True):
            client.log_inputs(run_id, datasets=[dataset_input(tags=[(CONTEXT, "eval")])])
        for run_id in runs:
            assert len(same(lambda client, of=run_id: client.get_run(of)).inputs.dataset_inputs) == 1
        found = same(
            lambda client: list(
                client.search_runs([experiment], "dataset.name = 'iris' AND dataset.context = 'eval'")
            )
        )
        assert {one.info.run_id for one in found} == set(runs)

    def test_second_dataset_of_a_run(self, first, second, same, run):
        first.log_inputs(run, datasets=[dataset_input()])
        second.log_inputs(run, datasets=[dataset_input("wine", "d2"), dataset_input()])

        def names(client):
            inputs = client.get_run(run).inputs.dataset_inputs
            return sorted((one.dataset.name, one.dataset.digest) for one in inputs)

        assert same(names) == [("iris", "d1"), ("wine", "d2")]


class TestLoggedModels:
    @pytest.fixture
    def model(self, first, experiment, run):
        return first.create_logged_model(
            experiment,
            name="forest",
            source_run_id=run,
            tags={"stage": UNICODE},
            params={"trees": "10", "text": "z" * 6000},
            model_type="classifier",
        )

    def test_created_by_one_and_read_by_the_other(self, same, model, run):
        found = same(lambda client: client.get_logged_model(model.model_id))
        assert plain(found) == plain(model)
        assert (found.name, found.source_run_id, found.model_type) == ("forest", run, "classifier")
        assert found.tags["stage"] == UNICODE
        assert found.params == {"trees": "10", "text": "z" * 6000}

    def test_changed_in_turn(self, first, second, same, model):
        second.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
        second.set_logged_model_tags(model.model_id, {"stage": "new", "more": "1"})
        first.delete_logged_model_tag(model.model_id, "more")
        found = same(lambda client: client.get_logged_model(model.model_id))
        assert found.status == LoggedModelStatus.READY
        assert found.tags["stage"] == "new"
        assert "more" not in found.tags

    def test_metrics_of_both(self, first, second, same, model, run):
        for step, client in enumerate([first, second, first]):
            client.log_metric(
                run, "f1", step / 4, timestamp=10, step=step, model_id=model.model_id,
                dataset_name="iris", dataset_digest="d1",
            )  # fmt: skip
        found = same(lambda client: client.get_logged_model(model.model_id))
        assert found.metrics[-1].value == 0.5
        assert found.metrics[-1].dataset_name == "iris"

    def test_inputs_and_outputs(self, first, second, same, model, run, experiment):
        first.log_outputs(run, [LoggedModelOutput(model.model_id, step=3)])
        user = second.create_run(experiment).info.run_id
        second.log_inputs(user, models=[LoggedModelInput(model.model_id)])
        outputs = same(lambda client: client.get_run(run)).outputs.model_outputs
        assert [(one.model_id, one.step) for one in outputs] == [(model.model_id, 3)]
        inputs = same(lambda client: client.get_run(user)).inputs.model_inputs
        assert [one.model_id for one in inputs] == [model.model_id]

    def test_search_finds_the_same(self, first, second, same, experiment, run):
        for number, client in enumerate([first, second, first, second]):
            made = client.create_logged_model(
                experiment, name=f"m{number}", source_run_id=run, params={"n": str(number)}
            )
            client.log_metric(run, "acc", number / 10, step=1, timestamp=1, model_id=made.model_id)
        found = same(
            lambda client: list(
                client.search_logged_models(
                    [experiment],
                    filter_string="metrics.acc >= 0.1 AND params.n != '2'",
                    order_by=[{"field_name": "metrics.acc", "ascending": False}],
                )
            )
        )
        assert [one.name for one in found] == ["m3", "m1"]

    def test_deleted_by_one_is_gone_for_the_other(self, first, second, same, model, experiment):
        second.delete_logged_model(model.model_id)
        for client in (first, second):
            with pytest.raises(MlflowException) as refused:
                client.get_logged_model(model.model_id)
            assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
        assert same(lambda client: list(client.search_logged_models([experiment]))) == []
