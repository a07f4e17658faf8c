//! A folder of this machine as a store.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use blob::{
    ArtifactPath, BlobError, ByteRange, Deleted, Durability, Location, PathError, Settings, Store,
    UPLOADING_PREFIX,
};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use tempfile::TempDir;

struct Fixture {
    folder: TempDir,
    store: Store,
}

/// A store in `<temporary>/root`, with a secret beside it.
fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    let store = open(&folder.path().join("root"), Durability::Cached);
    Fixture { folder, store }
}

fn open(root: &Path, durability: Durability) -> Store {
    let location = Location::Local { root: root.to_owned() };
    Store::open(&location, &Settings { durability, ..Settings::default() }).unwrap()
}

impl Fixture {
    fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("root")
    }

    async fn put(&self, path: &str, bytes: &[u8]) {
        put(&self.store, path, bytes).await.unwrap();
    }

    async fn names(&self, path: &str) -> Vec<String> {
        let entries = self.store.list(&at(path)).await.unwrap();
        entries.into_iter().map(|entry| entry.path).collect()
    }

    /// Everything below the root, hidden files included.
    fn on_disk(&self) -> BTreeSet<String> {
        fn walk(folder: &Path, root: &Path, found: &mut BTreeSet<String>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
                if path.is_dir() && !path.is_symlink() {
                    walk(&path, root, found);
                }
            }
        }
        let mut found = BTreeSet::new();
        walk(&self.root(), &self.root(), &mut found);
        found
    }
}

fn at(path: &str) -> ArtifactPath {
    ArtifactPath::parse(path).unwrap()
}

fn pieces(bytes: &[u8]) -> impl stream::Stream<Item = Result<Bytes, Infallible>> + Send + use<> {
    let pieces: Vec<_> =
        bytes.chunks(1000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

async fn put(store: &Store, path: &str, bytes: &[u8]) -> Result<blob::Written, BlobError> {
    store
        .put(&ArtifactPath::parse_destination(path)?, pieces(bytes), Some(bytes.len() as u64))
        .await
}

async fn get(store: &Store, path: &str, range: Option<ByteRange>) -> Result<Vec<u8>, BlobError> {
    let download = store.get(&at(path), range).await?;
    let wanted = download.range.end - download.range.start;
    let bytes = download.stream.try_fold(Vec::new(), |mut all, piece| async move {
        all.extend_from_slice(&piece);
        Ok(all)
    });
    let bytes = bytes.await?;
    assert_eq!(bytes.len() as u64, wanted);
    Ok(bytes)
}

fn is_outside<T>(result: &Result<T, BlobError>) -> bool {
    matches!(result, Err(BlobError::InvalidPath(PathError::Outside)))
}

fn is_missing<T>(result: &Result<T, BlobError>) -> bool {
    matches!(result, Err(BlobError::NotFound { .. }))
}

/// Bytes that differ at every offset that a wrong piece could come from.
fn sample(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 251 + at) as u8).collect()
}

#[tokio::test]
async fn files_of_every_size_come_back() {
    let fixture = fixture();
    for length in [0, 1, 999, 1000, 524_287, 524_288, 524_289, 1_048_576, 1_048_577, 5_000_000] {
        let bytes = sample(length);
        let path = format!("sizes/{length}.bin");
        let written = put(&fixture.store, &path, &bytes).await.unwrap();
        assert_eq!(written.size, length as u64);
        let download = fixture.store.get(&at(&path), None).await.unwrap();
        assert_eq!((download.size, &download.range), (length as u64, &(0..length as u64)));
        assert_eq!(download.etag, written.etag);
        assert!(download.last_modified.is_some());
        assert_eq!(get(&fixture.store, &path, None).await.unwrap(), bytes, "{length}");
    }
    assert!(!fixture.on_disk().iter().any(|name| name.contains(UPLOADING_PREFIX)));
}

