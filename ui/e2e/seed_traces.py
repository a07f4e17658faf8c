"""Fills a tracking server with traces for looking at the UI and for its end-to-end tests.

Usage: python seed_traces.py [tracking URI] [spans of the huge trace], with the MLflow client installed.
The data are the same on every start (fixed seed), apart from times and ids.
"""

import json
import os
import random
import sys
import time

# Exports in the background would hide a refusal by the server.
os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"

import mlflow
from mlflow.entities import AssessmentSource, SpanEvent
from mlflow.entities.span_status import SpanStatus
from mlflow.tracking import MlflowClient

URI = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:5000"
HUGE = int(sys.argv[2]) if len(sys.argv) > 2 else 50_000
SECOND = 1_000_000_000
HOUR = 3600 * SECOND
NOW = time.time_ns()
RNG = random.Random(11)

mlflow.set_tracking_uri(URI)
client = MlflowClient(URI)

QUESTIONS = [
    ("How do I read a **Parquet** file in Rust?", "Use the `parquet` crate:\n\n```rust\nlet file = File::open(path)?;\nlet reader = SerializedFileReader::new(file)?;\n```\n\n1. Open the file\n2. Iterate over `reader.get_row_iter(None)?`"),
    ("Wie hoch ist der Watzmann?", "Der Watzmann ist **2 713 m** hoch."),
    ("What does `EXPLAIN ANALYZE` show?", "It runs the query and shows, for every node of the plan:\n\n| column | meaning |\n| --- | --- |\n| rows | how many came |\n| time | first and last row |\n| loops | how often it ran |"),
    ("Summarise the incident of last night", "At 02:14 the primary ran out of disk; the standby took over in 8 s. No write was lost."),
    ("東京の天気は？", "東京は晴れ、最高気温は 24 ℃ です ☀️"),
    ("Which of our customers churned in May?", "Three: *Heron Labs*, *Alder & Co* and *Fjord Data*. All of them named the price as the reason."),
    ("Convert 72 °F to °C", "72 °F = 22.2 °C"),
    ("Write a haiku about queues", "Messages waiting\nOne by one they find their way\nThe line never ends"),
]
MODELS = [("gpt-5.2", 1.75e-6, 14e-6), ("claude-sonnet-4-5", 3e-6, 15e-6), ("gemini-3-pro", 2e-6, 12e-6)]
USERS = ["ada@example.com", "grace@example.com", "linus@example.com"]
TOOLS = [{"type": "function", "function": {"name": "search_docs", "description": "Searches the documentation.", "parameters": {"type": "object", "properties": {"query": {"type": "string", "description": "words to look for"}, "limit": {"type": "integer"}}, "required": ["query"]}}}]
SYSTEM = "You are a careful assistant.\n\n- Answer from the documents.\n- Say so when they do not tell."


