//! What a browser lets pages of this server do (Content-Security-Policy).

use axum::http::HeaderValue;

use transport::middleware::headers::FrameOptions;

/// The policies of the page at the two kinds of places where it is shown.
#[derive(Debug)]
pub struct Policies {
    pub page: HeaderValue,
    /// In a cell of a notebook: the same, but any site may frame it.
    pub notebook: HeaderValue,
}

impl Policies {
    /// `scripts` names the scripts that stand in the page itself.
    pub fn new(frame_options: FrameOptions, scripts: &[String]) -> Self {
        let own = own(scripts);
        let page = format!("{own}; frame-ancestors {}", frame_options.ancestors());
        Self { page: header(page), notebook: header(own) }
    }
}

/// Our own page needs no script and no data from elsewhere.
fn own(scripts: &[String]) -> String {
    let own = std::iter::once("'self'");
    let scripts = own.chain(scripts.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    format!(
        "default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; \
         connect-src 'self'; frame-src 'self' blob:; worker-src 'self' blob:; object-src 'none'; \
         base-uri 'self'; form-action 'self'"
    )
}

/// Where the libraries that draw reports (Plotly, Bokeh, Vega, Leaflet and their like) tell them to
/// find their scripts, styles and fonts, and the maps below them. None of these hosts is this one, so
/// that a document cannot load what lies here either.
const LIBRARIES: &str = "https://cdn.plot.ly https://cdn.jsdelivr.net https://unpkg.com \
                         https://cdnjs.cloudflare.com https://cdn.bokeh.org https://cdn.pydata.org \
                         https://cdn.holoviz.org https://d3js.org https://code.jquery.com \
                         https://ajax.googleapis.com https://cdn.datatables.net \
                         https://maxcdn.bootstrapcdn.com https://stackpath.bootstrapcdn.com \
                         https://netdna.bootstrapcdn.com https://use.fontawesome.com \
                         https://fonts.googleapis.com https://fonts.gstatic.com \
                         https://*.tile.openstreetmap.org https://*.basemaps.cartocdn.com";

/// What a document of a user's may do, shown in the frame for such documents: run its own scripts in an
/// origin that it shares with nobody. So it has no cookies, no storage and no access to the page around
/// it; it opens no windows, sends no forms, moves nothing but itself, and asks this server for nothing.
/// Libraries come from the known hosts, or, where the reader says so (`?sources=all`), from any host
/// that speaks https.
pub fn document(query: Option<&str>) -> HeaderValue {
    let all = query.is_some_and(|query| query.split('&').any(|pair| pair == "sources=all"));
    let hosts = if all { "https:" } else { LIBRARIES };
    // The hosts stand there once: proxies refuse answers whose headers are longer than 4 KB.
    header(format!(
        "sandbox allow-scripts; default-src 'unsafe-inline' 'unsafe-eval' data: blob: {hosts}; \
         connect-src data: blob:; worker-src data: blob:; frame-src data: blob:; object-src 'none'; \
         base-uri 'none'; form-action 'none'"
    ))
}

fn header(policy: String) -> HeaderValue {
    HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'self'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sources of one directive.
    fn sources(policy: &HeaderValue, name: &str) -> String {
        let mut directives = policy.to_str().unwrap().split("; ");
        directives.find_map(|each| each.strip_prefix(&format!("{name} "))).unwrap().to_owned()
    }

    #[test]
    fn the_page_runs_no_scripts_but_its_own() {
        let policies = Policies::new(FrameOptions::SameOrigin, &["'sha256-a='".to_owned()]);
        assert_eq!(sources(&policies.page, "script-src"), "'self' 'sha256-a='");
        assert_eq!(sources(&policies.page, "frame-ancestors"), "'self'");
        assert!(!policies.notebook.to_str().unwrap().contains("frame-ancestors"));
    }

    #[test]
    fn a_document_runs_its_scripts_and_reaches_nothing_here() {
        for query in [None, Some("sources=all"), Some("sources=some")] {
            let policy = document(query);
            assert_eq!(sources(&policy, "sandbox"), "allow-scripts");
            assert!(sources(&policy, "default-src").starts_with("'unsafe-inline' 'unsafe-eval'"));
            assert_eq!(sources(&policy, "connect-src"), "data: blob:");
            assert!(!policy.to_str().unwrap().contains("'self'"));
            assert!(policy.len() < 1500, "{query:?}");
            let any = sources(&policy, "default-src").ends_with(" https:");
            assert_eq!(any, query == Some("sources=all"), "{query:?}");
        }
    }
}
