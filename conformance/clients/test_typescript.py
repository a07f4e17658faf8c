"""MLflow's TypeScript SDK for tracing: a trace, then its spans as the file `traces.json` in its artifacts."""

import base64
import uuid

from recorded import Replay

QUESTION = {"messages": [{"role": "user", "content": "Why? 🦘"}]}
TOKENS = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}


def test_a_trace_of_the_typescript_sdk(server, client, unique):
    trace_id = uuid.uuid4()
    words = {"TRACE_ID": f"tr-{trace_id.hex}", "TRACE_BASE64": base64.b64encode(trace_id.bytes).decode()}
    session = Replay(server, "typescript", NAME=unique("typescript"), **words)
    session.values["EXPERIMENT_ID"] = session.next().json["experiment_id"]
    assert session.rest() == []
    created, uploaded, _, downloaded = session.answers[1:]
    # The SDK finds by this tag where it has to put the file.
    location = created.json["trace"]["trace_info"]["tags"]["mlflow.artifactLocation"]
    assert f"mlflow-artifacts:/{uploaded.request.split('/artifacts/', 1)[1]}" == f"{location}/traces.json"
    assert downloaded.text == uploaded.sent
    found = client.get_trace(words["TRACE_ID"])
    info = found.info
    assert (info.experiment_id, info.state) == (session.values["EXPERIMENT_ID"], "OK")
    assert (info.request_time, info.execution_duration, info.client_request_id) == (1764561234567, 1234, "request-1")
    assert (info.request_preview, info.response_preview) == ('{"question":"Why?"}', '"Because."')
    assert info.token_usage == TOKENS
    assert info.trace_metadata["mlflow.trace.session"] == "session-1"
    assert info.tags["channel"] == "web"
    root, asked = found.data.spans
    assert (root.name, root.parent_id, root.trace_id) == ("answer", None, words["TRACE_ID"])
    assert (root.start_time_ns, root.end_time_ns) == (1764561234567000001, 1764561235801000003)
    assert (asked.name, asked.parent_id) == ("ask", root.span_id)
    (event,) = asked.events
    assert (event.name, event.timestamp) == ("first token", 1764561234600000007)
    assert asked.attributes["mlflow.spanInputs"] == QUESTION
    assert asked.attributes["temperature"] == 0.5
    (searched,) = client.search_traces(locations=[session.values["EXPERIMENT_ID"]])
    assert searched.to_dict() == found.to_dict()
