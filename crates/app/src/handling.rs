//! What a route says of itself that is not its handler's business: the middleware obeys it.

/// How requests for a route are treated on their way to its handler and back.
///
/// The default is a call: its body is read whole before its handler runs, it is counted among the calls, its success is
/// logged, and a stopping server waits for the end of its response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handling {
    /// The body goes to the handler as it arrives, compressed as it is, and of any size.
    pub streams: bool,
    /// Load balancers and container hosts ask it by address: hosts, origins and workspaces are not checked.
    pub probe: bool,
    /// It is asked every few seconds and says nothing new: a success is logged for debugging only.
    pub quiet: bool,
    /// It is answered where only artifacts are served.
    pub without_database: bool,
    /// It answers about the server itself, whatever workspace a request names.
    pub outside_workspaces: bool,
    /// A stopping server ends its response instead of waiting for it.
    pub cut_at_shutdown: bool,
    pub limit: Limit,
}

/// The concurrency limit that counts a request, from its arrival to the end of its response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limit {
    #[default]
    Calls,
    /// Uploads, which last as long as their client sends.
    Uploads,
    /// Responses that stay open for hours and hardly do anything.
    Watchers,
    /// None: it says how the server is, and must do so when it is busy.
    Unlimited,
}
