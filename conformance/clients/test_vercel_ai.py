"""The AI SDK of Vercel, whose spans come by OpenTelemetry's own exporters for Node, in either of the forms it has."""

import pytest

ANSWER = "It rains in Bergen."
QUESTION = "Is it raining in Bergen?"
TOKENS = {"input_tokens": 19, "output_tokens": 8, "total_tokens": 27}


def of_type(trace, span_type):
    return [span for span in sorted(trace.data.spans, key=lambda span: span.start_time_ns) if span.span_type == span_type]


def test_with_the_conventions_for_generative_ai(node, experiment, traces):
    node("vercel_ai.mjs", experiment, "semantic")
    agent, stream, structured, embedding, refused = traces()
    assert {trace.info.tags["service.name"] for trace in traces()} == {"shop"}
    assert agent.info.token_usage == TOKENS
    assert agent.info.cost["total_cost"] == pytest.approx(19 * 0.15e-6 + 8 * 0.6e-6)
    (root,) = of_type(agent, "AGENT")
    assert root.name == "invoke_agent gpt-4o-mini" and root.parent_id is None
    assert root.inputs == [{"role": "user", "parts": [{"type": "text", "content": QUESTION}]}]
    first, second = of_type(agent, "CHAT_MODEL")
    (call,) = first.outputs[0]["parts"]
    assert (call["type"], call["name"], call["arguments"]) == ("tool_call", "weather", {"town": "Bergen"})
    assert second.outputs[0]["parts"] == [{"type": "text", "content": ANSWER}]
    assert first.get_attribute("mlflow.llm.model") == "gpt-4o-mini"
    (used,) = of_type(agent, "TOOL")
    assert (used.inputs, used.outputs) == ({"town": "Bergen"}, {"town": "Bergen", "rain": True})
    assert of_type(stream, "CHAT_MODEL")[0].outputs[0]["parts"][0]["content"] == "Hello, wörld 🦘"
    assert stream.info.token_usage["output_tokens"] == 10
    assert '{\\"name\\":\\"Ann\\",\\"age\\":9007199254740991}' in structured.info.response_preview
    assert len(of_type(embedding, "EMBEDDING")) == 2
    assert embedding.info.token_usage["input_tokens"] == 2
    assert refused.info.state == "ERROR"
    assert {span.status.status_code for span in refused.data.spans} == {"ERROR"}
    assert len(traces("trace.status = 'ERROR'")) == 1


def test_with_the_attributes_of_its_own(node, experiment, traces):
    node("vercel_ai.mjs", experiment, "legacy")
    agent, stream, structured, embedding, refused = traces()
    assert agent.info.token_usage == TOKENS
    assert (agent.info.request_preview, agent.info.response_preview) == (QUESTION, f'"{ANSWER}"')
    root, first, second = of_type(agent, "LLM")
    assert (root.name, root.parent_id) == ("ai.generateText", None)
    assert root.inputs == {"messages": [{"role": "user", "content": QUESTION}]}
    assert root.outputs == ANSWER
    assert root.get_attribute("ai.telemetry.functionId") == "forecast"
    assert first.outputs["toolCalls"] == [{"toolCallId": "call-1", "toolName": "weather", "input": {"town": "Bergen"}}]
    assert (second.outputs["text"], second.outputs["finishReason"]) == (ANSWER, "stop")
    assert second.get_attribute("mlflow.chat.tokenUsage")["total_tokens"] == 17
    (used,) = of_type(agent, "TOOL")
    assert (used.inputs, used.outputs) == ({"town": "Bergen"}, {"town": "Bergen", "rain": True})
    assert stream.info.response_preview == '"Hello, wörld 🦘"'
    assert structured.info.response_preview == '{"name":"Ann","age":9007199254740991}'
    assert of_type(embedding, "EMBEDDING")[0].outputs == [0.5, -1e-7, 3]
    assert refused.info.state == "ERROR"
    assert of_type(refused, "LLM")[0].events[0].attributes["exception.message"] == "The model does not like you."
