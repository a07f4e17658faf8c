"""Spans of an OpenTelemetry SDK that follow the conventions for generative AI become what MLflow calls them."""

import json

import pytest
from opentelemetry import trace as otel
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

OTLPSpanExporter = pytest.importorskip("opentelemetry.exporter.otlp.proto.http.trace_exporter").OTLPSpanExporter
pytestmark = pytest.mark.mlflow3

ASKED = [{"role": "user", "parts": [{"type": "text", "content": "Is it raining in Bergen?"}]}]
ANSWERED = [{"role": "assistant", "parts": [{"type": "text", "content": "It is."}], "finish_reason": "stop"}]
TOOLS = [{"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {}}}]


@pytest.fixture
def provider(server, experiment, monkeypatch):
    """An exporter that the environment tells where to go and in which experiment, and nothing else."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"x-mlflow-experiment-id={experiment}")
    made = TracerProvider()
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    yield made
    made.shutdown()


@pytest.fixture
def tracer(provider):
    return provider.get_tracer("shop.agent")


@pytest.fixture
def read_back(provider, client, experiment):
    def search(filter_string=None):
        assert provider.force_flush()
        return client.search_traces(locations=[experiment], filter_string=filter_string)

    return search


def chat(tracer, changes=None):
    """A finished span of a question to a model."""
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o-mini",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 3,
        "gen_ai.input.messages": json.dumps(ASKED),
        "gen_ai.output.messages": json.dumps(ANSWERED),
        "gen_ai.tool.definitions": json.dumps(TOOLS),
        **(changes or {}),
    }
    with tracer.start_as_current_span("chat gpt-4o", kind=otel.SpanKind.CLIENT, attributes=attributes) as span:
        return span


def test_a_question_to_a_model(tracer, read_back, client, experiment):
    sent = chat(tracer)
    (trace,) = read_back()
    info = trace.info
    assert info.trace_id == f"tr-{otel.format_trace_id(sent.get_span_context().trace_id)}"
    assert (info.experiment_id, info.state) == (experiment, "OK")
    assert info.token_usage == {"input_tokens": 12, "output_tokens": 3, "total_tokens": 15}
    assert info.cost["total_cost"] == pytest.approx(12 * 0.15e-6 + 3 * 0.6e-6)
    assert "Is it raining in Bergen?" in info.request_preview
    assert "It is." in info.response_preview
    (span,) = trace.data.spans
    assert (span.name, span.span_type) == ("chat gpt-4o", "CHAT_MODEL")
    assert (span.inputs, span.outputs) == (ASKED, ANSWERED)
    assert span.get_attribute("mlflow.llm.model") == "gpt-4o-mini"
    assert span.get_attribute("mlflow.llm.provider") == "openai"
    assert span.get_attribute("mlflow.chat.tools") == TOOLS
    assert span.get_attribute("gen_ai.request.temperature") == 0.5
    assert span.get_attribute("gen_ai.response.finish_reasons") == ["stop"]
    assert span.get_attribute("gen_ai.usage.input_tokens") == 12
    assert client.get_trace(info.trace_id).to_dict() == trace.to_dict()


def test_an_agent_with_a_tool(tracer, read_back):
    """Types, tokens and the conversation of a tree: the trace counts what its models used."""
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": "talk-7", "user.id": "ann"}
    used = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.call.arguments": '{"town": "Bergen"}',
        "gen_ai.tool.call.result": '{"rain": true}',
    }
    with tracer.start_as_current_span("invoke_agent forecaster", attributes=agent) as root:
        chat(tracer)
        with tracer.start_as_current_span("execute_tool weather", attributes=used):
            pass
        chat(tracer, {"gen_ai.usage.cache_read.input_tokens": 5})
        with tracer.start_as_current_span("embeddings m", attributes={"gen_ai.operation.name": "embeddings"}):
            pass
    (trace,) = read_back("metadata.`mlflow.trace.session` = 'talk-7' AND metadata.`mlflow.trace.user` = 'ann'")
    usage = {"input_tokens": 24, "output_tokens": 6, "total_tokens": 30, "cache_read_input_tokens": 5}
    assert trace.info.token_usage == usage
    spans = sorted(trace.data.spans, key=lambda span: span.start_time_ns)
    assert [span.span_type for span in spans] == ["AGENT", "CHAT_MODEL", "TOOL", "CHAT_MODEL", "EMBEDDING"]
    assert {span.parent_id for span in spans[1:]} == {spans[0].span_id}
    assert spans[0].span_id == otel.format_span_id(root.get_span_context().span_id)
    assert (spans[2].inputs, spans[2].outputs) == ({"town": "Bergen"}, {"rain": True})


def test_what_was_said_is_found(tracer, read_back):
    chat(tracer)
    chat(tracer, {"gen_ai.operation.name": "text_completion"})
    with tracer.start_as_current_span("broken", attributes={"gen_ai.operation.name": "chat"}) as broken:
        broken.set_status(otel.StatusCode.ERROR, "too many requests")
    assert len(read_back()) == 3
    assert len(read_back("span.name = 'chat gpt-4o'")) == 2
    assert len(read_back("span.attributes.gen_ai.response.model LIKE '%gpt-4o-mini%'")) == 2
    assert len(read_back("span.content LIKE '%raining in Bergen%'")) == 2
    (trace,) = read_back("trace.status = 'ERROR'")
    assert trace.data.spans[0].status.description == "too many requests"
    assert trace.info.token_usage is None


@pytest.mark.headwater_only
def test_spans_are_found_by_the_type_that_they_show(tracer, read_back):
    chat(tracer)
    chat(tracer, {"gen_ai.operation.name": "text_completion"})
    assert len(read_back("span.type = 'CHAT_MODEL'")) == 1
    (trace,) = read_back("span.type = 'LLM'")
    assert trace.data.spans[0].span_type == "LLM"
