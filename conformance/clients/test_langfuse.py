"""Langfuse's SDK, whose exporter is pointed at the server."""

import pytest
from langfuse import Langfuse, observe, propagate_attributes
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider

ASKED = [{"role": "user", "content": "Is it raining?"}]


@pytest.fixture
def langfuse(server, experiment):
    exporter = OTLPSpanExporter(f"{server.url}/v1/traces", headers={"x-mlflow-experiment-id": experiment})
    made = Langfuse(
        public_key="public",
        secret_key="secret",
        base_url=server.url,
        tracer_provider=TracerProvider(),
        span_exporter=exporter,
    )
    yield made
    made.shutdown()


def test_observations(langfuse, traces):
    @observe(as_type="tool")
    def weather(town):
        return f"It rains in {town}"

    @observe()
    def turn(question):
        with langfuse.start_as_current_observation(
            name="ask", as_type="generation", model="gpt-4o-mini", input=[{"role": "user", "content": question}]
        ) as generation:
            generation.update(output="I shall look", usage_details={"input": 5, "output": 3})
        return weather("Bergen")

    with propagate_attributes(session_id="s-1", user_id="ann", tags=["shop"]):
        assert turn("Is it raining?") == "It rains in Bergen"
    langfuse.flush()
    (trace,) = traces()
    assert trace.info.state == "OK"
    assert trace.info.trace_metadata["mlflow.trace.session"] == "s-1"
    assert trace.info.trace_metadata["mlflow.trace.user"] == "ann"
    assert trace.info.response_preview == '"It rains in Bergen"'
    root, asked, tool = sorted(trace.data.spans, key=lambda span: span.start_time_ns)
    assert [span.span_type for span in (root, asked, tool)] == ["UNKNOWN", "LLM", "TOOL"]
    assert {asked.parent_id, tool.parent_id} == {root.span_id}
    assert root.inputs == {"args": ["Is it raining?"], "kwargs": {}}
    assert root.outputs == tool.outputs == "It rains in Bergen"
    assert (asked.inputs, asked.outputs) == (ASKED, "I shall look")
    assert asked.get_attribute("langfuse.observation.usage_details") == {"input": 5, "output": 3}
    assert asked.get_attribute("langfuse.trace.tags") == ["shop"]
