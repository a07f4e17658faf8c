"""OTLP over gRPC, which most exporters choose unless told otherwise, on the server's one port."""

import os

import grpc
import pytest
import requests
from opentelemetry import trace as otel
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

pytestmark = pytest.mark.headwater_only


@pytest.fixture
def channel(server):
    with grpc.insecure_channel(server.url.removeprefix("http://")) as channel:
        yield channel


@pytest.fixture
def export(channel, experiment):
    """Sends an export and returns the answer, or the error that the call came to."""

    def send(request, experiment=experiment, **options):
        metadata = [("x-mlflow-experiment-id", experiment)] if experiment else []
        try:
            return TraceServiceStub(channel).Export(request, metadata=metadata, timeout=30, **options)
        except grpc.RpcError as error:
            return error

    return send


def request(*trace_ids):
    message = ExportTraceServiceRequest()
    scope = message.resource_spans.add().scope_spans.add()
    for trace_id in trace_ids:
        scope.spans.add(trace_id=trace_id, span_id=os.urandom(8), name="s", start_time_unix_nano=10**18, end_time_unix_nano=10**18 + 5)
    return message


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_an_exporter_with_only_an_endpoint_and_a_header(server, client, experiment, compression):
    exporter = OTLPSpanExporter(
        endpoint=server.url, insecure=True, headers={"x-mlflow-experiment-id": experiment}, compression=compression
    )
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("shop")
    with tracer.start_as_current_span("order", attributes={"text": "x" * 5000}) as root:
        for number in range(20):
            with tracer.start_as_current_span(f"step {number}"):
                pass
    provider.shutdown()
    trace_id = f"tr-{otel.format_trace_id(root.get_span_context().trace_id)}"
    trace = client.get_trace(trace_id)
    assert trace.info.experiment_id == experiment
    assert (trace.info.state, len(trace.data.spans)) == ("OK", 21)


def test_exports_end_well_or_say_why(export, experiment):
    answer = export(request(os.urandom(16)))
    assert not answer.HasField("partial_success")
    partial = export(request(os.urandom(16), b"\x01", bytes(16))).partial_success
    assert partial.rejected_spans == 2 and "trace_id" in partial.error_message
    nothing = export(request(b"\x01"))
    assert nothing.code() is grpc.StatusCode.INVALID_ARGUMENT and "trace_id" in nothing.details()
    missing = export(request(os.urandom(16)), experiment=None)
    assert missing.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert missing.details() == "x-mlflow-experiment-id: Field required"
    unknown = export(request(os.urandom(16)), experiment="987654321")
    assert unknown.code() is grpc.StatusCode.NOT_FOUND and "987654321" in unknown.details()


def test_other_methods_are_not_there(channel):
    for method in ("/opentelemetry.proto.collector.trace.v1.TraceService/Import", "/x.Y/Z"):
        with pytest.raises(grpc.RpcError) as error:
            channel.unary_unary(method)(b"", timeout=30)
        assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_only_the_one_method_is_a_call_of_grpc(server, client, experiment, tmp_path):
    """The type of a call makes none of another request: nothing is looked up, and nothing gathered for it."""
    run = client.create_run(experiment).info.run_id
    (tmp_path / "big").write_bytes(bytes(8 << 20))
    client.log_artifact(run, str(tmp_path / "big"))
    calls = {"content-type": "application/grpc"}
    for method, path in [
        ("GET", f"/get-artifact?run_id={run}&path=big"),
        ("POST", "/api/2.0/mlflow/runs/search"),
        ("GET", f"/ajax-api/3.0/mlflow/runs/watch?experiment_id={experiment}"),
        ("GET", "/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
    ]:
        answer = requests.request(method, server.url + path, headers=calls, data=bytes(5), timeout=30)
        assert (answer.headers["grpc-status"], len(answer.content)) == ("12", 0), path


def test_what_is_no_message_is_refused(channel, experiment):
    call = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
    with pytest.raises(grpc.RpcError) as error:
        call(b"\xff" * 20, metadata=[("x-mlflow-experiment-id", experiment)], timeout=30)
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert error.value.details().startswith("Invalid OpenTelemetry format")


def test_many_exports_on_one_connection(channel, experiment, client):
    """Calls share a connection; each is answered, and all are kept."""
    stub = TraceServiceStub(channel)
    metadata = [("x-mlflow-experiment-id", experiment)]
    ids = [os.urandom(16) for _ in range(60)]
    calls = [stub.Export.future(request(trace_id), metadata=metadata, timeout=60) for trace_id in ids]
    for call in calls:
        assert not call.result().HasField("partial_success")
    found = client.search_traces([experiment], max_results=100)
    assert {trace.info.trace_id for trace in found} == {f"tr-{trace_id.hex()}" for trace_id in ids}
