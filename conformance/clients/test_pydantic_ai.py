"""Agents of Pydantic AI, which write spans of OpenTelemetry themselves."""

import pytest
from pydantic_ai import Agent
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

ANSWER = "You said: It rains in Bergen"


@pytest.mark.parametrize("version", [2, 5])
def test_an_agent_with_a_tool(provider, language_model, traces, version):
    """Version 2 of its spans is what older releases wrote."""
    model = OpenAIChatModel("gpt-4o-mini", provider=OpenAIProvider(base_url=language_model.url, api_key="none"))
    agent = Agent(model, name="forecaster", system_prompt="Be brief.")
    agent.instrument = InstrumentationSettings(tracer_provider=provider, version=version)

    @agent.tool_plain
    def weather(town: str) -> str:
        """The weather of a town."""
        return f"It rains in {town}"

    assert agent.run_sync("Is it raining in Bergen").output == ANSWER
    (trace,) = traces()
    assert trace.info.state == "OK"
    used = {"input_tokens": 18, "output_tokens": 7, "total_tokens": 25, "cache_read_input_tokens": 2}
    assert trace.info.token_usage == used
    spans = trace.data.spans
    (root,) = [span for span in spans if span.parent_id is None]
    assert root.span_type == "AGENT"
    first, second = sorted(trace.search_spans(span_type="CHAT_MODEL"), key=lambda span: span.start_time_ns)
    assert {first.parent_id, second.parent_id} == {root.span_id}
    (call,) = first.outputs[0]["parts"]
    assert (call["type"], call["name"], call["arguments"]) == ("tool_call", "weather", '{"town": "Bergen"}')
    assert second.outputs == [
        {"role": "assistant", "parts": [{"type": "text", "content": ANSWER}], "finish_reason": "stop"}
    ]
    assert [message["role"] for message in first.inputs] == ["system", "user"]
    assert first.get_attribute("mlflow.llm.model") == "gpt-4o-mini"
    (tool,) = trace.search_spans(span_type="TOOL")
    if version == 2:
        # Names of its own, which no convention knows: they stay attributes.
        said = tool.get_attribute("tool_arguments"), tool.get_attribute("tool_response")
        assert said == ({"town": "Bergen"}, "It rains in Bergen")
        assert tool.inputs is None
    else:
        assert (tool.inputs, tool.outputs) == ({"town": "Bergen"}, "It rains in Bergen")
