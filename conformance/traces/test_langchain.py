"""Programs built of LangChain's parts with autologging turned on: each part is a span below the part that ran it."""

import asyncio

import pytest

from language_model import REFUSED

pytest.importorskip("langchain_core")
langchain_openai = pytest.importorskip("langchain_openai")
pytestmark = pytest.mark.mlflow3

from langchain_core.documents import Document  # noqa: E402
from langchain_core.embeddings import DeterministicFakeEmbedding  # noqa: E402
from langchain_core.output_parsers import StrOutputParser  # noqa: E402
from langchain_core.prompts import ChatPromptTemplate  # noqa: E402
from langchain_core.runnables import RunnableLambda, RunnablePassthrough  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from langchain_core.vectorstores import InMemoryVectorStore  # noqa: E402

PROMPT = ChatPromptTemplate.from_messages([("system", "Be brief."), ("user", "Speak of {topic}")])
USAGE = {"input_tokens": 5, "output_tokens": 5, "total_tokens": 10, "cache_read_input_tokens": 1}
DOCUMENTS = [
    Document("Bears sleep in winter.", metadata={"source": "bears.md", "page": 3}),
    Document("Bees make honey.", metadata={"source": "bees.md"}),
]


@pytest.fixture
def autolog(fluent, monkeypatch):
    monkeypatch.setenv("LANGSMITH_TRACING", "false")
    fluent.langchain.autolog(silent=True)
    yield fluent
    fluent.langchain.autolog(disable=True, silent=True)


@pytest.fixture
def llm(autolog, language_model):
    def make(name="gpt-4o-mini", **options):
        return langchain_openai.ChatOpenAI(
            model=name, base_url=language_model.url, api_key="none", max_retries=0, stream_usage=True, **options
        )

    return make


def by_name(trace):
    spans = {span.name: span for span in trace.data.spans}
    assert len(spans) == len(trace.data.spans)
    return spans


def parents(trace):
    """The name of each span's parent by the name of the span."""
    names = {span.span_id: span.name for span in trace.data.spans}
    return {span.name: names.get(span.parent_id) for span in trace.data.spans}


def message(span):
    return span.outputs["choices"][0]["message"]


def test_a_chain(llm, read_back, client):
    chain = PROMPT | llm(temperature=0.5) | StrOutputParser()
    assert chain.invoke({"topic": "bears"}) == "You said: Speak of bears"
    (trace,) = read_back()
    assert trace.info.state == "OK"
    assert trace.info.token_usage == USAGE
    assert trace.info.cost["total_cost"] > 0
    assert trace.info.request_preview == '{"topic": "bears"}'
    assert "You said: Speak of bears" in trace.info.response_preview
    below = dict.fromkeys(["ChatPromptTemplate", "ChatOpenAI", "StrOutputParser"], "RunnableSequence")
    assert parents(trace) == {"RunnableSequence": None, **below}
    spans = by_name(trace)
    root, model = spans["RunnableSequence"], spans["ChatOpenAI"]
    assert root.span_type == spans["ChatPromptTemplate"].span_type == spans["StrOutputParser"].span_type == "CHAIN"
    assert (root.inputs, root.outputs) == ({"topic": "bears"}, "You said: Speak of bears")
    assert model.span_type == "CHAT_MODEL"
    assert [(said["role"], said["content"]) for said in model.inputs["messages"]] == [
        ("system", "Be brief."),
        ("user", "Speak of bears"),
    ]
    assert message(model)["content"] == "You said: Speak of bears"
    assert model.get_attribute("mlflow.chat.tokenUsage") == USAGE
    assert model.get_attribute("mlflow.llm.model") == "gpt-4o-mini"
    assert model.get_attribute("mlflow.llm.provider") == "openai"
    assert model.get_attribute("mlflow.message.format") == "langchain"
    assert model.get_attribute("invocation_params")["temperature"] == 0.5
    assert client.get_trace(trace.info.trace_id).to_dict() == trace.to_dict()


def test_a_stream(llm, read_back):
    chain = PROMPT | llm() | StrOutputParser()
    assert "".join(chain.stream({"topic": "bees"})) == "You said: Speak of bees"
    (trace,) = read_back()
    assert trace.info.token_usage == USAGE
    spans = by_name(trace)
    model = spans["ChatOpenAI"]
    assert message(model)["content"] == spans["RunnableSequence"].outputs == "You said: Speak of bees"
    tokens = [event.attributes["token"] for event in model.events if event.name == "new_token"]
    assert "".join(tokens) == "You said: Speak of bees"


def test_without_waiting(llm, read_back):
    """Chains that run beside each other in one thread, each a trace of its own."""
    chain = PROMPT | llm() | StrOutputParser()

    async def run():
        return await asyncio.gather(*(chain.ainvoke({"topic": f"number {number}"}) for number in range(4)))

    answers = asyncio.run(run())
    found = read_back(order_by=["timestamp_ms ASC"])
    assert sorted(trace.data.spans[0].outputs for trace in found) == sorted(answers)
    assert {trace.info.token_usage["total_tokens"] for trace in found} == {12}
    assert all(set(parents(trace).values()) == {None, "RunnableSequence"} for trace in found)


