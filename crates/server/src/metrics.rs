//! Prometheus metrics. The two about requests have the names that MLflow's own exporter gives them.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use axum::http::Method;
use db::Db;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use schema::Standing;
use transport::Meter;

use crate::process;

/// The media type of `/metrics`: the newer format for those who ask for it, and the older one, which the document satisfies
/// too, for all others.
pub fn content_type(accept: Option<&str>) -> &'static str {
    if accept.is_some_and(|accept| accept.contains("application/openmetrics-text")) {
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    } else {
        "text/plain; version=0.0.4; charset=utf-8"
    }
}

/// Upper bounds in seconds.
const BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What a request is counted under. `path` is the route, not what the client wrote.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    method: &'static str,
    path: String,
    status: u16,
    mlflow_version: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CountLabels {
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Build {
    version: &'static str,
    mlflow_version: &'static str,
}

const BUILD: Build =
    Build { version: env!("CARGO_PKG_VERSION"), mlflow_version: app::MLFLOW_VERSION };

type Durations = Family<Labels, Histogram, fn() -> Histogram>;

/// All metrics of this process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    durations: Durations,
    count: Family<CountLabels, Counter>,
    in_flight: Gauge<i64, AtomicI64>,
}

impl Metrics {
    pub fn new(db: &Db, schema: &Arc<schema::Current>) -> Self {
        let mut registry = Registry::default();
        let durations = Durations::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register_with_unit(
            "mlflow_http_request_duration",
            "Time from a request's arrival to the last byte of its answer",
            Unit::Seconds,
            durations.clone(),
        );
        let count = Family::<CountLabels, Counter>::default();
        registry.register("mlflow_http_request", "Requests answered", count.clone());
        let in_flight = Gauge::default();
        registry.register(
            "headwater_http_requests_in_flight",
            "Requests that are being worked on or answered",
            in_flight.clone(),
        );
        let build = Family::<Build, Gauge>::default();
        build.get_or_create(&BUILD).set(1);
        registry.register("headwater_build_info", "What is running", build);
        registry.register_collector(Box::new(Database(db.clone())));
        registry.register_collector(Box::new(Schema(Arc::clone(schema))));
        registry.register_collector(Box::new(Process));
        Self { registry, durations, count, in_flight }
    }

    /// All metrics in OpenMetrics' text format.
    ///
    /// # Errors
    /// When the text cannot be written, which does not happen in memory.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut out = String::with_capacity(16 * 1024);
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}

impl Meter for Metrics {
    fn begin(&self) {
        self.in_flight.inc();
    }

    fn end(&self, method: &Method, route: &str, status: u16, elapsed: Duration) {
        self.in_flight.dec();
        let method = known(method);
        self.count.get_or_create(&CountLabels { method, status }).inc();
        let labels =
            Labels { method, path: route.to_owned(), status, mlflow_version: app::MLFLOW_VERSION };
        self.durations.get_or_create(&labels).observe(elapsed.as_secs_f64());
    }
}

/// The method's name, or one name for all that nobody serves: clients must not make labels up.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

fn gauge<N>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: N,
) -> Result<(), std::fmt::Error>
where
    ConstGauge<N>: EncodeMetric,
{
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
}

/// How busy the database is, asked when metrics are read.
struct Database(Db);

impl std::fmt::Debug for Database {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Database")
    }
}

impl Collector for Database {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let status = self.0.status();
        for (name, help, value) in [
            ("connections", "Open PostgreSQL connections", status.connections),
            ("connections_busy", "PostgreSQL connections at work", status.busy),
            ("queued_writes", "Writes that wait for the SQLite writer", status.queued_writes),
            ("queued_reads", "Reads that wait for a SQLite reader", status.queued_reads),
        ] {
            let name = format!("headwater_database_{name}");
            gauge(&mut encoder, &name, help, i64::try_from(value).unwrap_or(i64::MAX))?;
        }
        Ok(())
    }
}

/// Which schema the database has, and how it stands to this server.
#[derive(Debug)]
struct Schema(Arc<schema::Current>);

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SchemaLabels {
    version: String,
    release: &'static str,
    state: &'static str,
}

impl Collector for Schema {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let (version, standing) = self.0.state();
        let state = match standing {
            Standing::Known => "known",
            Standing::Newer => "newer",
            Standing::Unusable(_) => "unusable",
        };
        let gauges = Family::<SchemaLabels, Gauge>::default();
        let labels = SchemaLabels { version, release: self.0.release().name(), state };
        gauges.get_or_create(&labels).set(1);
        let help = "The schema of the database";
        gauges.encode(encoder.encode_descriptor(
            "headwater_schema_info",
            help,
            None,
            gauges.metric_type(),
        )?)
    }
}

/// What the operating system knows of this process, under the names that all exporters use.
#[derive(Debug)]
struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Some(usage) = process::usage() else { return Ok(()) };
        let counter: ConstCounter<f64> = ConstCounter::new(usage.cpu_seconds);
        let help = "Processor time used";
        counter.encode(encoder.encode_descriptor(
            "process_cpu_seconds",
            help,
            None,
            counter.metric_type(),
        )?)?;
        gauge(&mut encoder, "process_start_time_seconds", "Start since 1970", usage.start_seconds)?;
        for (name, help, value) in [
            ("process_resident_memory_bytes", "Memory in use", usage.resident_bytes),
            ("process_virtual_memory_bytes", "Memory reserved", usage.virtual_bytes),
            ("process_open_fds", "Open files and sockets", usage.open_files),
        ] {
            gauge(&mut encoder, name, help, i64::try_from(value).unwrap_or(i64::MAX))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_are_counted_under_their_route() {
        let url = "sqlite://".parse().unwrap();
        let db = Db::connect(&url, &db::Options::default()).await.unwrap();
        let metrics = Metrics::new(&db, &Arc::default());
        metrics.begin();
        metrics.begin();
        metrics.end(&Method::GET, "/api/{id}", 200, Duration::from_millis(3));
        let made_up = Method::from_bytes(b"MADEUP").unwrap();
        metrics.end(&made_up, "other", 404, Duration::from_mins(1));
        let text = metrics.encode().unwrap();
        for line in [
            r#"mlflow_http_request_total{method="GET",status="200"} 1"#,
            r#"mlflow_http_request_duration_seconds_bucket{le="0.0025",method="GET",path="/api/{id}",status="200",mlflow_version="3.18.0"} 0"#,
            r#"mlflow_http_request_duration_seconds_bucket{le="0.005",method="GET",path="/api/{id}",status="200",mlflow_version="3.18.0"} 1"#,
            r#"mlflow_http_request_total{method="OTHER",status="404"} 1"#,
            "headwater_http_requests_in_flight 0",
            "headwater_database_queued_writes 0",
            r#"headwater_schema_info{version="f4a9b2c7d1e6",release="3.18",state="known"} 1"#,
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
    }

    #[test]
    fn both_formats_are_known() {
        assert!(content_type(None).starts_with("text/plain"));
        assert!(content_type(Some("text/html")).starts_with("text/plain"));
        let asked = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
        assert!(content_type(Some(asked)).starts_with("application/openmetrics-text"));
    }
}