def answer(question: str, reply: str, start: int, experiment: str, *, slow: float = 1, fail: str = "", metadata: dict | None = None, tags: dict | None = None) -> str:
    """One question to the agent: retrieval, a tool call and two calls of the model."""
    model, price_in, price_out = RNG.choice(MODELS)
    history = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
    root = mlflow.start_span_no_context("support_agent", span_type="AGENT", inputs={"messages": history[1:]}, experiment_id=experiment, start_time_ns=start, metadata=metadata, tags=tags)
    at = start + int(2e6)

    def child(name: str, kind: str, inputs, seconds: float, parent=None, **rest):
        nonlocal at
        span = mlflow.start_span_no_context(name, span_type=kind, parent_span=parent or root, inputs=inputs, start_time_ns=at, **rest)
        at += int(seconds * slow * RNG.uniform(0.6, 1.5) * SECOND)
        return span

    documents = [{"page_content": f"{question} — part {index + 1} of the handbook. " + "It says what to do, and why. " * 6, "metadata": {"doc_uri": f"docs/handbook-{index}.md", "score": round(0.93 - index * 0.11, 3)}, "id": f"doc-{index}"} for index in range(3)]
    retrieve = child("retrieve", "RETRIEVER", {"query": question, "k": 3}, 0.02)
    embed = child("embed", "EMBEDDING", {"input": question, "model": "text-embedding-3-small"}, 0.08, retrieve)
    embed.set_outputs({"embedding": [round(RNG.uniform(-1, 1), 5) for _ in range(64)]})
    embed.end(end_time_ns=at)
    at += int(4e6)
    retrieve.set_outputs(documents)
    retrieve.end(end_time_ns=at)

    def ask(messages: list, message: dict, seconds: float):
        nonlocal at
        used = {"input_tokens": 60 + len(json.dumps(messages)) // 4, "output_tokens": 12 + len(json.dumps(message, ensure_ascii=False)) // 4}
        used["total_tokens"] = sum(used.values())
        span = child("chat.completions", "CHAT_MODEL", {"model": model, "messages": messages, "temperature": 0.2, "tools": TOOLS}, seconds)
        span.set_attribute("mlflow.chat.tokenUsage", used)
        span.set_attribute("mlflow.chat.tools", TOOLS)
        span.set_attribute("mlflow.llm.model", model)
        span.set_attribute("mlflow.llm.provider", {"g": "openai", "c": "anthropic"}[model[0]])
        cost = {"input_cost": used["input_tokens"] * price_in, "output_cost": used["output_tokens"] * price_out}
        span.set_attribute("mlflow.llm.cost", {**cost, "total_cost": sum(cost.values())})
        span.add_event(SpanEvent("first_token", attributes={"index": 0}, timestamp=at - int(0.2 * SECOND)))
        if not message:
            span.record_exception(TimeoutError(fail))
            span.set_status(SpanStatus("ERROR", fail))
            span.end(end_time_ns=at, status="ERROR")
            return None
        span.set_outputs({"id": "chatcmpl-1", "model": model, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": used})
        span.end(end_time_ns=at)
        return message

    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "search_docs", "arguments": json.dumps({"query": question, "limit": 3}, ensure_ascii=False)}}]}
    ask(history, call, 0.5)
    tool = child("search_docs", "TOOL", {"query": question, "limit": 3}, 0.15)
    tool.set_attributes({"http.status_code": 200, "http.url": "https://docs.example.com/search", "retries": 0})
    tool.set_outputs({"hits": [document["metadata"] for document in documents]})
    tool.end(end_time_ns=at)
    result = {"role": "tool", "tool_call_id": "call_1", "content": json.dumps([document["metadata"] for document in documents])}
    final = ask([*history, call, result], {} if fail else {"role": "assistant", "content": reply}, 1.1)
    if fail:
        root.record_exception(TimeoutError(fail))
        root.end(status="ERROR", end_time_ns=at)
    else:
        root.set_outputs({"choices": [{"index": 0, "message": final, "finish_reason": "stop"}]})
        root.end(end_time_ns=at)
    return root.trace_id


def judge(trace_id: str, *, good: bool) -> None:
    source = AssessmentSource("LLM_JUDGE", "judges/relevance-v2")
    mlflow.log_feedback(trace_id=trace_id, name="relevance", value="yes" if good else "no", source=source, rationale="The answer addresses **every part** of the question." if good else "The answer does not name the document that it comes from.")
    mlflow.log_feedback(trace_id=trace_id, name="faithfulness", value=round(RNG.uniform(0.7, 1) if good else RNG.uniform(0, 0.5), 2), source=source)
    mlflow.log_feedback(trace_id=trace_id, name="short_enough", value=RNG.random() < 0.8, source=AssessmentSource("CODE", "length_check"))


