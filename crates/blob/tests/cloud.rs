//! Cloud stores, against emulators that the tests start themselves.
//!
//! `HEADWATER_AZURITE` and `HEADWATER_MOTO` name the programs `azurite-blob` (npm `azurite`) and `moto_server` (PyPI
//! `moto[server,s3]`).
#![cfg(all(feature = "azure", feature = "s3", feature = "gcs"))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use blob::{
    ArtifactPath, BlobError, ByteRange, Deleted, Location, Settings, Store, UPLOADING_PREFIX,
};
use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use tempfile::TempDir;

/// The key that every copy of the emulator has.
const AZURITE_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
/// An account signature made with that key, good for making containers.
const AZURITE_SIGNATURE: &str = "sv=2020-04-08&ss=b&srt=co&sp=rwdlc&se=2099-01-01T00%3A00%3A00Z&sig=M%2BzMpXN69T0OAyo9c4XkgErYGhLY4nb7lVxzQhQZz0E%3D";

struct Emulator {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn start(variable: &str, arguments: impl Fn(u16, &str) -> Vec<String>) -> Emulator {
    let program = std::env::var(variable).unwrap_or_else(|_| panic!("{variable} names no program"));
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let process = Command::new(program)
        .args(arguments(port, folder.path().to_str().unwrap()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let emulator = Emulator { process, port, _folder: folder };
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(started.elapsed() < Duration::from_mins(1), "{variable} does not start");
        std::thread::sleep(Duration::from_millis(100));
    }
    emulator
}

impl Emulator {
    /// One request, for what a store cannot do: making buckets and looking behind the scenes.
    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {length}\r\nContent-Type: \
             application/json\r\nConnection: close\r\n\r\n{body}",
            self.port
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn make(&self, method: &str, path: &str, body: &str) {
        let answer = self.ask(method, path, body);
        let status = answer.split(' ').nth(1).unwrap();
        assert!(status.starts_with('2'), "{answer}");
    }
}

fn azurite() -> (Emulator, Settings) {
    let emulator = start("HEADWATER_AZURITE", |port, folder| {
        let port = port.to_string();
        [
            "--silent",
            "--disableTelemetry",
            "--skipApiVersionCheck",
            "--blobHost",
            "127.0.0.1",
            "--blobPort",
            &port,
            "--location",
            folder,
        ]
        .map(str::to_owned)
        .into()
    });
    emulator.make(
        "PUT",
        &format!("/devstoreaccount1/container?restype=container&{AZURITE_SIGNATURE}"),
        "",
    );
    let settings = azurite_settings(emulator.port, AZURITE_KEY);
    (emulator, settings)
}

fn azurite_settings(port: u16, key: &str) -> Settings {
    let text = format!(
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={key};\
         BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;"
    );
    settings([("AZURE_STORAGE_CONNECTION_STRING", text)])
}

fn moto() -> (Emulator, Settings) {
    let emulator = start("HEADWATER_MOTO", |port, _| {
        vec!["-H".to_owned(), "127.0.0.1".to_owned(), "-p".to_owned(), port.to_string()]
    });
    emulator.make("PUT", "/bucket", "");
    let settings = moto_settings(emulator.port);
    (emulator, settings)
}

fn moto_settings(port: u16) -> Settings {
    settings([
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("MLFLOW_S3_ENDPOINT_URL", format!("http://127.0.0.1:{port}")),
    ])
}

/// Google's XML interface is S3's, headers aside, so an S3 emulator that takes any credentials answers for it.
fn moto_as_gcs() -> (Emulator, Settings) {
    let (emulator, _) = moto();
    let address = format!("http://127.0.0.1:{}", emulator.port);
    (emulator, settings([("STORAGE_EMULATOR_HOST", address)]))
}

fn settings<const N: usize>(environment: [(&str, String); N]) -> Settings {
    let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
    Settings { environment, ..Settings::default() }
}

fn open(uri: &str, settings: &Settings) -> Store {
    Store::open(&Location::parse(uri).unwrap(), settings).unwrap()
}

fn at(path: &str) -> ArtifactPath {
    ArtifactPath::parse(path).unwrap()
}

fn sample(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 251 + at) as u8).collect()
}

