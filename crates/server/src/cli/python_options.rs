//! The options for Python's servers. Some are obeyed. Some tune what is not there. Some would take a protection away if they
//! were ignored, so the server does not start with them.

use super::python::PythonArgs;
use crate::environment::Environment;

/// The options that are obeyed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PythonOptions {
    pub certificate: Option<String>,
    pub key: Option<String>,
    pub password: Option<String>,
    pub authorities: Option<String>,
    /// 0, 1 or 2, as in Python's `ssl`: none, optional, required.
    pub client_certificate: Option<u8>,
    pub only_tls12: bool,
    pub ciphers: Option<String>,
    pub trusted_proxies: Option<String>,
    /// Requests worked on at once, at most.
    pub max_requests: Option<u32>,
    /// Headers of every response: name and value.
    pub headers: Vec<(String, String)>,
    /// Sentences about options that have no effect.
    pub warnings: Vec<String>,
}

/// What is done with an option.
#[derive(Clone, Copy, Debug)]
enum Treatment {
    Certificate,
    Key,
    Password,
    Authorities,
    ClientCertificate,
    Version,
    Ciphers,
    Proxies,
    NoProxies,
    MaxRequests,
    Header,
    /// It has no effect, and nobody misses it.
    Ignored,
    /// It has no effect, for this reason.
    Ineffective(&'static str),
    /// The server does not start with it. Says what to do instead.
    Refused(&'static str),
}

use Treatment::{
    Authorities, Certificate, Ciphers, ClientCertificate, Header, Ignored, Ineffective, Key,
    MaxRequests, NoProxies, Password, Proxies, Refused, Version,
};

const PORT: &str = "say where to listen with --host and --port";
const HEADS: Treatment =
    Ineffective("request line and headers are limited to 64 KiB, and to 100 headers");
const PREFIX: Treatment =
    Ineffective("--static-prefix names the path that a proxy leaves in place");
const ONE_PROCESS: Treatment = Ineffective("there are no worker processes to restart");
const USER: Treatment = Refused("start the server as the user that it should run as");
const WIRE: Treatment = Refused("this server only speaks HTTP: configure the proxy to use it");
const ENVIRONMENT: Treatment = Refused("set the variables in the server's environment");

/// An option's names separated by commas, whether a value follows it, and what is done with it.
type Known = (&'static str, bool, Treatment);

const UVICORN: &[Known] = &[
    ("--ssl-certfile", true, Certificate),
    ("--ssl-keyfile", true, Key),
    ("--ssl-keyfile-password", true, Password),
    ("--ssl-ca-certs", true, Authorities),
    ("--ssl-cert-reqs", true, ClientCertificate),
    ("--ssl-version", true, Version),
    ("--ssl-ciphers", true, Ciphers),
    ("--forwarded-allow-ips", true, Proxies),
    ("--no-proxy-headers", false, NoProxies),
    ("--limit-concurrency", true, MaxRequests),
    ("--header", true, Header),
    ("--uds,--fd", true, Refused(PORT)),
    ("--env-file", true, ENVIRONMENT),
    ("--root-path", true, PREFIX),
    (
        "--limit-max-requests,--limit-max-requests-jitter,--timeout-worker-healthcheck",
        true,
        ONE_PROCESS,
    ),
    (
        "--timeout-keep-alive",
        true,
        Ineffective("a connection without requests is closed after 75 seconds"),
    ),
    (
        "--timeout-graceful-shutdown",
        true,
        Ineffective("running requests have 30 seconds to finish"),
    ),
    ("--h11-max-incomplete-event-size", true, HEADS),
    ("--log-level", true, Ineffective("use this server's --log-level")),
    (
        "--no-access-log",
        false,
        Ineffective("--log-level info,access=warn turns the access log off"),
    ),
    (
        "--host,--port,--workers,--loop,--http,--lifespan,--interface,--log-config,--backlog,--app-dir",
        true,
        Ignored,
    ),
    (
        "--ws,--ws-max-size,--ws-max-queue,--ws-ping-interval,--ws-ping-timeout,--ws-per-message-deflate",
        true,
        Ignored,
    ),
    ("--reload-dir,--reload-include,--reload-exclude,--reload-delay", true, Ignored),
    (
        "--reload,--http2,--access-log,--use-colors,--no-use-colors,--proxy-headers,--server-header",
        false,
        Ignored,
    ),
    (
        "--no-server-header,--date-header,--no-date-header,--reset-contextvars,--factory",
        false,
        Ignored,
    ),
];

const GUNICORN: &[Known] = &[
    ("--certfile", true, Certificate),
    ("--keyfile", true, Key),
    ("--ca-certs", true, Authorities),
    ("--cert-reqs", true, ClientCertificate),
    ("--ssl-version", true, Version),
    ("--ciphers", true, Ciphers),
    ("--forwarded-allow-ips", true, Proxies),
    ("-b,--bind", true, Refused(PORT)),
    ("-c,--config", true, Refused("give what the file says as options of this server")),
    ("-e,--env", true, ENVIRONMENT),
    ("-u,--user,-g,--group,-m,--umask", true, USER),
    ("--initgroups", false, USER),
    ("--chdir", true, Refused("start the server in that folder")),
    ("-D,--daemon", false, Refused("start the server with a service manager, or with nohup and &")),
    ("--proxy-protocol,--proxy-allow-from,--protocol,--uwsgi-allow-from", true, WIRE),
    ("-t,--timeout,--max-requests,--max-requests-jitter", true, ONE_PROCESS),
    ("--graceful-timeout", true, Ineffective("running requests have 30 seconds to finish")),
    ("--keep-alive", true, Ineffective("a connection without requests is closed after 75 seconds")),
    ("--limit-request-line,--limit-request-fields,--limit-request-field_size", true, HEADS),
    ("--worker-connections", true, Ineffective("16,384 connections are served at once")),
    ("-p,--pid", true, Ineffective("no PID file is written")),
    ("--root-path", true, PREFIX),
    (
        "--log-level,--access-logfile,--access-logformat,--error-logfile,--log-file,--logger-class,--log-config,\
         --log-config-json,--log-syslog-to,--log-syslog-prefix,--log-syslog-facility",
        true,
        Ineffective("the log goes to standard error; see --log-level and --log-format"),
    ),
    ("--log-syslog,--capture-output", false, Ineffective("the log goes to standard error")),
    (
        "--statsd-host,--statsd-prefix,--dogstatsd-tags",
        true,
        Ineffective("--expose-prometheus serves metrics"),
    ),
    (
        "-w,--workers,-k,--worker-class,--threads,--backlog,--reload-engine,--reload-extra-file,--worker-tmp-dir,-n,\
         --name,--pythonpath,--paste,--paster,--paste-global,--http-protocols,--http2-cleartext,\
         --http2-max-concurrent-streams,--http2-initial-window-size,--http2-max-frame-size,\
         --http2-max-header-list-size,--forwarder-headers,--header-map,--asgi-loop,--asgi-lifespan,\
         --asgi-disconnect-grace-period,--http-parser,--dirty-app,--dirty-workers,--dirty-timeout,--dirty-threads,\
         --dirty-graceful-timeout,--control-socket,--control-socket-mode",
        true,
        Ignored,
    ),
    (
        "--reload,--spew,--check-config,--print-config,--preload,--no-sendfile,--reuse-port,\
         --disable-redirect-access-to-syslog,-R,--enable-stdio-inheritance,--enable-backlog-metric,\
         --suppress-ragged-eofs,--do-handshake-on-connect,--permit-obsolete-folding,--strip-header-spaces,\
         --permit-unconventional-http-method,--permit-unconventional-http-version,--casefold-http-method,\
         --no-control-socket",
        false,
        Ignored,
    ),
];

const WAITRESS: &[Known] = &[
    ("--trusted-proxy", true, Proxies),
    ("--listen,--unix-socket,--unix-socket-perms", true, Refused(PORT)),
    ("--max-request-body-size", true, Refused("use this server's --max-body-size")),
    ("--max-request-header-size", true, HEADS),
    ("--connection-limit", true, Ineffective("16,384 connections are served at once")),
    (
        "--channel-timeout",
        true,
        Ineffective("a connection without requests is closed after 75 seconds"),
    ),
    ("--url-prefix", true, PREFIX),
    ("--url-scheme", true, Ineffective("no response contains a URL of this server")),
    (
        "--host,--port,--threads,--backlog,--recv-bytes,--send-bytes,--outbuf-overflow,--outbuf-high-watermark,\
         --inbuf-overflow,--cleanup-interval,--asyncore-loop-timeout,--channel-request-lookahead,--ident,\
         --trusted-proxy-count,--trusted-proxy-headers",
        true,
        Ignored,
    ),
    (
        "--ipv4,--no-ipv4,--ipv6,--no-ipv6,--expose-tracebacks,--no-expose-tracebacks,--asyncore-use-poll,\
         --no-asyncore-use-poll,--log-socket-errors,--no-log-socket-errors,--log-untrusted-proxy-headers,\
         --clear-untrusted-proxy-headers,--no-clear-untrusted-proxy-headers",
        false,
        Ignored,
    ),
];

impl PythonOptions {
    /// Reads the lists of options and uvicorn's variables.
    ///
    /// # Errors
    /// A sentence about an option that is unknown or that must not be ignored.
    pub fn read(arguments: &PythonArgs, environment: &Environment) -> Result<Self, String> {
        let mut options = Self::default();
        let lists = [
            ("--uvicorn-opts", &arguments.uvicorn_opts, UVICORN),
            ("--gunicorn-opts", &arguments.gunicorn_opts, GUNICORN),
            ("--waitress-opts", &arguments.waitress_opts, WAITRESS),
        ];
        for (flag, text, known) in lists {
            let Some(text) = text else { continue };
            let words = shlex::split(text)
                .ok_or_else(|| format!("{flag}: a quotation mark is not closed"))?;
            options.read_words(flag, &words, known)?;
        }
        // uvicorn takes options from variables of this form, too.
        for (name, value) in environment.with_prefix("UVICORN_") {
            let option = format!(
                "--{}",
                name.trim_start_matches("UVICORN_").to_lowercase().replace('_', "-")
            );
            if let Some((_, true, treatment)) = find(&option, UVICORN) {
                options.take(name, "", Some(value), treatment)?;
            }
        }
        Ok(options)
    }

    fn read_words(&mut self, flag: &str, words: &[String], known: &[Known]) -> Result<(), String> {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) if word.starts_with("--") => (option, Some(value)),
                // The value of a short option may follow at once.
                _ if word.starts_with('-')
                    && !word.starts_with("--")
                    && word.is_char_boundary(2) =>
                {
                    let (option, value) = word.split_at(2);
                    (option, Some(value).filter(|value| !value.is_empty()))
                }
                _ => (word.as_str(), None),
            };
            let Some((_, takes_value, treatment)) = find(option, known) else {
                return Err(format!(
                    "{flag}: unknown option '{option}'; leave it out, because this server cannot tell \
                     whether it protects something"
                ));
            };
            let value = match value {
                None if takes_value => Some(
                    words
                        .next()
                        .map(String::as_str)
                        .ok_or_else(|| format!("{flag}: {option} needs a value"))?,
                ),
                value => value,
            };
            self.take(flag, option, value, treatment)?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        flag: &str,
        option: &str,
        value: Option<&str>,
        treatment: Treatment,
    ) -> Result<(), String> {
        let place = if option.is_empty() { flag.to_owned() } else { format!("{flag}: {option}") };
        let text = value.unwrap_or_default();
        let given = Some(text.to_owned());
        match treatment {
            Certificate => self.certificate = given,
            Key => self.key = given,
            Password => self.password = given,
            Authorities => self.authorities = given,
            ClientCertificate => self.client_certificate = Some(client_certificate(&place, text)?),
            Version => self.only_tls12 = only_tls12(&place, text)?,
            Ciphers => self.ciphers = given,
            Proxies => self.trusted_proxies = given,
            NoProxies => self.trusted_proxies = None,
            MaxRequests => {
                let count = text.parse().ok().filter(|count| *count > 0);
                self.max_requests = Some(
                    count.ok_or_else(|| format!("{place}: '{text}' is not a positive number"))?,
                );
            }
            Header => {
                let (name, value) = text
                    .split_once(':')
                    .ok_or_else(|| format!("{place}: '{text}' is not of the form Name:Value"))?;
                self.headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            Ignored => {}
            Ineffective(why) => self.warnings.push(format!("{place} has no effect: {why}")),
            Refused(instead) => {
                return Err(format!("{place} is not supported: {instead}"));
            }
        }
        Ok(())
    }
}

fn find(option: &str, known: &[Known]) -> Option<Known> {
    known.iter().find(|(names, ..)| names.split(',').any(|name| name == option)).copied()
}

/// `ssl.VerifyMode`.
fn client_certificate(place: &str, text: &str) -> Result<u8, String> {
    match text {
        "0" | "CERT_NONE" => Ok(0),
        "1" | "CERT_OPTIONAL" => Ok(1),
        "2" | "CERT_REQUIRED" => Ok(2),
        _ => Err(format!("{place}: '{text}' is not 0 (none), 1 (optional) or 2 (required)")),
    }
}

/// `ssl._SSLMethod`: whether only TLS 1.2 is allowed.
fn only_tls12(place: &str, text: &str) -> Result<bool, String> {
    match text.to_ascii_uppercase().replace(['.', '-'], "_").as_str() {
        "2" | "16" | "17" | "TLS" | "TLS_SERVER" | "SSLV23" | "AUTO" => Ok(false),
        "5" | "TLSV1_2" => Ok(true),
        _ => Err(format!(
            "{place}: '{text}' is not supported; use 5 (TLS 1.2) or 17 (TLS 1.2 and 1.3)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str, known: &[Known]) -> Result<PythonOptions, String> {
        let mut options = PythonOptions::default();
        options.read_words("--opts", &shlex::split(words).unwrap(), known)?;
        Ok(options)
    }

    #[test]
    fn options_for_tls_are_obeyed() {
        let text = |text: &str| Some(text.to_owned());
        let options = PythonOptions {
            certificate: text("/a b/c.pem"),
            key: text("k.pem"),
            password: text("p=w"),
            authorities: text("ca.pem"),
            client_certificate: Some(2),
            only_tls12: true,
            ciphers: text("HIGH"),
            ..PythonOptions::default()
        };
        let uvicorn = "--ssl-certfile '/a b/c.pem' --ssl-keyfile=k.pem --ssl-keyfile-password p=w --ssl-ca-certs ca.pem \
                       --ssl-cert-reqs 2 --ssl-version 5 --ssl-ciphers HIGH --reload --workers 4";
        assert_eq!(read(uvicorn, UVICORN).unwrap(), options);
        let gunicorn = "--certfile='/a b/c.pem' --keyfile k.pem --ca-certs ca.pem --cert-reqs CERT_REQUIRED \
                        --ssl-version TLSv1_2 --ciphers=HIGH -w 4 -k uvicorn.workers.UvicornWorker";
        assert_eq!(read(gunicorn, GUNICORN).unwrap(), PythonOptions { password: None, ..options });
    }

    #[test]
    fn variables_of_uvicorn_are_obeyed_too() {
        let variables = Environment::from([
            ("UVICORN_SSL_CERTFILE", "c"),
            ("UVICORN_RELOAD", "1"),
            ("UVICORN_X", "1"),
        ]);
        let options = PythonOptions::read(&PythonArgs::default(), &variables).unwrap();
        assert_eq!(
            options,
            PythonOptions { certificate: Some("c".to_owned()), ..PythonOptions::default() }
        );
        let socket = Environment::from([("UVICORN_UDS", "/run/m.sock")]);
        let refused = PythonOptions::read(&PythonArgs::default(), &socket).unwrap_err();
        assert!(refused.starts_with("UVICORN_UDS is not supported"), "{refused}");
    }

    #[test]
    fn what_would_take_a_protection_away_is_refused() {
        for (options, known, says) in [
            ("--uds /run/mlflow.sock", UVICORN, "--host and --port"),
            ("--env-file=.env", UVICORN, "server's environment"),
            ("--shield on", UVICORN, "unknown option '--shield'"),
            ("--ssl-version 3", UVICORN, "TLS 1.2"),
            ("--ssl-cert-reqs 9", UVICORN, "2 (required)"),
            ("--limit-concurrency none", UVICORN, "not a positive number"),
            ("--ssl-keyfile", UVICORN, "needs a value"),
            ("-u nobody", GUNICORN, "as the user"),
            ("-unobody -w4", GUNICORN, "as the user"),
            ("-", GUNICORN, "unknown option '-'"),
            ("--umask 077", GUNICORN, "as the user"),
            ("-b unix:/run/m.sock", GUNICORN, "--host and --port"),
            ("-c gunicorn.conf.py", GUNICORN, "what the file says"),
            ("--proxy-protocol v2", GUNICORN, "only speaks HTTP"),
            ("--unix-socket=/run/m.sock", WAITRESS, "--host and --port"),
            ("--max-request-body-size=1000", WAITRESS, "--max-body-size"),
        ] {
            let refused = read(options, known).unwrap_err();
            assert!(refused.contains(says), "{options}: {refused}");
        }
    }

    #[test]
    fn what_has_no_effect_is_named() {
        let options = read(
            "--timeout-keep-alive 5 --limit-max-requests=1000 --root-path /x --backlog 10",
            UVICORN,
        );
        let warnings = options.unwrap().warnings;
        assert_eq!(warnings.len(), 3);
        assert!(warnings[0].contains("--timeout-keep-alive has no effect: a connection"));
        let options = read("--timeout 60 --limit-request-line 4094", GUNICORN).unwrap();
        assert_eq!(options.warnings.len(), 2);
        assert!(read("--threads=4", WAITRESS).unwrap().warnings.is_empty());
    }

    #[test]
    fn proxies_limits_and_headers_are_obeyed() {
        let options = read(
            "--forwarded-allow-ips='10.0.0.0/8' --limit-concurrency 40 --header 'Strict-Transport-Security: max-age=9'",
            UVICORN,
        )
        .unwrap();
        assert_eq!(options.trusted_proxies.as_deref(), Some("10.0.0.0/8"));
        assert_eq!(options.max_requests, Some(40));
        let header = ("Strict-Transport-Security".to_owned(), "max-age=9".to_owned());
        assert_eq!(options.headers, [header]);
    }
}
