//! What kind of file a name says it is: those that built web pages have.

/// The media type of a file with this name.
pub fn of(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/vnd.microsoft.icon",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        "xml" => "text/xml; charset=utf-8",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}

/// Whether packing a file of this type is worth trying.
pub fn is_packable(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || media_type.ends_with("json")
        || matches!(
            media_type,
            "image/svg+xml"
                | "image/vnd.microsoft.icon"
                | "font/ttf"
                | "application/wasm"
                | "application/octet-stream"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_scripts_whatever_their_spelling() {
        assert_eq!(of("assets/a.b.JS"), "text/javascript; charset=utf-8");
        assert_eq!(of("x.css.map"), "application/json");
        assert_eq!(of("LICENSE"), "application/octet-stream");
        assert!(is_packable(of("a.svg")) && !is_packable(of("a.woff2")));
    }
}
