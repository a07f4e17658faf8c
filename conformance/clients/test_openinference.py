"""OpenInference's instrumentation of the package `openai`."""

import openai
from openinference.instrumentation import using_session, using_user
from openinference.instrumentation.openai import OpenAIInstrumentor

from conversation import ANSWER, QUESTION, WEATHER, assert_tokens, talk


def test_a_conversation(instrument, language_model, traces):
    instrument(OpenAIInstrumentor())
    talk(language_model)
    found = traces()
    assert_tokens(found)
    spans = [trace.data.spans[0] for trace in found]
    assert [span.name for span in spans] == [
        *["ChatCompletion"] * 3,
        "CreateEmbeddings",
        "Response",
        "ChatCompletion",
    ]
    assert [span.span_type for span in spans] == ["LLM", "LLM", "LLM", "EMBEDDING", "LLM", "LLM"]
    chat, call, stream, embedding, response, refused = spans
    assert chat.inputs == {"messages": QUESTION, "model": "gpt-4o-mini", "temperature": 0.25}
    for answered in (chat, stream):
        assert answered.outputs["choices"][0]["message"]["content"] == ANSWER
        assert answered.get_attribute("mlflow.llm.model") == "gpt-4o-mini"
    assert (found[0].info.request_preview, found[0].info.response_preview) == ("Why is the sky blue?", ANSWER)
    assert call.inputs["tools"] == [WEATHER]
    (called,) = call.outputs["choices"][0]["message"]["tool_calls"]
    assert called["function"] == {"name": "weather", "arguments": '{"town": "Bergen"}'}
    assert [event.name for event in stream.events] == ["First Token Stream Event"]
    assert [item["embedding"] for item in embedding.outputs["data"]] == [[7.0, 0.5], [5.0, 0.5]]
    assert response.outputs["output"][0]["content"][0]["text"] == "You said: Why is it so?"
    assert found[-1].info.state == refused.status.status_code == "ERROR"
    assert "does not like you" in refused.events[0].attributes["exception.message"]
    assert [trace.info.trace_id for trace in traces("trace.status = 'ERROR'")] == [found[-1].info.trace_id]
    assert len(traces("span.attributes.llm.model_name LIKE '%gpt-4o-mini%'")) == 3


def test_sessions_and_users(instrument, language_model, traces):
    instrument(OpenAIInstrumentor())
    with openai.OpenAI(base_url=language_model.url, api_key="none") as client, using_session("s-1"), using_user("ann"):
        client.chat.completions.create(model="gpt-4o-mini", messages=QUESTION)
    (trace,) = traces("metadata.`mlflow.trace.session` = 's-1'")
    assert trace.info.trace_metadata["mlflow.trace.user"] == "ann"
