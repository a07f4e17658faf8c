"""A plain OpenTelemetry SDK with its own exporter: nothing of MLflow at the sending end."""

import pytest
from opentelemetry import trace as otel
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExportResult


class Witness(OTLPSpanExporter):
    """Remembers how its exports ended."""

    def export(self, spans):
        result = super().export(spans)
        self.results = [*getattr(self, "results", []), result]
        return result


@pytest.fixture(params=[Compression.NoCompression, Compression.Gzip, Compression.Deflate])
def exporter(request, server, experiment):
    return Witness(
        endpoint=f"{server.url}/v1/traces",
        headers={"x-mlflow-experiment-id": experiment},
        compression=request.param,
        timeout=30,
    )


def provider(processor):
    made = TracerProvider(resource=Resource.create({"service.name": "shop", "service.version": "7"}))
    made.add_span_processor(processor)
    return made


def trace_id(span):
    return f"tr-{otel.format_trace_id(span.get_span_context().trace_id)}"


def test_a_program_without_mlflow(client, exporter):
    shop = provider(BatchSpanProcessor(exporter))
    tracer = shop.get_tracer("shop", "1.0")
    with tracer.start_as_current_span("order", attributes={"session.id": "s", "basket": ["a", "b"]}) as root:
        with tracer.start_as_current_span("pay", kind=otel.SpanKind.CLIENT) as child:
            child.set_attributes({"amount": 12.5, "currency": "kr\u00f3na", "paid": True, "tries": 2})
            child.add_event("refused", {"code": 51})
            child.set_status(otel.StatusCode.ERROR, "no money")
    shop.shutdown()
    assert exporter.results == [SpanExportResult.SUCCESS]

    trace = client.get_trace(trace_id(root))
    assert trace.info.state == "OK"
    assert trace.info.tags["service.name"] == "shop"
    assert trace.info.trace_metadata["mlflow.trace.session"] == "s"
    spans = {span.name: span for span in trace.data.spans}
    assert set(spans) == {"order", "pay"}
    assert spans["order"].parent_id is None
    assert spans["pay"].parent_id == spans["order"].span_id
    assert spans["order"].get_attribute("basket") == ["a", "b"]
    expected = {"amount": 12.5, "currency": "kr\u00f3na", "paid": True, "tries": 2}
    assert {key: spans["pay"].get_attribute(key) for key in expected} == expected
    assert spans["pay"].status.status_code.value == "ERROR"
    assert spans["pay"].status.description == "no money"
    assert [event.name for event in spans["pay"].events] == ["refused"]
    assert spans["order"].start_time_ns == root.start_time
    assert spans["order"].end_time_ns == root.end_time


def test_each_span_by_itself_leaves_first(client, exporter):
    """Children end, and arrive, before the root that names the trace's state."""
    shop = provider(SimpleSpanProcessor(exporter))
    tracer = shop.get_tracer("shop")
    with tracer.start_as_current_span("root") as root:
        for number in range(3):
            with tracer.start_as_current_span(f"step {number}"):
                pass
        assert client.get_trace(trace_id(root)).info.state == "IN_PROGRESS"
    shop.shutdown()
    assert exporter.results == [SpanExportResult.SUCCESS] * 4
    trace = client.get_trace(trace_id(root))
    assert trace.info.state == "OK"
    assert len(trace.data.spans) == 4
    assert trace.info.request_time == root.start_time // 1_000_000
