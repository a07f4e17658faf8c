"""Programs that use the package `openai` and turn on its autologging: what they ask a model can be read back."""

import asyncio
import json

import pytest

from language_model import BREAKS_OFF, REFUSED

openai = pytest.importorskip("openai")
pytestmark = pytest.mark.mlflow3

QUESTION = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why is the sky blue?"}]
ANSWER = "You said: Why is the sky blue?"
USAGE = {"input_tokens": 7, "output_tokens": 7, "total_tokens": 14, "cache_read_input_tokens": 1}
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a town.",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
    },
}


@pytest.fixture
def autolog(fluent):
    fluent.openai.autolog(silent=True)
    yield fluent
    fluent.openai.autolog(disable=True, silent=True)


@pytest.fixture
def model(autolog, language_model):
    with openai.OpenAI(base_url=language_model.url, api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def ask(model):
    def create(messages=QUESTION, name="gpt-4o-mini", **options):
        return model.chat.completions.create(model=name, messages=messages, **options)

    return create


def said(outputs):
    return outputs["choices"][0]["message"]["content"]


def test_a_chat(ask, read_back, client):
    assert ask(temperature=0.25).choices[0].message.content == ANSWER
    (trace,) = read_back()
    info = trace.info
    assert info.state == "OK"
    assert info.token_usage == USAGE
    assert info.cost["total_cost"] == pytest.approx(info.cost["input_cost"] + info.cost["output_cost"])
    assert info.cost["total_cost"] > 0
    assert "Why is the sky blue?" in info.request_preview
    assert ANSWER in info.response_preview
    assert info.tags["mlflow.traceName"] == "Completions"
    (span,) = trace.data.spans
    assert (span.name, span.span_type, span.parent_id) == ("Completions", "CHAT_MODEL", None)
    assert span.status.status_code == "OK"
    assert span.inputs == {"model": "gpt-4o-mini", "messages": QUESTION, "temperature": 0.25}
    assert said(span.outputs) == ANSWER
    assert span.outputs["id"] == "chat-1"
    assert span.get_attribute("temperature") == 0.25
    assert span.get_attribute("mlflow.llm.model") == "gpt-4o-mini"
    assert span.get_attribute("mlflow.chat.tokenUsage") == USAGE
    assert span.get_attribute("mlflow.message.format") == "openai"
    assert client.get_trace(info.trace_id).to_dict() == trace.to_dict()


def test_a_tool_is_called_and_answers(ask, autolog, read_back):
    """Two questions to a model and a tool between them, below a function of the program's own."""

    @autolog.trace(span_type="TOOL")
    def weather(town):
        return f"It rains in {town}"

    @autolog.trace(name="assistant", span_type="AGENT")
    def assistant(question):
        messages = [{"role": "user", "content": question}]
        message = ask(messages, tools=[WEATHER]).choices[0].message
        (call,) = message.tool_calls
        result = weather(**json.loads(call.function.arguments))
        messages += [message.to_dict(), {"role": "tool", "tool_call_id": call.id, "content": result}]
        return ask(messages, tools=[WEATHER]).choices[0].message.content

    assert assistant("Is it raining in Bergen") == "You said: It rains in Bergen"
    (trace,) = read_back()
    usage = {"input_tokens": 14, "output_tokens": 7, "total_tokens": 21, "cache_read_input_tokens": 2}
    assert trace.info.token_usage == usage
    root, first, tool, second = sorted(trace.data.spans, key=lambda span: span.start_time_ns)
    assert [span.span_type for span in (root, first, tool, second)] == ["AGENT", "CHAT_MODEL", "TOOL", "CHAT_MODEL"]
    assert {span.parent_id for span in (first, tool, second)} == {root.span_id}
    assert root.inputs == {"question": "Is it raining in Bergen"}
    assert root.outputs == "You said: It rains in Bergen"
    (call,) = first.outputs["choices"][0]["message"]["tool_calls"]
    assert call["function"] == {"name": "weather", "arguments": '{"town": "Bergen"}'}
    assert first.get_attribute("mlflow.chat.tools")[0]["function"]["name"] == "weather"
    assert (tool.inputs, tool.outputs) == ({"town": "Bergen"}, "It rains in Bergen")
    assert [message["role"] for message in second.inputs["messages"]] == ["user", "assistant", "tool"]


def test_a_stream(ask, read_back):
    """The span ends with the stream and has the text as a whole; each chunk is one of its events."""
    chunks = list(ask(stream=True, stream_options={"include_usage": True}))
    (trace,) = read_back()
    assert trace.info.state == "OK"
    assert trace.info.token_usage == USAGE
    (span,) = trace.data.spans
    assert span.inputs["stream"] is True
    assert said(span.outputs) == ANSWER
    assert span.get_attribute("mlflow.llm.model") == "gpt-4o-mini"
    assert len(span.events) == len(chunks) == 9
    assert [event.name for event in span.events] == [f"mlflow.chunk.item.{number}" for number in range(9)]
    first = json.loads(span.events[0].attributes["mlflow.chunk.value"])
    assert first["choices"][0]["delta"]["content"] == "You"


def test_a_stream_without_tokens(ask, read_back):
    list(ask(stream=True))
    (trace,) = read_back()
    assert trace.info.token_usage is None
    assert said(trace.data.spans[0].outputs) == ANSWER


def test_many_at_once(autolog, language_model, read_back):
    """Questions that wait for each other in one thread: plain ones and streams, below one span."""

    async def ask_all():
        async with openai.AsyncOpenAI(base_url=language_model.url, api_key="none", max_retries=0) as model:

            async def ask(number):
                messages = [{"role": "user", "content": f"Question {number}"}]
                answer = await model.chat.completions.create(
                    model="gpt-4o-mini", messages=messages, stream=number % 2 == 1
                )
                if number % 2 == 1:
                    return [chunk async for chunk in answer]

            with autolog.start_span("all"):
                await asyncio.gather(*(ask(number) for number in range(6)))

    asyncio.run(ask_all())
    (trace,) = read_back()
    root = next(span for span in trace.data.spans if span.parent_id is None)
    asked = [span for span in trace.data.spans if span is not root]
    assert {span.parent_id for span in asked} == {root.span_id}
    assert {span.name for span in asked} == {"AsyncCompletions"}
    assert sorted(said(span.outputs) for span in asked) == [f"You said: Question {number}" for number in range(6)]
    assert trace.info.token_usage["output_tokens"] == 3 * 4


def test_embeddings(model, read_back):
    model.embeddings.create(model="text-embedding-3-small", input=["one two", "three"])
    (trace,) = read_back("span.type = 'EMBEDDING'")
    (span,) = trace.data.spans
    assert (span.name, span.span_type) == ("Embeddings", "EMBEDDING")
    assert span.inputs["input"] == ["one two", "three"]
    assert [item["embedding"] for item in span.outputs["data"]] == [[7.0, 0.5], [5.0, 0.5]]
    assert span.get_attribute("mlflow.llm.model") == "text-embedding-3-small"


@pytest.mark.parametrize("stream", [False, True])
def test_responses(model, read_back, stream):
    answer = model.responses.create(model="gpt-4o", input="Why is it so?", stream=stream)
    if stream:
        list(answer)
    (trace,) = read_back()
    usage = {"input_tokens": 4, "output_tokens": 6, "total_tokens": 10, "cache_read_input_tokens": 1}
    assert trace.info.token_usage == usage
    (span,) = trace.data.spans
    assert (span.name, span.span_type) == ("Responses", "CHAT_MODEL")
    assert span.inputs["input"] == "Why is it so?"
    assert span.outputs["output"][0]["content"][0]["text"] == "You said: Why is it so?"
    assert span.get_attribute("mlflow.llm.model") == "gpt-4o"


def test_a_refusal(ask, read_back):
    ask()
    with pytest.raises(openai.BadRequestError):
        ask(name=REFUSED)
    (trace,) = read_back("trace.status = 'ERROR'")
    assert trace.info.state == "ERROR"
    assert trace.info.token_usage is None
    (span,) = trace.data.spans
    assert span.status.status_code == "ERROR"
    assert span.inputs["model"] == REFUSED
    assert span.outputs is None
    (event,) = span.events
    assert event.name == "exception"
    assert event.attributes["exception.type"] == "BadRequestError"
    assert "does not like you" in event.attributes["exception.message"]
    assert len(read_back("trace.status = 'OK'")) == 1


def test_a_stream_that_breaks_off(ask, read_back):
    with pytest.raises(openai.APIError, match="lost its thread"):
        list(ask(name=BREAKS_OFF, stream=True))
    (trace,) = read_back("span.status = 'ERROR'")
    (span,) = trace.data.spans
    assert trace.info.state == span.status.status_code == "ERROR"
    assert [event.name for event in span.events] == ["mlflow.chunk.item.0", "exception"]


def test_sessions_and_users(ask, autolog, read_back):
    """A program that says in which conversation it is, and with whom, in either of the ways."""

    @autolog.trace
    def turn(session, user, text):
        metadata = {"mlflow.trace.session": session, "mlflow.trace.user": user}
        autolog.update_current_trace(metadata=metadata, tags={"channel": "web"})
        return ask([{"role": "user", "content": text}]).choices[0].message.content

    turn("first", "ann", "Hello")
    turn("first", "ann", "Goodbye")
    turn("second", "bob", "Hello")
    with autolog.start_span("turn"):
        autolog.update_current_trace(session_id="second", user="ann")
        ask()
    found = read_back("metadata.`mlflow.trace.session` = 'first'", order_by=["timestamp_ms ASC"])
    assert [trace.data.spans[0].inputs["text"] for trace in found] == ["Hello", "Goodbye"]
    assert {trace.info.trace_metadata["mlflow.trace.user"] for trace in found} == {"ann"}
    assert {trace.info.tags["channel"] for trace in found} == {"web"}
    assert len(read_back("metadata.`mlflow.trace.user` = 'ann'")) == 3
    sessions = {session.id: len(session) for session in autolog.search_sessions()}
    assert sessions == {"first": 2, "second": 2}


def test_traces_of_a_run(ask, autolog, read_back):
    with autolog.start_run() as run:
        ask()
    ask()
    (trace,) = read_back(run_id=run.info.run_id)
    assert trace.info.trace_metadata["mlflow.sourceRun"] == run.info.run_id
    assert len(read_back()) == 2


def test_spans_are_found_by_what_they_say(ask, model, read_back):
    ask()
    ask(name="gpt-4o", temperature=0.75)
    model.embeddings.create(model="text-embedding-3-small", input="x")
    assert len(read_back("span.type = 'CHAT_MODEL'")) == 2
    assert len(read_back("span.name = 'Embeddings'")) == 1
    (trace,) = read_back("span.attributes.temperature LIKE '%0.75%'")
    assert trace.data.spans[0].inputs["model"] == "gpt-4o"
    assert len(read_back("span.attributes.mlflow.llm.model LIKE '%gpt-%'")) == 2
    assert all(trace.data.spans == [] for trace in read_back(include_spans=False))
