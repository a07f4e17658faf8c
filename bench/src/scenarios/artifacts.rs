//! Files through the artifact proxy, on local disk.

use http::Method;

use super::Scenario;
use crate::Result;
use crate::case::{Case, Request, occurs};
use crate::http_client::Connection;
use crate::stage::Stage;

pub const SCENARIO: Scenario = Scenario {
    name: "artifacts",
    about: "Files through the proxy, from and to local disk: one of 64 MiB down and up (16 requests a \
            second are 1 GiB/s), and a folder of 1,000 files listed.",
    prepare: |stage| Box::pin(prepare(stage)),
};

const FILE: usize = 64 << 20;
const FILES: usize = 1000;
const PROXY: &str = "/api/2.0/mlflow-artifacts/artifacts";

async fn prepare(stage: &Stage) -> Result<Vec<Case>> {
    let mut connection = Connection::open(&stage.server.address).await?;
    put(&mut connection, "large/down", vec![7; FILE]).await?;
    for number in 0..FILES {
        put(&mut connection, &format!("many/{number:04}"), b"x".to_vec()).await?;
    }
    Ok(vec![
        Case::new("list-1000", |_| Request::get(format!("{PROXY}?path=many")))
            .connections(&[1])
            .expects(|answer| occurs(answer, "\"path\"", FILES)),
        Case::new("down-64MiB", |_| Request::get(format!("{PROXY}/large/down")))
            .connections(&[1])
            .expects(|answer| match answer.len() {
                FILE => Ok(()),
                other => Err(format!("{other} bytes came").into()),
            }),
        Case::new("up-64MiB", |_| upload("large/up", vec![7; FILE])).connections(&[1]),
    ])
}

fn upload(path: &str, body: Vec<u8>) -> Request {
    Request {
        method: Method::PUT,
        path: format!("{PROXY}/{path}"),
        content_type: "application/octet-stream",
        headers: Vec::new(),
        body,
    }
}

async fn put(connection: &mut Connection, path: &str, body: Vec<u8>) -> Result<()> {
    let (status, answer) = connection.call(&upload(path, body)).await?;
    if status.is_success() {
        return Ok(());
    }
    Err(format!("{path} answered {status}: {:.300}", String::from_utf8_lossy(&answer)).into())
}