#[tokio::test]
async fn ranges() {
    let fixture = fixture();
    let bytes = sample(1_500_000);
    fixture.put("a", &bytes).await;
    for (range, want) in [
        (ByteRange::From(0), 0..1_500_000),
        (ByteRange::From(1_499_999), 1_499_999..1_500_000),
        (ByteRange::Between(10, 19), 10..20),
        (ByteRange::Between(500_000, 1_200_000), 500_000..1_200_001),
        (ByteRange::Last(7), 1_499_993..1_500_000),
        (ByteRange::Last(u64::MAX), 0..1_500_000),
    ] {
        let download = fixture.store.get(&at("a"), Some(range)).await.unwrap();
        assert_eq!(download.size, 1_500_000);
        assert_eq!(download.range, want.start as u64..want.end as u64);
        assert_eq!(get(&fixture.store, "a", Some(range)).await.unwrap(), bytes[want]);
    }
    let beyond = fixture.store.get(&at("a"), Some(ByteRange::From(1_500_000))).await;
    assert!(matches!(beyond, Err(BlobError::Range { size: 1_500_000 })), "{beyond:?}");
}

#[tokio::test]
async fn odd_names() {
    let fixture = fixture();
    let names = [
        "日本語/ファイル.txt",
        "a b/c d.txt",
        "é",
        "e\u{301}",
        "😀.png",
        "100%.txt",
        "[x]*?.txt",
        "-rf",
        "a\\b",
        "..a",
    ];
    for name in names {
        fixture.put(name, name.as_bytes()).await;
        assert_eq!(get(&fixture.store, name, None).await.unwrap(), name.as_bytes(), "{name}");
    }
    let listed = fixture.names("").await;
    assert!(
        ["a b", "日本語", "é", "e\u{301}", "100%.txt"]
            .iter()
            .all(|name| listed.iter().any(|l| l == name))
    );
    assert!(listed.is_sorted(), "{listed:?}");
}

#[tokio::test]
async fn listing() {
    let fixture = fixture();
    assert!(fixture.names("").await.is_empty(), "the root does not exist yet");
    fixture.put("b.txt", b"12345").await;
    fixture.put("a/x/y.txt", b"1").await;
    fixture.put("a.txt", b"").await;
    std::fs::create_dir(fixture.root().join("empty")).unwrap();
    std::fs::write(fixture.root().join(format!("{UPLOADING_PREFIX}1")), "1").unwrap();
    let listed = fixture.store.list(&at("")).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|e| (e.path.as_str(), e.is_dir, e.size)).collect();
    assert_eq!(
        listed,
        [
            ("a", true, None),
            ("a.txt", false, Some(0)),
            ("b.txt", false, Some(5)),
            ("empty", true, None)
        ]
    );
    assert_eq!(fixture.names("a").await, ["a/x"]);
    assert_eq!(fixture.names("a/x").await, ["a/x/y.txt"]);
    for nothing in ["empty", "a.txt", "a.txt/x", "missing", "missing/x"] {
        assert!(fixture.names(nothing).await.is_empty(), "{nothing}");
    }
    let entries = fixture.store.list(&at("a/x")).await.unwrap();
    assert_eq!(entries[0].name(), "y.txt");
}

#[tokio::test]
async fn heads() {
    let fixture = fixture();
    assert!(is_missing(&fixture.store.head(&at("a")).await));
    fixture.put("a/b", b"123").await;
    let head = fixture.store.head(&at("a/b")).await.unwrap();
    assert!(!head.is_dir && head.size == 3 && head.last_modified.is_some());
    assert!(fixture.store.head(&at("a")).await.unwrap().is_dir);
    assert!(fixture.store.head(&at("")).await.unwrap().is_dir);
    assert!(fixture.store.exists(&at("a/b")).await.unwrap());
    assert!(!fixture.store.exists(&at("a/c")).await.unwrap());
    assert!(is_missing(&fixture.store.head(&at("a/b/c")).await));
    fixture.put("a/b", b"124").await;
    assert_ne!(fixture.store.head(&at("a/b")).await.unwrap().etag, head.etag);
}

