//! Which media type a file is served under.

/// Shown as text, whatever else their type might be: what people read in a browser.
const TEXT_EXTENSIONS: [&str; 27] = [
    "txt",
    "log",
    "err",
    "cfg",
    "conf",
    "cnf",
    "cf",
    "ini",
    "properties",
    "prop",
    "hocon",
    "toml",
    "yaml",
    "yml",
    "xml",
    "json",
    "js",
    "py",
    "py3",
    "csv",
    "tsv",
    "md",
    "rst",
    "ipynb",
    "MLmodel",
    "MLproject",
    "mlproject",
];

/// Endings that stand for two.
const SHORT_ENDINGS: [(&str, &str); 6] = [
    ("svgz", "svg.gz"),
    ("tgz", "tar.gz"),
    ("taz", "tar.gz"),
    ("tz", "tar.gz"),
    ("tbz2", "tar.bz2"),
    ("txz", "tar.xz"),
];

/// Endings of a compression around another type; the type inside is answered.
const COMPRESSIONS: [&str; 5] = ["gz", "Z", "bz2", "xz", "br"];

/// Media types with their endings.
#[rustfmt::skip]
const TYPES: &[(&str, &[&str])] = &[
    ("application/epub+zip", &["epub"]),
    ("application/geo+json", &["geojson"]),
    ("application/java-archive", &["jar"]),
    ("application/json", &["json"]),
    ("application/manifest+json", &["webmanifest"]),
    ("application/msword", &["doc", "dot", "wiz"]),
    ("application/n-quads", &["nq"]),
    ("application/n-triples", &["nt"]),
    ("application/octet-stream", &["a", "bin", "dll", "exe", "o", "obj", "so"]),
    ("application/oda", &["oda"]),
    ("application/pdf", &["pdf"]),
    ("application/pkcs7-mime", &["p7c"]),
    ("application/postscript", &["ai", "eps", "ps"]),
    ("application/rtf", &["rtf"]),
    ("application/sql", &["sql"]),
    ("application/trig", &["trig"]),
    ("application/vnd.apache.arrow.file", &["arrow"]),
    ("application/vnd.apple.mpegurl", &["m3u", "m3u8"]),
    ("application/vnd.ms-excel", &["xlb", "xls"]),
    ("application/vnd.ms-powerpoint", &["pot", "ppa", "pps", "ppt", "pwz"]),
    ("application/vnd.oasis.opendocument.presentation", &["odp"]),
    ("application/vnd.oasis.opendocument.spreadsheet", &["ods"]),
    ("application/vnd.oasis.opendocument.text", &["odt"]),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", &["pptx"]),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"]),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", &["docx"]),
    ("application/vnd.rar", &["rar"]),
    ("application/wasm", &["wasm"]),
    ("application/x-7z-compressed", &["7z"]),
    ("application/x-bcpio", &["bcpio"]),
    ("application/x-cpio", &["cpio"]),
    ("application/x-csh", &["csh"]),
    ("application/x-dvi", &["dvi"]),
    ("application/x-gtar", &["gtar"]),
    ("application/x-hdf", &["hdf"]),
    ("application/x-hdf5", &["h5"]),
    ("application/x-latex", &["latex"]),
    ("application/x-mif", &["mif"]),
    ("application/x-netcdf", &["cdf", "nc"]),
    ("application/x-pkcs12", &["p12", "pfx"]),
    ("application/x-pn-realaudio", &["ram"]),
    ("application/x-python-code", &["pyc", "pyo"]),
    ("application/x-ruby", &["rb"]),
    ("application/x-sh", &["sh"]),
    ("application/x-shar", &["shar"]),
    ("application/x-shockwave-flash", &["swf"]),
    ("application/x-sv4cpio", &["sv4cpio"]),
    ("application/x-sv4crc", &["sv4crc"]),
    ("application/x-tar", &["tar"]),
    ("application/x-tcl", &["tcl"]),
    ("application/x-tex", &["tex"]),
    ("application/x-texinfo", &["texi", "texinfo"]),
    ("application/x-troff", &["roff", "t", "tr"]),
    ("application/x-troff-man", &["man"]),
    ("application/x-troff-me", &["me"]),
    ("application/x-troff-ms", &["ms"]),
    ("application/x-ustar", &["ustar"]),
    ("application/x-wais-source", &["src"]),
    ("application/xml", &["rdf", "wsdl", "xpdl", "xsl"]),
    ("application/zip", &["zip"]),
    ("application/zstd", &["zst"]),
    ("audio/3gpp", &["3gp", "3gpp"]),
    ("audio/3gpp2", &["3g2", "3gpp2"]),
    ("audio/aac", &["aac", "adts", "ass", "loas"]),
    ("audio/basic", &["au", "snd"]),
    ("audio/flac", &["flac"]),
    ("audio/mp4", &["m4a"]),
    ("audio/mpeg", &["mp2", "mp3"]),
    ("audio/ogg", &["oga", "ogg"]),
    ("audio/opus", &["opus"]),
    ("audio/x-aiff", &["aif", "aifc", "aiff"]),
    ("audio/x-pn-realaudio", &["ra"]),
    ("audio/x-wav", &["wav"]),
    ("font/otf", &["otf"]),
    ("font/ttf", &["ttf"]),
    ("font/woff", &["woff"]),
    ("font/woff2", &["woff2"]),
    ("image/avif", &["avif"]),
    ("image/bmp", &["bmp"]),
    ("image/gif", &["gif"]),
    ("image/heic", &["heic"]),
    ("image/heif", &["heif"]),
    ("image/ief", &["ief"]),
    ("image/jpeg", &["jpe", "jpeg", "jpg"]),
    ("image/png", &["png"]),
    ("image/svg+xml", &["svg"]),
    ("image/tiff", &["tif", "tiff"]),
    ("image/vnd.microsoft.icon", &["ico"]),
    ("image/webp", &["webp"]),
    ("image/x-cmu-raster", &["ras"]),
    ("image/x-portable-anymap", &["pnm"]),
    ("image/x-portable-bitmap", &["pbm"]),
    ("image/x-portable-graymap", &["pgm"]),
    ("image/x-portable-pixmap", &["ppm"]),
    ("image/x-rgb", &["rgb"]),
    ("image/x-xbitmap", &["xbm"]),
    ("image/x-xpixmap", &["xpm"]),
    ("image/x-xwindowdump", &["xwd"]),
    ("message/rfc822", &["eml", "mht", "mhtml", "nws"]),
    ("model/gltf+json", &["gltf"]),
    ("model/gltf-binary", &["glb"]),
    ("model/stl", &["stl"]),
    ("text/css", &["css"]),
    ("text/csv", &["csv"]),
    ("text/html", &["htm", "html"]),
    ("text/javascript", &["js", "mjs"]),
    ("text/markdown", &["markdown", "md"]),
    ("text/n3", &["n3"]),
    ("text/plain", &["bat", "c", "h", "ksh", "pl", "srt", "txt"]),
    ("text/richtext", &["rtx"]),
    ("text/tab-separated-values", &["tsv"]),
    ("text/vtt", &["vtt"]),
    ("text/x-bibtex", &["bib"]),
    ("text/x-c++hdr", &["hpp"]),
    ("text/x-c++src", &["cpp"]),
    ("text/x-diff", &["diff", "patch"]),
    ("text/x-java", &["java"]),
    ("text/x-python", &["py"]),
    ("text/x-setext", &["etx"]),
    ("text/x-sgml", &["sgm", "sgml"]),
    ("text/x-vcard", &["vcf"]),
    ("text/xml", &["xml"]),
    ("video/mp4", &["mp4"]),
    ("video/mpeg", &["m1v", "mpa", "mpe", "mpeg", "mpg"]),
    ("video/quicktime", &["mov", "qt"]),
    ("video/webm", &["webm"]),
    ("video/x-matroska", &["mkv"]),
    ("video/x-msvideo", &["avi"]),
    ("video/x-sgi-movie", &["movie"]),
];