fn pieces(bytes: &[u8]) -> impl stream::Stream<Item = Result<Bytes, Infallible>> + Send + use<> {
    let pieces: Vec<_> =
        bytes.chunks(100_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

async fn put(store: &Store, path: &str, bytes: &[u8]) {
    let written = store.put(&at(path), pieces(bytes), Some(bytes.len() as u64)).await.unwrap();
    assert_eq!(written.size, bytes.len() as u64);
    assert!(written.etag.is_some(), "{path}");
}

async fn get(store: &Store, path: &str, range: Option<ByteRange>) -> Result<Vec<u8>, BlobError> {
    let download = store.get(&at(path), range).await?;
    let wanted = download.range.end - download.range.start;
    let pieces: Vec<Bytes> = download.stream.try_collect().await?;
    let bytes = pieces.concat();
    assert_eq!(bytes.len() as u64, wanted);
    Ok(bytes)
}

/// Everything that holds for every store.
async fn check(store: &Store) {
    store.probe().await.unwrap();
    assert!(store.list(&at("")).await.unwrap().is_empty());
    names_and_sizes(store).await;
    ranges(store).await;
    folders(store).await;
    broken_uploads(store).await;
    deletion(store).await;
}

async fn names_and_sizes(store: &Store) {
    let names = [
        "plain.txt",
        "a b/c d.txt",
        "日本語/ファイル.txt",
        "é",
        "100%.txt",
        "a+b=c&d.txt",
        "a~(1)!.txt",
        "model/MLmodel",
        "x'y,z;w@v.txt",
    ];
    for name in names {
        put(store, name, name.as_bytes()).await;
        assert_eq!(get(store, name, None).await.unwrap(), name.as_bytes(), "{name}");
        let parent = at(name).parent();
        let listed = store.list(&parent).await.unwrap();
        let entry = listed.iter().find(|entry| entry.path == name);
        assert_eq!(
            entry.and_then(|entry| entry.size),
            Some(name.len() as u64),
            "{name}: {listed:?}"
        );
    }
    let (part, mebibyte) = (8 << 20, 1 << 20);
    for length in [0, 1, part - 1, part, part + 1, 3 * part, 3 * part + mebibyte] {
        let bytes = sample(length);
        put(store, "sizes/file.bin", &bytes).await;
        let head = store.head(&at("sizes/file.bin")).await.unwrap();
        assert_eq!((head.is_dir, head.size), (false, length as u64));
        let etag = head.etag.unwrap();
        assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 2, "{etag}");
        assert!(get(store, "sizes/file.bin", None).await.unwrap() == bytes, "{length}");
    }
    for name in names.into_iter().chain(["sizes"]) {
        assert_eq!(store.delete(&at(name)).await.unwrap().files, 1, "{name}");
    }
    assert!(store.list(&at("")).await.unwrap().is_empty());
}

async fn ranges(store: &Store) {
    let bytes = sample(300_000);
    put(store, "ranged", &bytes).await;
    for (range, want) in [
        (ByteRange::From(0), 0..300_000),
        (ByteRange::From(299_999), 299_999..300_000),
        (ByteRange::Between(10, 19), 10..20),
        (ByteRange::Between(10, u64::MAX), 10..300_000),
        (ByteRange::Last(7), 299_993..300_000),
    ] {
        let download = store.get(&at("ranged"), Some(range)).await.unwrap();
        assert_eq!((download.size, download.range), (300_000, want.start as u64..want.end as u64));
        assert!(get(store, "ranged", Some(range)).await.unwrap() == bytes[want], "{range:?}");
    }
    for range in
        [ByteRange::From(300_000), ByteRange::Between(400_000, 400_001), ByteRange::Last(0)]
    {
        let beyond = store.get(&at("ranged"), Some(range)).await;
        assert!(matches!(beyond, Err(BlobError::Range { size: 300_000 })), "{range:?}: {beyond:?}");
    }
    store.delete(&at("ranged")).await.unwrap();
}

async fn folders(store: &Store) {
    for path in ["b.txt", "a/x/y.txt", "a.txt", "a/z"] {
        put(store, path, b"12345").await;
    }
    let listed = store.list(&at("")).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|e| (e.path.as_str(), e.is_dir, e.size)).collect();
    assert_eq!(listed, [("a", true, None), ("a.txt", false, Some(5)), ("b.txt", false, Some(5))]);
    let listed = store.list(&at("a")).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|e| (e.path.as_str(), e.is_dir)).collect();
    assert_eq!(listed, [("a/x", true), ("a/z", false)]);
    assert!(store.list(&at("a.txt")).await.unwrap().is_empty());
    assert!(store.list(&at("missing")).await.unwrap().is_empty());
    assert!(store.head(&at("a")).await.unwrap().is_dir);
    assert!(store.exists(&at("a/z")).await.unwrap());
    assert!(!store.exists(&at("missing")).await.unwrap());
    let folder = store.get(&at("a"), None).await;
    assert!(matches!(folder, Err(BlobError::IsDirectory { .. })), "{folder:?}");
    let missing = store.get(&at("missing"), None).await;
    assert!(matches!(missing, Err(BlobError::NotFound { .. })), "{missing:?}");
    let scoped = store.scoped(&at("a")).unwrap();
    assert_eq!(scoped.list(&at("x")).await.unwrap()[0].path, "x/y.txt");
}

async fn broken_uploads(store: &Store) {
    for length in [10, 20_000_000] {
        for announced in [length as u64 - 1, length as u64 + 1] {
            let failed = store.put(&at("broken"), pieces(&sample(length)), Some(announced)).await;
            assert!(matches!(failed, Err(BlobError::Interrupted { .. })), "{failed:?}");
        }
    }
    let endless = stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from(vec![7; 100_000])));
    let path = at("broken");
    let mut upload = Box::pin(store.put(&path, endless, None));
    for _ in 0..50 {
        let polled = upload.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(upload);
    assert!(!store.exists(&at("broken")).await.unwrap());
    let reserved = store.put(&at(&format!("{UPLOADING_PREFIX}x")), pieces(b"x"), None).await;
    assert!(matches!(reserved, Err(BlobError::InvalidPath(_))));
}

