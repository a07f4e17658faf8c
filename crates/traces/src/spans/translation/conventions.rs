//! The conventions that are understood, in the order in which they are asked: the first that knows
//! something of a span is believed.

/// Which attributes of a convention say what. What it has no word for is empty. `#` in a key stands for
/// a number.
#[derive(Clone, Copy, Debug)]
pub struct Convention {
    /// What kind of work a span is, and MLflow's span type for each kind.
    pub kinds: &'static [&'static str],
    pub types: &'static [(&'static str, &'static str)],
    /// Keys that tell by being there, and the type that they tell.
    pub types_by_key: &'static [(&'static str, &'static str)],
    pub inputs: &'static [&'static str],
    pub outputs: &'static [&'static str],
    pub input_tokens: &'static [&'static str],
    pub output_tokens: &'static [&'static str],
    pub total_tokens: &'static [&'static str],
    pub cache_read_tokens: &'static [&'static str],
    pub cache_write_tokens: &'static [&'static str],
    pub models: &'static [&'static str],
    pub providers: &'static [&'static str],
    pub tools: &'static [&'static str],
    /// How its messages are written, for pages that show them, and keys that tell it.
    pub format: &'static str,
    pub marks: &'static [&'static str],
}

const NONE: Convention = Convention {
    kinds: &[],
    types: &[],
    types_by_key: &[],
    inputs: &[],
    outputs: &[],
    input_tokens: &[],
    output_tokens: &[],
    total_tokens: &[],
    cache_read_tokens: &[],
    cache_write_tokens: &[],
    models: &[],
    providers: &[],
    tools: &[],
    format: "",
    marks: &[],
};

