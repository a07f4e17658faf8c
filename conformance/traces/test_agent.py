"""LangChain's agents, which are graphs of LangGraph: the steps of an agent with tools and a memory."""

import asyncio

import pytest

agents = pytest.importorskip("langchain.agents")
pytest.importorskip("langgraph")
langchain_openai = pytest.importorskip("langchain_openai")
pytestmark = pytest.mark.mlflow3

from langchain_core.tools import tool  # noqa: E402
from langgraph.checkpoint.memory import InMemorySaver  # noqa: E402

QUESTION = {"messages": [{"role": "user", "content": "Is it raining in Bergen"}]}


@tool
def weather(town: str) -> str:
    """The weather of a town."""
    if town == "Nowhere":
        raise LookupError("no such town")
    return f"It rains in {town}"


@pytest.fixture
def agent(fluent, language_model, monkeypatch):
    monkeypatch.setenv("LANGSMITH_TRACING", "false")
    fluent.langchain.autolog(silent=True)
    llm = langchain_openai.ChatOpenAI(
        model="gpt-4o-mini", base_url=language_model.url, api_key="none", max_retries=0, stream_usage=True
    )
    yield agents.create_agent(llm, [weather], system_prompt="Be brief.", checkpointer=InMemorySaver(), name="forecaster")
    fluent.langchain.autolog(disable=True, silent=True)


def thread(name):
    return {"configurable": {"thread_id": name}}


def of_type(trace, span_type):
    return sorted(trace.search_spans(span_type=span_type), key=lambda span: span.start_time_ns)


def ancestors(trace, span):
    spans = {span.span_id: span for span in trace.data.spans}
    while span.parent_id:
        span = spans[span.parent_id]
        yield span.name


def test_the_steps_of_an_agent(agent, read_back):
    answer = agent.invoke(QUESTION, config=thread("one"))["messages"][-1].content
    assert answer == "You said: It rains in Bergen"
    (trace,) = read_back()
    assert trace.info.state == "OK"
    usage = {"input_tokens": 18, "output_tokens": 7, "total_tokens": 25, "cache_read_input_tokens": 2}
    assert trace.info.token_usage == usage
    (root,) = [span for span in trace.data.spans if span.parent_id is None]
    assert root.name == "forecaster"
    assert root.outputs["messages"][-1]["content"] == answer
    first, second = of_type(trace, "CHAT_MODEL")
    (used,) = of_type(trace, "TOOL")
    assert first.end_time_ns <= used.start_time_ns and used.end_time_ns <= second.start_time_ns
    assert list(ancestors(trace, first)) == list(ancestors(trace, second)) == ["model", "forecaster"]
    assert list(ancestors(trace, used)) == ["tools", "forecaster"]
    assert used.name == "weather"
    assert used.inputs == {"town": "Bergen"}
    assert used.outputs["content"] == "It rains in Bergen"
    assert [said["role"] for said in second.inputs["messages"]] == ["system", "user", "assistant", "tool"]


@pytest.mark.parametrize("way", ["stream", "ainvoke"])
def test_other_ways_to_run(agent, read_back, way):
    if way == "stream":
        list(agent.stream(QUESTION, config=thread(way), stream_mode="messages"))
    else:
        asyncio.run(agent.ainvoke(QUESTION, config=thread(way)))
    (trace,) = read_back()
    assert trace.info.state == "OK"
    assert trace.info.token_usage["total_tokens"] == 25
    assert len(of_type(trace, "CHAT_MODEL")) == 2
    assert [span.name for span in of_type(trace, "TOOL")] == ["weather"]


def test_the_memory_of_an_agent_is_a_session(agent, read_back, fluent):
    """A thread of LangGraph becomes a session, whose later questions hold the earlier ones."""
    for name in ("one", "two", "one"):
        agent.invoke(QUESTION, config=thread(name))
    found = read_back("metadata.`mlflow.trace.session` = 'one'", order_by=["timestamp_ms ASC"])
    assert [len(of_type(trace, "CHAT_MODEL")[0].inputs["messages"]) for trace in found] == [2, 6]
    assert {session.id: len(session) for session in fluent.search_sessions()} == {"one": 2, "two": 1}


def test_a_tool_that_fails(agent, read_back):
    question = {"messages": [{"role": "user", "content": "Is it raining in Nowhere"}]}
    with pytest.raises(LookupError, match="no such town"):
        agent.invoke(question, config=thread("nowhere"))
    (trace,) = read_back("trace.status = 'ERROR'")
    (used,) = of_type(trace, "TOOL")
    assert used.status.status_code == "ERROR"
    assert "no such town" in used.status.description
    assert [span.status.status_code for span in of_type(trace, "CHAT_MODEL")] == ["OK"]