def support(experiment: str) -> None:
    traces = []
    for index in range(72):
        question, reply = QUESTIONS[index % len(QUESTIONS)]
        start = NOW - int((72 - index) ** 1.15 * HOUR)
        fail = "The model did not answer within 30 s" if index % 17 == 5 else ""
        trace = answer(question, reply, start, experiment, slow=4 if index % 23 == 7 else 1, fail=fail, tags={"release": f"2026.{8 + index // 30}", "tier": RNG.choice(["free", "pro"])}, metadata={"mlflow.trace.user": RNG.choice(USERS)})
        traces.append(trace)
        if index % 4 and not fail:
            judge(trace, good=index % 5 != 3)
    corrected = traces[-2]
    wrong = mlflow.log_feedback(trace_id=corrected, name="helpful", value=False, source=AssessmentSource("HUMAN", "grace@example.com"), rationale="Too short.")
    mlflow.override_feedback(trace_id=corrected, assessment_id=wrong.assessment_id, value=True, source=AssessmentSource("HUMAN", "ada@example.com"), rationale="Short is what was asked for.")
    mlflow.log_expectation(trace_id=corrected, name="expected_answer", value="22.2 °C", source=AssessmentSource("HUMAN", "ada@example.com"))

    for number in range(5):
        user = USERS[number % len(USERS)]
        turns = [QUESTIONS[(number + turn) % len(QUESTIONS)] for turn in range(2 + number % 3)]
        for turn, (question, reply) in enumerate(turns):
            trace = answer(question, reply, NOW - number * 5 * HOUR - HOUR + turn * 90 * SECOND, experiment, metadata={"mlflow.trace.session": f"chat-{number + 1:03d}", "mlflow.trace.user": user}, fail="The model did not answer within 30 s" if (number, turn) == (2, 1) else "")
            if turn % 2 == 0:
                judge(trace, good=number != 3)

    mlflow.set_experiment(experiment_id=experiment)
    with mlflow.start_run(run_name="nightly-questions"):
        mlflow.log_param("prompt", "careful-v3")

        @mlflow.trace(span_type="CHAIN")
        def evaluate(question: str, context: list[str]) -> str:
            with mlflow.start_span("lookup", span_type="RETRIEVER") as span:
                span.set_inputs({"query": question})
                span.set_outputs([{"page_content": text, "metadata": {}} for text in context])
            return QUESTIONS[hash(question) % 3 - 1][1]

        for question, _ in QUESTIONS[:3]:
            evaluate(question, ["The handbook, page 3.", "The handbook, page 9."])


def huge(experiment: str, spans: int) -> str:
    """A trace of so many spans that a page which draws them all stands still."""
    root = mlflow.start_span_no_context("crawl", span_type="WORKFLOW", inputs={"pages": spans}, experiment_id=experiment, start_time_ns=NOW - 2 * HOUR)
    at = NOW - 2 * HOUR
    made = 1
    while made < spans:
        at += int(3e6)
        page = mlflow.start_span_no_context(f"page-{made}", span_type="CHAIN", parent_span=root, inputs={"url": f"https://example.com/{made}"}, start_time_ns=at)
        made += 1
        for name, kind in [("fetch", "TOOL"), ("parse", "PARSER"), ("summarise", "LLM"), ("store", "TOOL")]:
            if made >= spans:
                break
            step = mlflow.start_span_no_context(name, span_type=kind, parent_span=page, inputs={"page": made}, start_time_ns=at)
            at += int(RNG.uniform(0.2, 4) * 1e6)
            step.set_outputs({"ok": True})
            step.end(end_time_ns=at)
            made += 1
        page.end(end_time_ns=at)
    root.set_outputs({"stored": made})
    root.end(end_time_ns=at)
    return root.trace_id


def hostile(experiment: str) -> str:
    attack = "<script>window.__hostile = true</script>\n\n<img src=x onerror=\"window.__hostile = true\">\n\n[link](javascript:window.__hostile=true)\n\n<iframe srcdoc=\"<script>parent.__hostile = true</script>\"></iframe>"
    with mlflow.start_span("<img src=x onerror='window.__hostile = true'>", span_type="CHAT_MODEL") as span:
        span.set_inputs({"messages": [{"role": "user", "content": attack}]})
        span.set_outputs({"choices": [{"message": {"role": "assistant", "content": attack}}]})
        span.set_attribute("note", attack)
        mlflow.update_current_trace(tags={"note": attack[:200]})
    mlflow.log_feedback(trace_id=span.trace_id, name="harmless", value=attack, rationale=attack, source=AssessmentSource("HUMAN", attack[:60]))
    return span.trace_id


def main() -> None:
    support(client.create_experiment("support-agent", tags={"team": "support"}))
    crawler = client.create_experiment("crawler", tags={"team": "search"})
    made = {"huge": huge(crawler, HUGE)} if HUGE else {}
    mlflow.set_experiment(experiment_id=client.create_experiment("hostile-traces"))
    made["hostile"] = hostile("")
    print(json.dumps(made))


if __name__ == "__main__":
    main()