#[tokio::test]
async fn folders_and_files_are_not_confused() {
    let fixture = fixture();
    fixture.put("a/b", b"123").await;
    for folder in ["a", ""] {
        let got = fixture.store.get(&at(folder), None).await;
        assert!(matches!(got, Err(BlobError::IsDirectory { .. })), "{folder}: {got:?}");
    }
    let onto_folder = put(&fixture.store, "a", b"x").await;
    assert!(matches!(onto_folder, Err(BlobError::IsDirectory { .. })), "{onto_folder:?}");
    let through_file = put(&fixture.store, "a/b/c", b"x").await;
    assert!(matches!(through_file, Err(BlobError::NotDirectory { .. })), "{through_file:?}");
    assert!(is_missing(&get(&fixture.store, "a/b/c", None).await));
    assert!(is_missing(&get(&fixture.store, "missing", None).await));
    assert_eq!(fixture.on_disk(), ["a", "a/b"].map(str::to_owned).into());
}

#[tokio::test]
async fn deletion() {
    let fixture = fixture();
    for path in ["a/1", "a/b/2", "a/b/c/3", "keep"] {
        fixture.put(path, b"12345").await;
    }
    assert!(fixture.store.delete(&at("")).await.is_err());
    assert_eq!(fixture.store.delete(&at("missing/x")).await.unwrap(), Deleted::default());
    assert_eq!(fixture.store.delete(&at("keep/x")).await.unwrap(), Deleted::default());
    let one = fixture.store.delete(&at("a/1")).await.unwrap();
    assert_eq!(one, Deleted { files: 1, folders: 0, bytes: 5 });
    let tree = fixture.store.delete(&at("a")).await.unwrap();
    assert_eq!(tree, Deleted { files: 2, folders: 3, bytes: 10 });
    assert_eq!(fixture.on_disk(), ["keep".to_owned()].into());
    let all = fixture.store.delete_all().await.unwrap();
    assert_eq!(all, Deleted { files: 1, folders: 1, bytes: 5 });
    assert!(!fixture.root().exists());
    assert_eq!(fixture.store.delete_all().await.unwrap(), Deleted::default());
}

#[tokio::test]
async fn a_deep_tree_is_deleted() {
    let fixture = fixture();
    fixture.put(&("d/".repeat(255) + "f"), b"1").await;
    let deleted = fixture.store.delete(&at("d")).await.unwrap();
    assert_eq!(deleted, Deleted { files: 1, folders: 255, bytes: 1 });
}

#[tokio::test]
async fn scopes() {
    let fixture = fixture();
    let run = fixture.store.scoped(&at("1/run/artifacts")).unwrap();
    put(&run, "model/MLmodel", b"x").await.unwrap();
    assert_eq!(get(&fixture.store, "1/run/artifacts/model/MLmodel", None).await.unwrap(), b"x");
    let entries = run.list(&at("model")).await.unwrap();
    assert_eq!(entries[0].path, "model/MLmodel");
    assert!(run.delete(&at("")).await.is_err());
    assert_eq!(run.delete_all().await.unwrap(), Deleted { files: 1, folders: 2, bytes: 1 });
    assert_eq!(fixture.names("1/run").await, Vec::<String>::new());
    assert!(fixture.root().join("1/run").exists());
}

