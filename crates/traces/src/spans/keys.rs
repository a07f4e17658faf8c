//! The names that MLflow gives to attributes, tags and metadata of traces and spans.

/// Attributes of spans.
pub mod span {
    pub const TRACE_ID: &str = "mlflow.traceRequestId";
    pub const INPUTS: &str = "mlflow.spanInputs";
    pub const OUTPUTS: &str = "mlflow.spanOutputs";
    pub const TYPE: &str = "mlflow.spanType";
    pub const CHAT_TOOLS: &str = "mlflow.chat.tools";
    pub const TOKEN_USAGE: &str = "mlflow.chat.tokenUsage";
    pub const COST: &str = "mlflow.llm.cost";
    pub const MODEL: &str = "mlflow.llm.model";
    /// How the messages of inputs and outputs are written.
    pub const MESSAGE_FORMAT: &str = "mlflow.message.format";
    pub const PROVIDER: &str = "mlflow.llm.provider";
    /// A tag of the trace, carried by its root span.
    pub const TRACE_TAG_PREFIX: &str = "mlflow.traceTag.";
    pub const SESSION_ID: &str = "session.id";
    pub const CONVERSATION_ID: &str = "gen_ai.conversation.id";
    pub const USER_ID: &str = "user.id";
    pub const SERVICE_NAME: &str = "service.name";
}

/// Tags of traces.
pub mod tag {
    pub const NAME: &str = "mlflow.traceName";
    pub const ARTIFACT_LOCATION: &str = "mlflow.artifactLocation";
    /// Where the trace's spans are; see [`IN_DATABASE`].
    pub const SPANS_LOCATION: &str = "mlflow.trace.spansLocation";

    /// Below which location the file of an archived trace is.
    pub const ARCHIVE_LOCATION: &str = "mlflow.trace.archiveLocation";
    /// Marks a trace that cannot be archived, and says why.
    pub const ARCHIVAL_FAILURE: &str = "mlflow.trace.archivalFailure";

    /// Tags that say where the server keeps the parts of a trace: it reads and deletes files there, so
    /// that no caller may set them.
    pub fn is_immutable(key: &str) -> bool {
        [ARTIFACT_LOCATION, SPANS_LOCATION, ARCHIVE_LOCATION, ARCHIVAL_FAILURE].contains(&key)
    }

    /// Spans are rows of this database.
    pub const IN_DATABASE: &str = "TRACKING_STORE";
    /// Spans are a file in the archive.
    pub const IN_ARCHIVE: &str = "ARCHIVE_REPO";
}

/// Metadata of traces.
pub mod metadata {
    pub const USER: &str = "mlflow.trace.user";
    /// Kept in `trace_info.session_id`.
    pub const SESSION: &str = "mlflow.trace.session";
    /// Kept in the token columns of `trace_info`.
    pub const TOKEN_USAGE: &str = "mlflow.trace.tokenUsage";
    /// Kept in the cost columns of `trace_info`.
    pub const COST: &str = "mlflow.trace.cost";
    /// There once a client has said what the trace as a whole is: times, state, usage.
    pub const FINALIZED: &str = "mlflow.trace.infoFinalized";
}

/// States of traces.
pub mod state {
    pub const OK: &str = "OK";
    pub const ERROR: &str = "ERROR";
    pub const IN_PROGRESS: &str = "IN_PROGRESS";
    pub const UNSPECIFIED: &str = "STATE_UNSPECIFIED";
}

/// Longest session id, in characters.
pub const MAX_SESSION: usize = 250;
/// Longest name of a trace, in characters.
pub const MAX_TRACE_NAME: usize = 4096;
/// Longest key of a tag, in characters.
pub const MAX_TAG_KEY: usize = 250;
/// Longest value of a tag, in characters; more is cut off.
pub const MAX_TAG_VALUE: usize = 8000;
