"""The ways in which the client sends its traces: at once or later, span by span or in packs, from many threads."""

import concurrent.futures
import contextvars

import pytest

openai = pytest.importorskip("openai")
pytestmark = pytest.mark.mlflow3

THREADS, EACH = 8, 3


@pytest.fixture(params=["later", "later, span by span", "at once"])
def autolog(request, fluent):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", str(request.param != "at once").lower())
        environment.setenv("MLFLOW_USE_BATCH_SPAN_PROCESSOR", str(request.param == "later").lower())
        fluent.tracing.reset()
        fluent.openai.autolog(silent=True)
        yield fluent
        fluent.openai.autolog(disable=True, silent=True)
    fluent.tracing.reset()


@pytest.fixture
def ask(autolog, language_model):
    with openai.OpenAI(base_url=language_model.url, api_key="none", max_retries=0) as client:

        def create(text):
            messages = [{"role": "user", "content": text}]
            answer = client.chat.completions.create(model="gpt-4o-mini", messages=messages)
            return answer.choices[0].message.content

        yield create


def in_threads(work, count=THREADS):
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return [done.result() for done in [pool.submit(work, number) for number in range(count)]]


def test_traces_of_many_threads(ask, autolog, read_back):
    @autolog.trace
    def turn(text):
        autolog.update_current_trace(session_id=text.split()[0])
        return ask(text)

    def work(thread):
        return [turn(f"thread-{thread} question-{number}") for number in range(EACH)]

    answers = sum(in_threads(work), [])
    found = read_back()
    assert len(found) == THREADS * EACH
    roots = [next(span for span in trace.data.spans if span.parent_id is None) for trace in found]
    assert sorted(root.outputs for root in roots) == sorted(answers)
    for trace, root in zip(found, roots, strict=True):
        assert trace.info.state == "OK"
        assert trace.info.trace_metadata["mlflow.trace.session"] == root.inputs["text"].split()[0]
        assert trace.info.token_usage["total_tokens"] == 6
        (asked,) = [span for span in trace.data.spans if span is not root]
        assert asked.parent_id == root.span_id
        assert asked.inputs["messages"][0]["content"] == root.inputs["text"]


def test_threads_that_share_a_trace(ask, autolog, read_back):
    """Their spans end at the same time and arrive in whatever order; none is lost and tokens add up."""
    with autolog.start_span("all") as root:
        contexts = [contextvars.copy_context() for _ in range(THREADS)]
        in_threads(lambda number: contexts[number].run(ask, f"question {number}"))
    (trace,) = read_back()
    assert trace.info.state == "OK"
    asked = [span for span in trace.data.spans if span.parent_id is not None]
    assert {span.parent_id for span in asked} == {root.span_id}
    texts = sorted(span.inputs["messages"][0]["content"] for span in asked)
    assert texts == [f"question {number}" for number in range(THREADS)]
    assert trace.info.token_usage["input_tokens"] == 2 * THREADS
    assert trace.info.token_usage["output_tokens"] == 4 * THREADS
