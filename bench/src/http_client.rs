//! A connection to a server that is kept for all its requests.
//!
//! Written by hand, and for nothing but this: a general client takes more processor time for a
//! small request than the server does to answer it, and would be what is measured.

use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Result;
use crate::case::Request;

pub struct Connection {
    address: String,
    stream: TcpStream,
    /// What was received and not yet used up.
    received: Vec<u8>,
}

/// How an answer's body ends.
#[derive(Clone, Copy)]
enum Length {
    Bytes(usize),
    Chunked,
}

impl Connection {
    /// `address` is `host:port`.
    pub async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { address: address.to_owned(), stream, received: Vec::new() })
    }

    /// Sends a request and reads its whole answer.
    pub async fn call(&mut self, request: &Request) -> Result<(StatusCode, Vec<u8>)> {
        let Request { method, path, content_type, headers, body } = request;
        let address = &self.address;
        let length = body.len();
        let mut bytes = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: {content_type}\r\n\
             content-length: {length}\r\n"
        )
        .into_bytes();
        for (name, value) in headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        // A server may close a connection that rested for too long just as a request goes out: what
        // was closed before the first byte of an answer is asked again, once, on a new one.
        let sent = self.stream.write_all(&bytes).await;
        let (status, length) = match (sent, self.head().await) {
            (Ok(()), Ok(head)) => head,
            (_, Err(_)) | (Err(_), _) if self.received.is_empty() => {
                *self = Self::open(&self.address).await?;
                self.stream.write_all(&bytes).await?;
                self.head().await?
            }
            (_, head) => head?,
        };
        let body = match length {
            Length::Bytes(length) => self.take(length).await?,
            Length::Chunked => self.chunks().await?,
        };
        Ok((status, body))
    }

    async fn head(&mut self) -> Result<(StatusCode, Length)> {
        let bytes = self.through(b"\r\n\r\n").await?;
        let head = String::from_utf8(bytes)?.to_ascii_lowercase();
        let status = head.split(' ').nth(1).ok_or("an answer without a status")?;
        let status = StatusCode::from_bytes(status.as_bytes())?;
        let value = |name: &str| {
            let mut headers = head.lines().filter_map(|line| line.split_once(':'));
            headers.find(|(header, _)| *header == name).map(|(_, value)| value.trim())
        };
        let length = match value("content-length") {
            Some(length) => Length::Bytes(length.parse()?),
            None if value("transfer-encoding") == Some("chunked") => Length::Chunked,
            None => return Err("an answer without a length".into()),
        };
        Ok((status, length))
    }

    async fn chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.through(b"\r\n").await?;
            let size = String::from_utf8(line)?;
            let size = usize::from_str_radix(size.trim(), 16)?;
            let chunk = self.take(size + 2).await?;
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }

    /// Everything up to and with `end`.
    async fn through(&mut self, end: &[u8]) -> Result<Vec<u8>> {
        loop {
            let found = self.received.windows(end.len()).position(|window| window == end);
            match found {
                Some(place) => return self.take(place + end.len()).await,
                None => self.receive(1).await?,
            }
        }
    }

    async fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.received.len() < length {
            self.receive(length - self.received.len()).await?;
        }
        let rest = self.received.split_off(length);
        Ok(std::mem::replace(&mut self.received, rest))
    }

    async fn receive(&mut self, wanted: usize) -> Result<()> {
        self.received.reserve(wanted.max(4096));
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }
}
