"""A program that asks a model: what the instrumentations of the package `openai` are tried on."""

import openai

from language_model import REFUSED

QUESTION = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why is the sky blue?"}]
ANSWER = "You said: Why is the sky blue?"
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a town.",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
    },
}
# What a conversation costs in tokens, question by question; see `language_model.py`.
TOKENS = [(7, 7), (5, 1), (7, 7), (3, 0), (4, 6), None]


def talk(model):
    """A chat, a tool's call, a stream, embeddings, a response, and a refusal."""
    with openai.OpenAI(base_url=model.url, api_key="none", max_retries=0) as client:
        chat = client.chat.completions
        assert chat.create(model="gpt-4o-mini", messages=QUESTION, temperature=0.25).choices[0].message.content == ANSWER
        asked = [{"role": "user", "content": "Is it raining in Bergen"}]
        chat.create(model="gpt-4o-mini", messages=asked, tools=[WEATHER])
        list(chat.create(model="gpt-4o-mini", messages=QUESTION, stream=True, stream_options={"include_usage": True}))
        client.embeddings.create(model="text-embedding-3-small", input=["one two", "three"])
        client.responses.create(model="gpt-4o", input="Why is it so?")
        try:
            chat.create(model=REFUSED, messages=QUESTION)
        except openai.BadRequestError:
            pass


def assert_tokens(traces):
    for trace, tokens in zip(traces, TOKENS, strict=True):
        used = trace.info.token_usage
        assert tokens == (used and (used["input_tokens"], used["output_tokens"])), trace.info
        if tokens and trace.data.spans[0].span_type != "EMBEDDING":
            assert used["cache_read_input_tokens"] == 1
            assert used["total_tokens"] == sum(tokens)
            assert trace.info.cost["total_cost"] > 0