#[tokio::test]
async fn links_do_not_lead_out() {
    let fixture = fixture();
    fixture.put("inside/file", b"inside").await;
    let (root, outside) = (fixture.root(), fixture.folder.path());
    std::fs::create_dir_all(outside.join("other/deep")).unwrap();
    std::fs::write(outside.join("other/deep/file"), "secret").unwrap();
    symlink(outside.join("secret"), root.join("absolute")).unwrap();
    symlink("../secret", root.join("relative")).unwrap();
    symlink(outside.join("other"), root.join("folder")).unwrap();
    symlink("../other", root.join("climbing")).unwrap();
    symlink("climbing/deep", root.join("twice")).unwrap();
    symlink("/proc/self/root", root.join("proc")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("/", root.join("slash")).unwrap();

    for path in [
        "absolute",
        "relative",
        "folder/deep/file",
        "climbing/deep/file",
        "twice/file",
        "proc/etc/passwd",
        "loop",
        "slash/etc/passwd",
    ] {
        assert!(is_outside(&get(&fixture.store, path, None).await), "get {path}");
        assert!(is_outside(&fixture.store.head(&at(path)).await), "head {path}");
        let written = put(&fixture.store, path, b"overwritten").await;
        assert!(is_outside(&written), "put {path}: {written:?}");
    }
    for path in ["folder", "climbing/deep", "twice", "slash/etc"] {
        assert!(is_outside(&fixture.store.list(&at(path)).await), "list {path}");
        let written = put(&fixture.store, &format!("{path}/new/file"), b"x").await;
        assert!(is_outside(&written), "put below {path}: {written:?}");
    }
    for path in ["folder/deep", "folder/deep/file", "climbing/deep", "twice/file", "slash/tmp/x"] {
        assert!(is_outside(&fixture.store.delete(&at(path)).await), "delete {path}");
    }
    assert_eq!(fixture.names("").await, ["inside"], "links that lead out are not listed");

    // The links themselves can be deleted, and nothing behind them goes with them.
    for path in ["folder", "absolute", "slash", "loop"] {
        assert_eq!(fixture.store.delete(&at(path)).await.unwrap().files, 1, "{path}");
    }
    fixture.store.delete_all().await.unwrap();
    assert_eq!(std::fs::read(outside.join("secret")).unwrap(), b"secret");
    assert_eq!(std::fs::read(outside.join("other/deep/file")).unwrap(), b"secret");
}

#[tokio::test]
async fn links_inside_are_followed() {
    let fixture = fixture();
    fixture.put("model/1/weights", b"12345").await;
    symlink("model/1", fixture.root().join("latest")).unwrap();
    symlink("model/1/weights", fixture.root().join("weights")).unwrap();
    symlink("nowhere", fixture.root().join("dangling")).unwrap();
    assert_eq!(get(&fixture.store, "latest/weights", None).await.unwrap(), b"12345");
    assert_eq!(get(&fixture.store, "weights", None).await.unwrap(), b"12345");
    let listed = fixture.store.list(&at("")).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|e| (e.path.as_str(), e.size)).collect();
    assert_eq!(listed, [("latest", None), ("model", None), ("weights", Some(5))]);
    // A write replaces the link, not the file behind it.
    fixture.put("weights", b"new").await;
    fixture.put("dangling", b"new").await;
    assert_eq!(get(&fixture.store, "latest/weights", None).await.unwrap(), b"12345");
    assert_eq!(get(&fixture.store, "dangling", None).await.unwrap(), b"new");
    assert!(!fixture.root().join("nowhere").exists());
}

#[tokio::test]
async fn the_root_itself_may_be_a_link() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("real")).unwrap();
    symlink("real", folder.path().join("link")).unwrap();
    let store = open(&folder.path().join("link"), Durability::Cached);
    put(&store, "a/b", b"x").await.unwrap();
    assert_eq!(std::fs::read(folder.path().join("real/a/b")).unwrap(), b"x");
}