def test_a_batch(llm, read_back):
    chain = PROMPT | llm() | StrOutputParser()
    answers = chain.batch([{"topic": f"number {number}"} for number in range(4)])
    found = read_back()
    outputs = [span.outputs for trace in found for span in trace.data.spans if span.name == "RunnableSequence"]
    assert sorted(outputs) == sorted(answers)


def test_a_tool(llm, read_back):
    @tool
    def weather(town: str) -> str:
        """The weather of a town."""
        return f"It rains in {town}"

    def use(message):
        return weather.invoke(message.tool_calls[0]["args"])

    chain = llm().bind_tools([weather]) | RunnableLambda(use)
    assert chain.invoke("Is it raining in Bergen") == "It rains in Bergen"
    (trace,) = read_back("span.type = 'TOOL'")
    assert parents(trace) == {
        "RunnableSequence": None,
        "ChatOpenAI": "RunnableSequence",
        "use": "RunnableSequence",
        "weather": "use",
    }
    spans = by_name(trace)
    assert spans["weather"].span_type == "TOOL"
    assert spans["weather"].inputs == {"town": "Bergen"}
    assert spans["weather"].outputs == "It rains in Bergen"
    (call,) = message(spans["ChatOpenAI"])["tool_calls"]
    assert call["function"]["name"] == "weather"
    assert spans["ChatOpenAI"].get_attribute("mlflow.chat.tools")[0]["function"]["name"] == "weather"


def test_a_retriever(llm, read_back):
    store = InMemoryVectorStore(DeterministicFakeEmbedding(size=8))
    store.add_documents(DOCUMENTS, ids=["bears", "bees"])
    prompt = ChatPromptTemplate.from_template("From {context} answer {question}")
    inputs = {"context": store.as_retriever(search_kwargs={"k": 2}), "question": RunnablePassthrough()}
    (inputs | prompt | llm() | StrOutputParser()).invoke("Who makes honey?")
    (trace,) = read_back("span.type = 'RETRIEVER'")
    spans = by_name(trace)
    retriever = spans["VectorStoreRetriever"]
    assert retriever.span_type == "RETRIEVER"
    assert retriever.inputs == "Who makes honey?"
    found = {document["id"]: document for document in retriever.outputs}
    assert {id: document["page_content"] for id, document in found.items()} == {
        "bears": "Bears sleep in winter.",
        "bees": "Bees make honey.",
    }
    assert found["bears"]["metadata"] == {"source": "bears.md", "page": 3}
    lineage = parents(trace)
    assert lineage["VectorStoreRetriever"] == "RunnableParallel<context,question>"
    assert lineage["RunnableParallel<context,question>"] == "RunnableSequence"
    assert "Bees make honey." in spans["ChatOpenAI"].inputs["messages"][0]["content"]
    (only,) = trace.search_spans(span_type="RETRIEVER")
    assert only.span_id == retriever.span_id


def test_a_refusal(llm, read_back):
    """What fails is marked at each span on the way up to the root."""
    chain = PROMPT | llm(REFUSED) | StrOutputParser()
    with pytest.raises(Exception, match="does not like you"):
        chain.invoke({"topic": "bears"})
    (trace,) = read_back("trace.status = 'ERROR'")
    spans = by_name(trace)
    assert set(spans) == {"RunnableSequence", "ChatPromptTemplate", "ChatOpenAI"}
    assert spans["ChatPromptTemplate"].status.status_code == "OK"
    for name in ("RunnableSequence", "ChatOpenAI"):
        assert spans[name].status.status_code == "ERROR"
        assert "does not like you" in spans[name].status.description
        assert [event.name for event in spans[name].events] == ["exception"]


def test_within_a_span_of_the_programs_own(llm, autolog, read_back):
    """A session and a user that the outer function names; the chain below it in the same trace."""
    chain = PROMPT | llm() | StrOutputParser()

    @autolog.trace(span_type="AGENT")
    def answer(topic):
        autolog.update_current_trace(session_id="talk", user="ann")
        return chain.invoke({"topic": topic})

    answer("bears")
    (trace,) = read_back("metadata.`mlflow.trace.session` = 'talk' AND metadata.`mlflow.trace.user` = 'ann'")
    assert parents(trace)["RunnableSequence"] == "answer"
    assert parents(trace)["ChatOpenAI"] == "RunnableSequence"
    assert trace.info.token_usage == USAGE


def test_a_conversation_that_the_chain_names(llm, read_back):
    chain = PROMPT | llm() | StrOutputParser()
    for topic in ("bears", "bees"):
        chain.invoke({"topic": topic}, config={"metadata": {"thread_id": "thread-1"}})
    assert len(read_back("metadata.`mlflow.trace.session` = 'thread-1'")) == 2


def test_tokens_are_counted_once(llm, autolog, read_back):
    """LangChain asks through the package `openai`: with both logged, two spans speak of the same tokens."""
    autolog.openai.autolog(silent=True)
    try:
        (PROMPT | llm()).invoke({"topic": "bears"})
    finally:
        autolog.openai.autolog(disable=True, silent=True)
    (trace,) = read_back()
    assert parents(trace)["Completions"] == "ChatOpenAI"
    spans = by_name(trace)
    usage = [spans[name].get_attribute("mlflow.chat.tokenUsage") for name in ("ChatOpenAI", "Completions")]
    assert usage == [USAGE, USAGE]
    assert trace.info.token_usage == USAGE
