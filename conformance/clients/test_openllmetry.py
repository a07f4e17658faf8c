"""OpenLLMetry, Traceloop's instrumentation of the package `openai`."""

from opentelemetry.instrumentation.openai import OpenAIInstrumentor

from conversation import ANSWER, WEATHER, assert_tokens, talk


def message(role, text, **more):
    return {"role": role, "parts": [{"type": "text", "content": text}], **more}


def test_a_conversation(instrument, language_model, traces):
    instrument(OpenAIInstrumentor())
    talk(language_model)
    found = traces()
    assert_tokens(found)
    spans = [trace.data.spans[0] for trace in found]
    assert [span.name for span in spans] == [
        *["openai.chat"] * 3,
        "openai.embeddings",
        "openai.response",
        "openai.chat",
    ]
    assert [span.span_type for span in spans] == [*["CHAT_MODEL"] * 3, "EMBEDDING", *["CHAT_MODEL"] * 2]
    chat, call, stream, embedding, response, refused = spans
    for answered in (chat, stream):
        assert answered.inputs == [message("system", "Be brief."), message("user", "Why is the sky blue?")]
        assert answered.outputs == [message("assistant", ANSWER, finish_reason="stop")]
        assert answered.get_attribute("mlflow.llm.model") == "gpt-4o-mini"
        assert answered.get_attribute("mlflow.llm.provider") == "openai"
    assert chat.get_attribute("gen_ai.request.temperature") == 0.25
    (called,) = call.outputs[0]["parts"]
    assert (called["type"], called["name"], called["arguments"]) == ("tool_call", "weather", {"town": "Bergen"})
    assert call.get_attribute("mlflow.chat.tools")[0]["parameters"] == WEATHER["function"]["parameters"]
    assert len(stream.events) == 9
    assert embedding.inputs == [message("user", "one two"), message("user", "three")]
    assert response.outputs == [message("assistant", "You said: Why is it so?", finish_reason="stop")]
    assert found[-1].info.state == refused.status.status_code == "ERROR"
    assert [event.name for event in refused.events] == ["exception"]
    assert {trace.info.tags["service.name"] for trace in found} == {"shop"}