/// A folder that is swapped for a link to the outside and back, as fast as it goes, while it is read and written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_racing_link_does_not_lead_out() {
    let fixture = fixture();
    let root = fixture.root();
    std::fs::create_dir_all(fixture.folder.path().join("other")).unwrap();
    std::fs::write(fixture.folder.path().join("other/file"), "secret").unwrap();
    fixture.put("real/file", b"inside").await;
    symlink("../other", root.join("trap")).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let swapper = std::thread::spawn({
        let (root, stop) = (root.clone(), stop.clone());
        move || {
            while !stop.load(Ordering::Relaxed) {
                for source in ["real", "trap"] {
                    let _ = std::fs::rename(root.join(source), root.join("now"));
                    let _ = std::fs::rename(root.join("now"), root.join(source));
                }
            }
        }
    });
    let mut read = 0;
    for _ in 0..1000 {
        match get(&fixture.store, "now/file", None).await {
            Ok(bytes) => {
                assert_ne!(bytes, b"secret");
                read += 1;
            }
            Err(error) => assert!(!matches!(error, BlobError::Other { .. }), "{error:?}"),
        }
        let _ = put(&fixture.store, "now/file", b"inside").await;
        let _ = fixture.store.delete(&at("now/other")).await;
    }
    stop.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
    assert_eq!(std::fs::read(fixture.folder.path().join("other/file")).unwrap(), b"secret");
    assert_eq!(std::fs::read_dir(fixture.folder.path().join("other")).unwrap().count(), 1);
    assert!(read > 0, "the race never let a read through");
}

#[tokio::test]
async fn a_pipe_is_no_artifact() {
    let fixture = fixture();
    fixture.put("a", b"x").await;
    let made =
        std::process::Command::new("mkfifo").arg(fixture.root().join("pipe")).status().unwrap();
    assert!(made.success());
    let got = tokio::time::timeout(Duration::from_secs(5), get(&fixture.store, "pipe", None)).await;
    assert!(is_missing(&got.expect("reading a pipe must not wait for a writer")));
}

#[tokio::test]
async fn a_failed_upload_leaves_nothing() {
    let fixture = fixture();
    fixture.put("old", b"old").await;
    for (name, length) in [("small", 10), ("large", 3_000_000)] {
        for path in [format!("new/{name}"), "old".to_owned()] {
            let broken = pieces(&sample(length))
                .map(|piece| Ok::<_, std::io::Error>(piece.unwrap()))
                .chain(stream::once(async { Err(std::io::ErrorKind::ConnectionReset.into()) }));
            let failed = fixture.store.put(&at(&path), broken, None).await;
            let Err(BlobError::Interrupted { source, .. }) = failed else { panic!("{failed:?}") };
            assert!(source.downcast_ref::<std::io::Error>().is_some());
            for announced in [length as u64 - 1, length as u64 + 1] {
                let failed =
                    fixture.store.put(&at(&path), pieces(&sample(length)), Some(announced)).await;
                assert!(matches!(failed, Err(BlobError::Interrupted { .. })), "{failed:?}");
            }
            assert_eq!(fixture.on_disk(), ["old".to_owned()].into(), "{path}");
        }
    }
    assert_eq!(get(&fixture.store, "old", None).await.unwrap(), b"old");
}