pub const CONVENTIONS: [Convention; 9] = [
    // OpenInference: https://github.com/Arize-ai/openinference.
    Convention {
        kinds: &["openinference.span.kind"],
        types: &[
            ("TOOL", "TOOL"),
            ("CHAIN", "CHAIN"),
            ("LLM", "LLM"),
            ("RETRIEVER", "RETRIEVER"),
            ("EMBEDDING", "EMBEDDING"),
            ("AGENT", "AGENT"),
            ("RERANKER", "RERANKER"),
            ("GUARDRAIL", "GUARDRAIL"),
            ("EVALUATOR", "EVALUATOR"),
            ("UNKNOWN", "UNKNOWN"),
        ],
        inputs: &["input.value"],
        outputs: &["output.value"],
        input_tokens: &["llm.token_count.prompt"],
        output_tokens: &["llm.token_count.completion"],
        total_tokens: &["llm.token_count.total"],
        cache_read_tokens: &["llm.token_count.prompt_details.cache_read"],
        cache_write_tokens: &["llm.token_count.prompt_details.cache_write"],
        models: &[
            "llm.response.model_name",
            "llm.model_name",
            "llm.request.model_name",
            "embedding.model_name",
        ],
        providers: &["llm.provider"],
        ..NONE
    },
    // OpenTelemetry's own: https://opentelemetry.io/docs/specs/semconv/gen-ai/.
    Convention {
        kinds: &["gen_ai.operation.name"],
        types: &[
            ("chat", "CHAT_MODEL"),
            ("create_agent", "AGENT"),
            ("embeddings", "EMBEDDING"),
            ("execute_tool", "TOOL"),
            ("generate_content", "LLM"),
            ("invoke_agent", "AGENT"),
            ("text_completion", "LLM"),
            ("response", "LLM"),
        ],
        inputs: &["gen_ai.input.messages", "gen_ai.tool.call.arguments"],
        outputs: &["gen_ai.output.messages", "gen_ai.tool.call.result"],
        input_tokens: &["gen_ai.usage.input_tokens"],
        output_tokens: &["gen_ai.usage.output_tokens"],
        cache_read_tokens: &["gen_ai.usage.cache_read.input_tokens"],
        cache_write_tokens: &[
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
        ],
        models: &["gen_ai.response.model", "gen_ai.request.model"],
        providers: &["gen_ai.provider.name"],
        tools: &["gen_ai.tool.definitions"],
        ..NONE
    },
    // OpenLLMetry: https://github.com/traceloop/openllmetry.
    Convention {
        kinds: &["traceloop.span.kind"],
        types: &[
            ("workflow", "WORKFLOW"),
            ("task", "TASK"),
            ("agent", "AGENT"),
            ("tool", "TOOL"),
            ("unknown", "UNKNOWN"),
        ],
        inputs: &[
            "traceloop.entity.input",
            "gen_ai.prompt.#.content",
            "gen_ai.completion.#.tool_calls.#.arguments",
        ],
        outputs: &["traceloop.entity.output", "gen_ai.completion.#.content"],
        input_tokens: &["gen_ai.usage.prompt_tokens"],
        output_tokens: &["gen_ai.usage.completion_tokens"],
        total_tokens: &["llm.usage.total_tokens"],
        providers: &["gen_ai.system"],
        ..NONE
    },
    // Google's agents.
    Convention {
        inputs: &["gcp.vertex.agent.llm_request", "gcp.vertex.agent.tool_call_args"],
        outputs: &["gcp.vertex.agent.llm_response", "gcp.vertex.agent.tool_response"],
        ..NONE
    },
    // Vercel's AI SDK: https://ai-sdk.dev/docs/ai-sdk-core/telemetry.
    Convention {
        kinds: &["ai.operationId"],
        types: &[
            ("ai.generateText", "LLM"),
            ("ai.generateText.doGenerate", "LLM"),
            ("ai.toolCall", "TOOL"),
            ("ai.streamText", "LLM"),
            ("ai.streamText.doStream", "LLM"),
            ("ai.generateObject", "LLM"),
            ("ai.generateObject.doGenerate", "LLM"),
            ("ai.streamObject", "LLM"),
            ("ai.streamObject.doStream", "LLM"),
            ("ai.embed", "EMBEDDING"),
            ("ai.embed.doEmbed", "EMBEDDING"),
            ("ai.embedMany", "EMBEDDING"),
        ],
        inputs: &["ai.prompt", "ai.toolCall.args", "ai.value", "ai.values"],
        outputs: &[
            "ai.response.text",
            "ai.toolCall.result",
            "ai.response.object",
            "ai.embedding",
            "ai.embeddings",
        ],
        ..NONE
    },
    // VoltAgent. A span's own kind goes before its agent's.
    Convention {
        kinds: &["span.type", "entity.type"],
        types: &[("agent", "AGENT"), ("llm", "LLM"), ("tool", "TOOL"), ("memory", "MEMORY")],
        inputs: &["agent.messages", "llm.messages", "input"],
        outputs: &["output"],
        input_tokens: &["usage.prompt_tokens", "llm.usage.prompt_tokens"],
        output_tokens: &["usage.completion_tokens", "llm.usage.completion_tokens"],
        total_tokens: &["usage.total_tokens", "llm.usage.total_tokens"],
        format: "voltagent",
        marks: &["voltagent.operation_id", "voltagent.conversation_id"],
        ..NONE
    },
    // LiveKit's agents, on top of OpenTelemetry's own words.
    Convention {
        types_by_key: &[
            ("gen_ai.request.model", "LLM"),
            ("lk.retry_count", "LLM"),
            ("lk.function_tool*", "TOOL"),
            ("lk.agent_name", "AGENT"),
            ("lk.instructions", "AGENT"),
            ("lk.generation_id", "AGENT"),
        ],
        inputs: &["lk.user_input", "lk.user_transcript", "lk.chat_ctx", "lk.input_text"],
        outputs: &["lk.response.text", "lk.response.function_calls"],
        format: "livekit",
        marks: &["lk.*"],
        ..NONE
    },
    // Laminar.
    Convention {
        kinds: &["lmnr.span.type"],
        types: &[
            ("LLM", "LLM"),
            ("TOOL", "TOOL"),
            ("DEFAULT", "CHAIN"),
            ("PIPELINE", "CHAIN"),
            ("EXECUTOR", "AGENT"),
            ("EVALUATOR", "EVALUATOR"),
            ("HUMAN_EVALUATOR", "EVALUATOR"),
            ("EVALUATION", "EVALUATOR"),
            ("CACHED", "LLM"),
        ],
        inputs: &["lmnr.span.input"],
        outputs: &["lmnr.span.output"],
        format: "openai",
        marks: &["lmnr.span.type"],
        ..NONE
    },
    // Langfuse.
    Convention {
        kinds: &["langfuse.observation.type"],
        types: &[
            ("generation", "LLM"),
            ("embedding", "EMBEDDING"),
            ("tool", "TOOL"),
            ("retriever", "RETRIEVER"),
            ("agent", "AGENT"),
            ("chain", "CHAIN"),
            ("evaluator", "EVALUATOR"),
            ("guardrail", "GUARDRAIL"),
            ("span", "UNKNOWN"),
        ],
        inputs: &["langfuse.observation.input"],
        outputs: &["langfuse.observation.output"],
        ..NONE
    },
];
