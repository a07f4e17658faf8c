"""`mlflow.genai.evaluate`: built-in and own scorers, a judge behind a stand-in model, and the results."""

import http.server
import json
import threading

import mlflow
import pytest
from mlflow.entities import Feedback
from mlflow.genai.datasets import create_dataset, get_dataset
from mlflow.genai.scorers import Correctness, RelevanceToQuery, scorer

pytestmark = pytest.mark.mlflow3

DATA = [
    {
        "inputs": {"question": "What is a trace?"},
        "expectations": {"expected_response": "A record of a request."},
    },
    {
        "inputs": {"question": "What is a span?"},
        "expectations": {"expected_response": "A step of a trace."},
    },
]


class Judge(http.server.BaseHTTPRequestHandler):
    """Speaks chat completions, and finds everything about spans wrong."""

    asked = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        Judge.asked.append(body)
        text = json.dumps(body["messages"])
        verdict = {"rationale": "So says the stand-in.", "result": "no" if "span" in text else "yes"}
        message = {"role": "assistant", "content": json.dumps(verdict)}
        answer = {
            "id": "stand-in",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }
        payload = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_):
        pass


@pytest.fixture
def judge(monkeypatch):
    Judge.asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Judge)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/v1"
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("OPENAI_API_BASE", url)
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    yield "openai:/stand-in"
    server.shutdown()
    server.server_close()


@scorer
def short(outputs):
    return len(outputs) < 40


@scorer
def words(outputs):
    return Feedback(value=len(outputs.split()), rationale="counted")


def answer(question):
    return f"You asked: {question}"


def test_own_and_built_in_scorers(client, experiment, judge):
    mlflow.set_experiment(experiment_id=experiment)
    scorers = [short, words, RelevanceToQuery(model=judge), Correctness(model=judge)]
    result = mlflow.genai.evaluate(data=DATA, predict_fn=answer, scorers=scorers)
    assert len(Judge.asked) == 4
    run = client.get_run(result.run_id)
    assert run.data.tags["mlflow.runType"] == "genai_evaluate"
    assert run.data.metrics["short/mean"] == 1
    assert run.data.metrics["relevance_to_query/mean"] == 0.5
    assert run.data.metrics["words/mean"] == 6
    traces = client.search_traces(locations=[experiment], filter_string=f"run_id = '{result.run_id}'")
    assert len(traces) == 2
    for trace in traces:
        marks = {one.name: one for one in trace.info.assessments if one.feedback}
        spans = "span" in trace.info.request_preview
        assert marks["relevance_to_query"].feedback.value == ("no" if spans else "yes")
        assert marks["relevance_to_query"].rationale == "So says the stand-in."
        assert marks["relevance_to_query"].source.source_type == "LLM_JUDGE"
        assert marks["words"].feedback.value == 6
        assert marks["words"].metadata["mlflow.assessment.sourceRunId"] == result.run_id
        expected = [one for one in trace.info.assessments if one.expectation]
        assert [one.name for one in expected] == ["expected_response"]


def test_a_data_set_is_evaluated(client, experiment, unique):
    mlflow.set_experiment(experiment_id=experiment)
    dataset = create_dataset(name=unique("questions"), experiment_id=experiment)
    dataset.merge_records(DATA)
    result = mlflow.genai.evaluate(
        data=get_dataset(dataset_id=dataset.dataset_id), predict_fn=answer, scorers=[short]
    )
    run = client.get_run(result.run_id)
    assert [one.dataset.name for one in run.inputs.dataset_inputs] == [dataset.name]
    rows = result.result_df
    assert sorted(rows["short/value"]) == [True, True]


def test_a_scorer_that_fails_is_told(client, experiment):
    @scorer
    def broken(outputs):
        raise ValueError("no opinion")

    mlflow.set_experiment(experiment_id=experiment)
    result = mlflow.genai.evaluate(data=DATA[:1], predict_fn=answer, scorers=[broken, short])
    (trace,) = client.search_traces(locations=[experiment])
    marks = {one.name: one for one in trace.info.assessments if one.feedback}
    assert "no opinion" in marks["broken"].feedback.error.error_message
    assert marks["short"].feedback.value is True
    assert "short/mean" in client.get_run(result.run_id).data.metrics