/// Polls an upload some times, then drops it, at every stage.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_upload_leaves_nothing() {
    let fixture = fixture();
    fixture.put("old", b"old").await;
    for polls in 1..20 {
        for path in ["new/folder/file", "old"] {
            let path = at(path);
            let endless = stream::unfold(0, |sent| async move {
                // Now and then the client is slow.
                if sent % 700 == 699 {
                    tokio::task::yield_now().await;
                }
                Some((Ok::<_, Infallible>(Bytes::from_static(&[7; 4096])), sent + 1))
            });
            let mut upload = Box::pin(fixture.store.put(&path, endless, None));
            for _ in 0..polls {
                let polled = upload.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                assert!(polled.is_pending());
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            drop(upload);
        }
    }
    // A write that was under way ends first.
    for _ in 0..500 {
        if fixture.on_disk().len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(fixture.on_disk(), ["old".to_owned()].into());
    assert_eq!(get(&fixture.store, "old", None).await.unwrap(), b"old");
}

#[tokio::test]
async fn nothing_is_visible_before_the_end() {
    let fixture = fixture();
    fixture.put("old", b"old").await;
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<Bytes>();
    let source = stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (Ok::<_, Infallible>(piece), receiver))
    });
    let (store, path) = (fixture.store.clone(), at("new/folder/file"));
    let upload = tokio::spawn(async move { store.put(&path, source, None).await });
    for _ in 0..3 {
        sender.send(Bytes::from(vec![1; 1_500_000])).unwrap();
    }
    tokio::time::timeout(Duration::from_secs(10), async {
        while fixture.on_disk().len() == 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("the hidden file is written while the stream goes on");
    assert_eq!(fixture.names("").await, ["old"]);
    let hidden = fixture.on_disk().into_iter().find(|name| name.starts_with('.')).unwrap();
    assert!(is_missing(&get(&fixture.store, &hidden, None).await));
    assert!(is_missing(&fixture.store.head(&at(&hidden)).await));
    assert_eq!(fixture.store.delete(&at(&hidden)).await.unwrap(), Deleted::default());
    drop(sender);
    assert_eq!(upload.await.unwrap().unwrap().size, 4_500_000);
    assert_eq!(fixture.names("new/folder").await, ["new/folder/file"]);
    assert!(!fixture.on_disk().contains(&hidden));
}

#[tokio::test]
async fn an_upload_into_a_folder_that_is_deleted_meanwhile_fails() {
    let fixture = fixture();
    fixture.put("folder/other", b"x").await;
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<Bytes>();
    let source = stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (Ok::<_, Infallible>(piece), receiver))
    });
    let (store, path) = (fixture.store.clone(), at("folder/file"));
    let upload = tokio::spawn(async move { store.put(&path, source, None).await });
    sender.send(Bytes::from(vec![1; 2_000_000])).unwrap();
    while fixture.on_disk().len() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    fixture.store.delete(&at("folder")).await.unwrap();
    drop(sender);
    let failed = upload.await.unwrap();
    assert!(matches!(failed, Err(BlobError::Interrupted { .. })), "{failed:?}");
    assert!(fixture.on_disk().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_uploads_to_one_path_leave_one_whole_file() {
    let fixture = fixture();
    let uploads = (0..16_u8).map(|number| {
        let store = fixture.store.clone();
        tokio::spawn(async move { put(&store, "a/b", &vec![number; 2_000_000]).await.unwrap() })
    });
    for upload in uploads.collect::<Vec<_>>() {
        upload.await.unwrap();
        let bytes = get(&fixture.store, "a/b", None).await.unwrap();
        assert!(bytes.len() == 2_000_000 && bytes.iter().all(|byte| *byte == bytes[0]));
    }
    assert_eq!(fixture.on_disk(), ["a", "a/b"].map(str::to_owned).into());
}

#[tokio::test]
async fn a_download_survives_the_replacement_of_its_file() {
    let fixture = fixture();
    let old = sample(3_000_000);
    fixture.put("a", &old).await;
    let download = fixture.store.get(&at("a"), None).await.unwrap();
    fixture.put("a", b"new").await;
    fixture.store.delete(&at("a")).await.unwrap();
    let read: Vec<Bytes> = download.stream.try_collect().await.unwrap();
    assert_eq!(read.concat(), old);
}

#[tokio::test]
async fn a_file_that_shrinks_ends_its_download_with_an_error() {
    let fixture = fixture();
    fixture.put("a", &sample(3_000_000)).await;
    let mut download = fixture.store.get(&at("a"), None).await.unwrap();
    std::fs::OpenOptions::new()
        .write(true)
        .open(fixture.root().join("a"))
        .unwrap()
        .set_len(10)
        .unwrap();
    let mut last = None;
    while let Some(piece) = download.stream.next().await {
        last = Some(piece);
    }
    assert!(matches!(last, Some(Err(BlobError::Other { .. }))), "{last:?}");
}

#[tokio::test]
async fn synced_writes() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("root"), Durability::Synced);
    put(&store, "a/b/c", &sample(2_000_000)).await.unwrap();
    put(&store, "a/b/d", b"x").await.unwrap();
    put(&store, "e", b"x").await.unwrap();
    assert_eq!(get(&store, "a/b/c", None).await.unwrap(), sample(2_000_000));
}

