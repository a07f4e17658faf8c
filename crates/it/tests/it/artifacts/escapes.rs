//! Paths that try to leave the artifact folder, by every route that takes one.

use std::os::unix::fs::symlink;

use axum::body::Body;
use axum::http::Method;

use it::Engine::{self, Postgres, Sqlite};
use it::{Server, files_below, proxied};
use rstest::rstest;

/// As they stand in a request.
const CLIMBING: &[&str] = &[
    "..",
    "../secret",
    "a/../../secret",
    "a/..",
    "%2e%2e/secret",
    "%2e%2e%2fsecret",
    "..%2fsecret",
    ".%2e/secret",
    "%252e%252e/secret",
    "%252e%252e%252fsecret",
    "%25252e%25252e%25252fsecret",
    "..%5csecret",
    "a%5c..%5c..%5csecret",
    "%2fetc%2fpasswd",
    "%252fetc%252fpasswd",
    "%2f%2fetc/passwd",
    "%5cetc",
    "%5c%5chost%5cshare",
    "C:%5cWindows",
    "C:/Windows",
    "c%3a%2fWindows",
    "file:///etc/passwd",
    "file:%2f%2f%2fetc%2fpasswd",
    "http:%2f%2fhost/x",
    "a%00b",
    "%00",
    "..%00/secret",
    "a%2500b",
    "a%23b",
];

fn routes(run: &str, model: &str, path: &str) -> Vec<(Method, String)> {
    let mut routes = vec![
        (Method::GET, format!("/get-artifact?run_id={run}&path={path}")),
        (Method::GET, format!("/api/2.0/mlflow/artifacts/list?run_id={run}&path={path}")),
        (Method::GET, format!("/api/2.0/mlflow-artifacts/artifacts?path={path}")),
        (Method::POST, format!("/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path={path}")),
    ];
    let model = format!("2.0/mlflow/logged-models/{model}/artifacts");
    routes.push((Method::GET, format!("/api/{model}/directories?artifact_directory_path={path}")));
    routes.push((Method::GET, format!("/ajax-api/{model}/files?artifact_file_path={path}")));
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
        routes.push((method, proxied(path)));
    }
    routes.push((Method::GET, format!("/api/2.0/mlflow-artifacts/presigned/{path}")));
    routes
}

#[rstest]
#[tokio::test]
async fn no_route_climbs(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run, _) = server.run("0").await;
    let model = server.model("0").await;
    server.put("a/kept", "x").await;
    let before = files_below(server.folder.path());
    for path in CLIMBING {
        for (method, route) in routes(&run, &model, path) {
            let answer = server.call(method.clone(), &route, "bad").await;
            if method == Method::HEAD {
                assert_eq!(answer.status, 400, "{method} {route}");
            } else {
                answer.is_invalid("Invalid path");
            }
        }
    }
    assert_eq!(files_below(server.folder.path()), before);
}

#[rstest]
#[tokio::test]
async fn a_path_that_starts_with_a_slash_is_refused(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    for path in ["/etc/passwd", "//etc/passwd", "/"] {
        server.get(&proxied(path)).await.is_invalid("Invalid path");
        server.call(Method::PUT, &proxied(path), "x").await.is_invalid("Invalid path");
        server.call(Method::DELETE, &proxied(path), Body::empty()).await.is_invalid("Invalid path");
    }
}

#[rstest]
#[tokio::test]
async fn odd_bytes_are_the_callers_fault(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run, _) = server.run("0").await;
    let model = server.model("0").await;
    let long = "n".repeat(300);
    let deep = "d/".repeat(3000) + "x";
    let longest = format!("{}x", "n".repeat(200) + "/").repeat(100);
    for path in ["%ff%fe", "%c3%28", "%ed%a0%80", "%", "%zz", "%2", &long, &deep, &longest] {
        for (method, route) in routes(&run, &model, path) {
            let answer = server.call(method.clone(), &route, "bad").await;
            assert!(answer.status.as_u16() < 500 || answer.status == 501, "{method} {route:.80}");
        }
    }
    let answer = server.get(&proxied(&long)).await;
    assert_eq!(answer.status, 400);
    assert!(answer.json()["message"].as_str().unwrap().starts_with("Invalid path"));
}

#[rstest]
#[tokio::test]
async fn links_out_of_the_folder_are_not_followed(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run, _) = server.run("0").await;
    let model = server.model("0").await;
    for folder in [format!("0/{run}/artifacts"), format!("0/models/{model}/artifacts"), "x".into()]
    {
        let climb = "../".repeat(folder.split('/').count() + 1);
        let folder = server.path("art").join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        symlink(server.folder.path(), folder.join("out")).unwrap();
        symlink(server.path("secret"), folder.join("file")).unwrap();
        symlink(format!("{climb}secret"), folder.join("relative")).unwrap();
    }
    let before = files_below(server.folder.path());
    for path in ["out/secret", "file", "relative", "out/new", "out"] {
        for (method, route) in routes(&run, &model, path) {
            // A link is deleted by its own name, see below.
            if method == Method::DELETE {
                continue;
            }
            let route = route
                .replace("mlflow-artifacts/artifacts/", "mlflow-artifacts/artifacts/x/")
                .replace("mlflow-artifacts/artifacts?path=", "mlflow-artifacts/artifacts?path=x/");
            let answer = server.call(method.clone(), &route, "bad").await;
            assert!(!answer.text().contains("the secret"), "{method} {route}");
            let expected = match &method {
                &Method::GET if route.contains("presigned") => 501,
                _ => 400,
            };
            assert_eq!(answer.status.as_u16(), expected, "{method} {route}");
        }
    }
    assert_eq!(std::fs::read_to_string(server.path("secret")).unwrap(), "the secret");
    assert_eq!(files_below(server.folder.path()), before);
}

#[rstest]
#[tokio::test]
async fn a_link_is_deleted_and_not_what_it_leads_to(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    std::fs::create_dir_all(server.path("art/a")).unwrap();
    std::fs::create_dir_all(server.path("beside")).unwrap();
    std::fs::write(server.path("beside/kept"), "x").unwrap();
    symlink(server.path("beside"), server.path("art/a/out")).unwrap();
    let answer = server.call(Method::DELETE, &proxied("a"), Body::empty()).await;
    assert_eq!(answer.status, 200);
    assert!(!server.path("art/a").exists());
    assert_eq!(std::fs::read_to_string(server.path("beside/kept")).unwrap(), "x");
    symlink(server.path("beside"), server.path("art/out")).unwrap();
    server
        .call(Method::DELETE, &proxied("out/kept"), Body::empty())
        .await
        .is_invalid("Invalid path: resolved path is outside the artifact directory");
}

#[rstest]
#[tokio::test]
async fn names_of_unfinished_uploads_are_out_of_reach(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    std::fs::create_dir_all(server.path("art")).unwrap();
    std::fs::write(server.path("art/.artifact.uploading.x"), "half").unwrap();
    let name = proxied(".artifact.uploading.x");
    assert_eq!(server.get(&name).await.status, 404);
    assert_eq!(server.call(Method::HEAD, &name, Body::empty()).await.status, 404);
    server.call(Method::PUT, &name, "x").await.is_invalid(
        "Invalid artifact file name: '.artifact.uploading.x'. Artifact names starting with \
         '.artifact.uploading.' are reserved.",
    );
    assert_eq!(server.get("/api/2.0/mlflow-artifacts/artifacts").await.text(), "{}");
    server.call(Method::DELETE, &name, Body::empty()).await;
    assert!(server.path("art/.artifact.uploading.x").exists());
}
