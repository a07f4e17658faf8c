//! Requests for a foreign host, or from a foreign web page, are refused.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;

use super::headers::FrameOptions;
use super::hosts::{self, Hosts};
use super::origins::{self, Initiator, Origins};
use super::{pages, proxies};

/// Who may call, and from which web pages.
#[derive(Clone, Debug)]
pub struct Security {
    pub hosts: Hosts,
    pub origins: Origins,
    pub frame_options: FrameOptions,
}

impl Security {
    /// The response to a preflight, or to a request for a host or from a web page that is not allowed.
    pub(super) fn refusal(&self, request: &Request) -> Option<Response> {
        let host = hosts::of_request(request.uri(), request.version(), request.headers());
        // A proxy may use another name than its client did. Both must be ours, because a web page can make up the
        // one but not the other.
        let asked = proxies::forwarded_host(request.headers());
        let known =
            self.hosts.allows(host) && asked.is_none_or(|asked| self.hosts.allows(Some(asked)));
        let host = asked.or(host);
        if !known {
            tracing::warn!(host, "refused a request for a host that is not allowed");
            return Some(pages::text(StatusCode::FORBIDDEN, hosts::REFUSAL));
        }
        if let Some(response) = self.origins.preflight(request.method(), request.headers()) {
            return Some(response);
        }
        let initiator = Initiator::new(request.headers(), host)?;
        let trusts_host = !self.hosts.allows_all();
        if self.origins.refuses(initiator, request.method(), trusts_host) {
            tracing::warn!(origin = initiator.origin, "refused a write from a foreign web page");
            return Some(pages::text(StatusCode::FORBIDDEN, origins::REFUSAL));
        }
        None
    }
}
