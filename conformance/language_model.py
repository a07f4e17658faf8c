"""A stand-in for a language model: an HTTP server that speaks as OpenAI's does, and answers predictably.

It repeats the last message. Where tools are offered and none has answered yet, it calls the first, with the last word of
the question for every argument. Tokens are words, and one of the prompt's came from a cache.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REFUSED = "refused-model"
BREAKS_OFF = "breaks-off-model"
CREATED = 1_700_000_000


class LanguageModel:
    """`REFUSED` as the model's name brings an error, `BREAKS_OFF` an error in the midst of a stream."""

    def __init__(self):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
                answer = ANSWERS.get(self.path)
                if answer is None:
                    self.say(404, error(f"no such path: {self.path}"))
                elif body["model"] == REFUSED:
                    self.say(400, error("The model does not like you."))
                elif body.get("stream"):
                    self.stream(STREAMS[self.path](body))
                else:
                    self.say(200, answer(body))

            def say(self, status, message):
                text = json.dumps(message).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def stream(self, events):
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.end_headers()
                for event in events:
                    kind = f"event: {event['type']}\n" if "type" in event else ""
                    self.wfile.write(f"{kind}data: {json.dumps(event)}\n\n".encode())
                self.wfile.write(b"data: [DONE]\n\n")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def error(message):
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": "refused"}}


def words(content):
    """The words of a message's content, which is a text or a list of parts."""
    if isinstance(content, list):
        content = " ".join(part.get("text", "") for part in content)
    return (content or "").split()


def reply(body):
    """What is said to a chat: a text, or the tool that shall be called and its arguments."""
    last = body["messages"][-1]
    if body.get("tools") and last["role"] != "tool":
        function = body["tools"][0]["function"]
        arguments = {name: words(last["content"])[-1] for name in function["parameters"]["properties"]}
        return None, {"name": function["name"], "arguments": json.dumps(arguments)}
    return "You said: " + " ".join(words(last["content"])), None


def counts(prompt, completion):
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 1},
    }


def chat_counts(body, text):
    prompt = sum(len(words(message.get("content"))) for message in body["messages"])
    return counts(prompt, len(words(text)) if text else 1)


def chat(body):
    text, call = reply(body)
    message = {"role": "assistant", "content": text}
    if call:
        message["tool_calls"] = [{"id": "call-1", "type": "function", "function": call}]
    return {
        "id": "chat-1",
        "object": "chat.completion",
        "created": CREATED,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if call else "stop"}],
        "usage": chat_counts(body, text),
    }


def chat_stream(body):
    """A chunk a word, or two for a tool's call; the tokens come last, if they were asked for."""
    text, call = reply(body)
    chunk = {"id": "chat-1", "object": "chat.completion.chunk", "created": CREATED, "model": body["model"]}
    if call:
        begun = {"index": 0, "id": "call-1", "type": "function", "function": {**call, "arguments": ""}}
        rest = {"index": 0, "function": {"arguments": call["arguments"]}}
        deltas = [{"role": "assistant", "content": None, "tool_calls": [begun]}, {"tool_calls": [rest]}]
    else:
        first, *others = words(text)
        deltas = [{"role": "assistant", "content": first}, *({"content": " " + word} for word in others)]
    for delta in deltas:
        yield {**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        if body["model"] == BREAKS_OFF:
            yield error("The model has lost its thread.")
            return
    end = "tool_calls" if call else "stop"
    yield {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": end}]}
    if (body.get("stream_options") or {}).get("include_usage"):
        yield {**chunk, "choices": [], "usage": chat_counts(body, text)}


def embeddings(body):
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    data = [
        {"object": "embedding", "index": index, "embedding": [float(len(text)), 0.5]} for index, text in enumerate(texts)
    ]
    prompt = sum(len(text.split()) for text in texts)
    usage = {"prompt_tokens": prompt, "total_tokens": prompt}
    return {"object": "list", "model": body["model"], "data": data, "usage": usage}


def response(body):
    asked = body["input"] if isinstance(body["input"], str) else body["input"][-1]["content"]
    text = f"You said: {asked}"
    prompt, completion = len(asked.split()), len(text.split())
    content = {"type": "output_text", "text": text, "annotations": []}
    return {
        "id": "response-1",
        "object": "response",
        "created_at": CREATED,
        "status": "completed",
        "model": body["model"],
        "output": [
            {"id": "message-1", "type": "message", "role": "assistant", "status": "completed", "content": [content]}
        ],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": body.get("tools", []),
        "usage": {
            "input_tokens": prompt,
            "input_tokens_details": {"cached_tokens": 1},
            "output_tokens": completion,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": prompt + completion,
        },
    }


def response_stream(body):
    done = response(body)
    begun = {**done, "status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "sequence_number": 0, "response": begun}
    for number, word in enumerate(done["output"][0]["content"][0]["text"].split(" ")):
        yield {
            "type": "response.output_text.delta",
            "sequence_number": number + 1,
            "item_id": "message-1",
            "output_index": 0,
            "content_index": 0,
            "delta": word,
            "logprobs": [],
        }
    yield {"type": "response.completed", "sequence_number": 99, "response": done}


ANSWERS = {"/v1/chat/completions": chat, "/v1/embeddings": embeddings, "/v1/responses": response}
STREAMS = {"/v1/chat/completions": chat_stream, "/v1/responses": response_stream}