async fn deletion(store: &Store) {
    assert!(store.delete(&at("")).await.is_err());
    assert_eq!(store.delete(&at("missing")).await.unwrap(), Deleted::default());
    // `a` is a folder; `a.txt` only looks like one of its keys.
    let tree = store.delete(&at("a")).await.unwrap();
    assert_eq!((tree.files, tree.bytes), (2, 10));
    assert_eq!(store.list(&at("")).await.unwrap().len(), 2);
    let file = store.delete(&at("a.txt")).await.unwrap();
    assert_eq!(file, Deleted { files: 1, folders: 0, bytes: 5 });
    assert_eq!(store.delete_all().await.unwrap().files, 1);
    assert!(store.list(&at("")).await.unwrap().is_empty());
}

async fn probe(uri: &str, settings: &Settings) -> BlobError {
    let error = open(uri, settings).probe().await.unwrap_err();
    let text = error.to_string();
    assert!(text.ends_with('.') && !text.contains('\n') && !text.contains(AZURITE_KEY), "{text}");
    error
}

#[tokio::test]
#[ignore = "needs Azurite"]
async fn azure() {
    let (emulator, settings) = azurite();
    let uri = "wasbs://container@devstoreaccount1.blob.core.windows.net";
    check(&open(uri, &settings)).await;
    check(&open(&format!("{uri}/some folder/below"), &settings)).await;

    let missing = probe("wasbs://missing@devstoreaccount1.blob.core.windows.net", &settings).await;
    assert!(matches!(missing, BlobError::NoStore { .. }), "{missing:?}");
    let wrong_key = azurite_settings(emulator.port, "AAAA");
    let denied = probe(uri, &wrong_key).await;
    assert!(matches!(denied, BlobError::Denied { .. }), "{denied:?}");
    let unreachable = probe(uri, &azurite_settings(free_port(), AZURITE_KEY)).await;
    assert!(matches!(unreachable, BlobError::Unavailable { .. }), "{unreachable:?}");
}

#[tokio::test]
#[ignore = "needs moto"]
async fn s3() {
    let (emulator, settings) = moto();
    check(&open("s3://bucket", &settings)).await;
    check(&open("s3://bucket/some folder/below", &settings)).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let uploads = emulator.ask("GET", "/bucket?uploads", "");
    assert!(uploads.contains("ListMultipartUploadsResult"), "{uploads}");
    assert!(!uploads.contains("<UploadId>"), "parts of broken uploads are left: {uploads}");

    let missing = probe("s3://missing", &settings).await;
    assert!(matches!(missing, BlobError::NoStore { .. }), "{missing:?}");
    let unreachable = probe("s3://bucket", &moto_settings(free_port())).await;
    assert!(matches!(unreachable, BlobError::Unavailable { .. }), "{unreachable:?}");
}

#[tokio::test]
#[ignore = "needs moto"]
async fn gcs() {
    let (_emulator, settings) = moto_as_gcs();
    check(&open("gs://bucket", &settings)).await;
    check(&open("gs://bucket/some folder/below", &settings)).await;
    let missing = probe("gs://missing", &settings).await;
    assert!(matches!(missing, BlobError::NoStore { .. }), "{missing:?}");
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_named() {
    let azure = "wasbs://c@account.blob.core.windows.net";
    let refused = |uri: &str, environment: &[(&str, &str)]| {
        let environment =
            environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let settings = Settings { environment, ..Settings::default() };
        match Store::open(&Location::parse(uri).unwrap(), &settings) {
            Err(BlobError::Configuration(text)) => text,
            other => panic!("{uri} {other:?}"),
        }
    };
    for text in
        ["nonsense", "AccountName=a", "AccountKey=a", "BlobEndpoint=a;AccountName=b;AccountKey=c"]
    {
        let text = refused(azure, &[("AZURE_STORAGE_CONNECTION_STRING", text)]);
        assert!(text.contains("AZURE_STORAGE_CONNECTION_STRING"), "{text}");
    }
    let text = refused(azure, &[("AZURE_STORAGE_ACCESS_KEY", "SECRET is no base64")]);
    assert!(text.contains(azure) && !text.contains("SECRET"), "{text}");
    assert!(refused("az://c/a", &[]).contains("az://c/a"));
    let text = refused("s3://b", &[("MLFLOW_S3_UPLOAD_EXTRA_ARGS", r#"{"ACL":"public-read"}"#)]);
    assert!(text.contains("ACL"), "{text}");
    let text = refused("s3://b", &[("REQUESTS_CA_BUNDLE", "/missing.pem")]);
    assert!(text.contains("/missing.pem"), "{text}");
}