#[tokio::test]
async fn a_probe_tells_whether_the_root_can_be_used() {
    let fixture = fixture();
    fixture.store.probe().await.unwrap();
    assert!(fixture.root().is_dir() && fixture.on_disk().is_empty());
    let file = open(&fixture.folder.path().join("secret"), Durability::Cached);
    assert!(matches!(file.probe().await, Err(BlobError::NotDirectory { .. })));
    let below = open(&fixture.folder.path().join("secret/root"), Durability::Cached);
    assert!(matches!(below.probe().await, Err(BlobError::NotDirectory { .. })));
}

/// Bytes that count themselves while they live.
struct Counted(Vec<u8>, Arc<AtomicUsize>);

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(self.0.len(), Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_upload_holds_little_memory() {
    const PIECE: usize = 64 * 1024;
    let fixture = fixture();
    let (live, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let source = stream::iter(0..1600).map({
        let (live, peak) = (live.clone(), peak.clone());
        move |number: u32| {
            let now = live.fetch_add(PIECE, Ordering::Relaxed) + PIECE;
            peak.fetch_max(now, Ordering::Relaxed);
            let bytes = Counted(vec![number as u8; PIECE], live.clone());
            Ok::<_, Infallible>(Bytes::from_owner(bytes))
        }
    });
    let written = fixture.store.put(&at("large"), source, None).await.unwrap();
    assert_eq!(written.size, 1600 * PIECE as u64);
    assert_eq!(live.load(Ordering::Relaxed), 0);
    let peak = peak.load(Ordering::Relaxed);
    assert!(peak <= 4 * 1024 * 1024, "{peak} bytes were held at once");

    let before = resident_bytes();
    let mut download = fixture.store.get(&at("large"), None).await.unwrap();
    let (mut read, mut most, mut largest) = (0, 0, 0);
    while let Some(piece) = download.stream.next().await {
        let piece = piece.unwrap();
        assert!(piece.iter().enumerate().all(|(at, byte)| *byte == ((read + at) / PIECE) as u8));
        read += piece.len();
        largest = largest.max(piece.len());
        most = most.max(resident_bytes());
    }
    assert_eq!(read, 1600 * PIECE);
    assert!(largest <= 512 * 1024, "a piece of {largest} bytes");
    assert!(most.saturating_sub(before) < 32 * 1024 * 1024, "grew from {before} to {most} bytes");
}

fn resident_bytes() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[tokio::test]
async fn a_dropped_download_closes_its_file() {
    let fixture = fixture();
    fixture.put("a", &sample(5_000_000)).await;
    let path = fixture.root().join("a");
    let is_open = || {
        let links = std::fs::read_dir("/proc/self/fd").unwrap();
        links
            .filter_map(|link| std::fs::read_link(link.unwrap().path()).ok())
            .any(|file| file == path)
    };
    let mut download = fixture.store.get(&at("a"), None).await.unwrap();
    download.stream.next().await.unwrap().unwrap();
    assert!(is_open());
    drop(download);
    for _ in 0..500 {
        if !is_open() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the file is still open");
}

#[tokio::test]
async fn other_locations_say_why_they_cannot_be_opened() {
    let location = Location::parse("mlflow-artifacts:/1").unwrap();
    let refused = Store::open(&location, &Settings::default());
    assert!(matches!(refused, Err(BlobError::Unsupported(_))), "{refused:?}");
}

#[tokio::test]
async fn a_put_to_the_root_or_a_reserved_name_is_refused() {
    let fixture = fixture();
    let to_root = fixture.store.put(&ArtifactPath::root(), pieces(b"x"), None).await;
    assert!(matches!(to_root, Err(BlobError::InvalidPath(PathError::NoFileName))));
    let reserved = at(&format!("a/{UPLOADING_PREFIX}x/b"));
    let mut put = pin!(fixture.store.put(&reserved, pieces(b"x"), None));
    assert!(matches!(put.as_mut().await, Err(BlobError::InvalidPath(PathError::Reserved { .. }))));
}