const UNKNOWN: &str = "application/octet-stream";

/// The `Content-Type` of a file, guessed from its name (or path) as MLflow guesses it.
///
/// A system-wide table of types, where a machine has one, is not consulted: the answer is the same everywhere.
pub fn content_type(path: &str) -> &'static str {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let (stem, ending) = split_ending(name);
    // `MLmodel` has no ending and is its own.
    let kind = if ending.is_empty() { name } else { ending };
    if TEXT_EXTENSIONS.contains(&kind) {
        return "text/plain";
    }
    let lower = ending.to_ascii_lowercase();
    if let Some((_, long)) = SHORT_ENDINGS.iter().find(|(short, _)| *short == lower) {
        return lookup(split_ending(long).0);
    }
    if COMPRESSIONS.contains(&ending) {
        let inner = split_ending(stem).1.to_ascii_lowercase();
        return match SHORT_ENDINGS.iter().find(|(short, _)| *short == inner) {
            Some(_) => UNKNOWN,
            None => lookup(&inner),
        };
    }
    lookup(&lower)
}

fn lookup(ending: &str) -> &'static str {
    TYPES
        .iter()
        .find(|(_, endings)| endings.contains(&ending))
        .map_or(UNKNOWN, |(media_type, _)| media_type)
}

/// Splits `a.tar.gz` into `a.tar` and `gz`. Dots at the start belong to the name.
fn split_ending(name: &str) -> (&str, &str) {
    let dots = name.len() - name.trim_start_matches('.').len();
    match name[dots..].rfind('.') {
        Some(at) => (&name[..dots + at], &name[dots + at + 1..]),
        None => (name, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_as_the_reference_answers() {
        for (name, want) in [
            ("a.txt", "text/plain"),
            ("a.TXT", "text/plain"),
            ("a.json", "text/plain"),
            ("a.json.br", "application/json"),
            ("a.tar.gz", "application/x-tar"),
            ("a.tgz", "application/x-tar"),
            ("a.TGZ", "application/x-tar"),
            ("a.txz", "application/x-tar"),
            ("a.tar.bz2", "application/x-tar"),
            ("a.csv.gz", "text/csv"),
            ("a.svgz", "image/svg+xml"),
            ("a.gz", "application/octet-stream"),
            ("a.Z", "application/octet-stream"),
            ("MLmodel", "text/plain"),
            ("model/MLmodel", "text/plain"),
            ("MLproject", "text/plain"),
            ("mlproject", "text/plain"),
            ("mlmodel", "application/octet-stream"),
            ("conda.yaml", "text/plain"),
            ("requirements.txt", "text/plain"),
            ("requirements", "application/octet-stream"),
            ("log", "text/plain"),
            ("a.log", "text/plain"),
            ("a.log.1", "application/octet-stream"),
            ("README.md", "text/plain"),
            ("README.MD", "text/markdown"),
            ("a.md.gz", "text/markdown"),
            ("a.txt.gz", "text/plain"),
            ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            ("a.woff2", "font/woff2"),
            ("a.flac", "audio/flac"),
            ("py", "text/plain"),
            (".json", "application/octet-stream"),
            (".gitignore", "application/octet-stream"),
            ("..a.py", "text/plain"),
            ("a..py", "text/plain"),
            ("a.", "application/octet-stream"),
            ("", "application/octet-stream"),
            ("a.YAML", "application/octet-stream"),
            ("a.yaml", "text/plain"),
            ("a.json ", "application/octet-stream"),
            ("a.png", "image/png"),
            ("a.PNG", "image/png"),
            ("日本.png", "image/png"),
            ("a.html", "text/html"),
            ("a.svg", "image/svg+xml"),
            ("a.js", "text/plain"),
            ("a.mjs", "text/javascript"),
            ("a.pkl", "application/octet-stream"),
            ("a.parquet", "application/octet-stream"),
            ("a.h5", "application/x-hdf5"),
            ("a.b.c.pdf", "application/pdf"),
            ("a.mp4", "video/mp4"),
            ("a.ipynb", "text/plain"),
        ] {
            assert_eq!(content_type(name), want, "{name}");
        }
    }
}
