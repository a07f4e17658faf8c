//! Signed URLs, and uploads in parts that clients send by themselves.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use object_store::multipart::PartId;
use object_store::path::Path as Key;
use object_store::signer::{HeaderMap, HeaderName, HeaderValue, Method, SignedUrlOptions, Url};
use object_store::{Attribute, Attributes, PutMultipartOptions};

use super::{CloudStore, Kind, error, timely};
use crate::direct::{DirectUpload, SentPart, SignedUrl};
use crate::disposition::content_disposition;
use crate::error::BlobError;
use crate::media_type::content_type;
use crate::path::ArtifactPath;

/// How many parts S3 and Google take.
const MOST_PARTS: usize = 10_000;
/// How many blocks Azure takes.
const MOST_BLOCKS: usize = 50_000;
/// The length of an upload's own share of a block's id. All blocks of a blob have ids of one length, those of
/// `object_store` included, which are 32 characters long.
const UPLOAD_DIGITS: usize = 24;

impl CloudStore {
    /// Makes a URL as a trial. Nothing is asked of the store but, with Microsoft Entra, the key to sign with.
    pub(crate) async fn can_sign(&self) -> Result<(), BlobError> {
        if !self.signs {
            return Err(cannot());
        }
        self.sign_get(&ArtifactPath::parse("x")?, Duration::from_mins(1)).await.map(drop)
    }

    pub(crate) async fn sign_get(
        &self,
        path: &ArtifactPath,
        lives: Duration,
    ) -> Result<SignedUrl, BlobError> {
        let mut options = SignedUrlOptions::default();
        // A browser is to save the file, not to show it. Azure's signer cannot say so.
        if self.kind != Kind::Azure {
            let disposition = content_disposition(path.name());
            options = options.with_query([("response-content-disposition", disposition)]);
        }
        let url = self.sign(Method::GET, path, lives, &options).await?;
        Ok(SignedUrl { url: url.into(), headers: Vec::new() })
    }

    pub(crate) async fn sign_put(
        &self,
        path: &ArtifactPath,
        lives: Duration,
    ) -> Result<SignedUrl, BlobError> {
        let mut headers = vec![("Content-Type", content_type(path.name()).to_owned())];
        if self.kind == Kind::Azure {
            headers.push(("x-ms-blob-type", "BlockBlob".to_owned()));
        }
        headers.extend(self.upload_headers.iter().cloned());
        let mut options = SignedUrlOptions::default();
        if self.kind != Kind::Azure {
            options.signed_headers = header_map(&headers)?;
        }
        let url = self.sign(Method::PUT, path, lives, &options).await?;
        Ok(SignedUrl { url: url.into(), headers })
    }

    pub(crate) async fn start_parts(
        &self,
        path: &ArtifactPath,
        id: &str,
        count: usize,
        lives: Duration,
    ) -> Result<DirectUpload, BlobError> {
        if !self.signs {
            return Err(cannot());
        }
        let most = if self.kind == Kind::Azure { MOST_BLOCKS } else { MOST_PARTS };
        if !(1..=most).contains(&count) {
            return Err(BlobError::Parts(format!(
                "A file is sent in 1 to {most} parts, not {count}."
            )));
        }
        if self.kind == Kind::Azure {
            return self.start_blocks(path, id, count, lives).await;
        }
        let key = self.key(path)?;
        let attributes =
            Attributes::from_iter([(Attribute::ContentType, content_type(path.name()))]);
        let options = PutMultipartOptions { attributes, ..Default::default() };
        let started = timely(self.objects.create_multipart_opts(&key, options)).await?;
        let id = started.map_err(|error| error::sort(error, path))?;
        let mut parts = Vec::with_capacity(count);
        for number in 1..=count {
            let query = [("partNumber", number.to_string()), ("uploadId", id.clone())];
            let options = SignedUrlOptions::default().with_query(query);
            let url = self.sign(Method::PUT, path, lives, &options).await?;
            parts.push(SignedUrl { url: url.into(), headers: Vec::new() });
        }
        Ok(DirectUpload { id, parts })
    }

    /// Azure has no uploads to start: blocks are sent to the blob, and a list of them makes it. One signature holds for
    /// all of them.
    async fn start_blocks(
        &self,
        path: &ArtifactPath,
        id: &str,
        count: usize,
        lives: Duration,
    ) -> Result<DirectUpload, BlobError> {
        let id = id.get(..UPLOAD_DIGITS).unwrap_or(id).to_owned();
        let signed = self.sign(Method::PUT, path, lives, &SignedUrlOptions::default()).await?;
        let mut parts = Vec::with_capacity(count);
        for number in 1..=count {
            let mut url = signed.clone();
            let block = STANDARD.encode(block_id(&id, number as u32, path)?);
            url.query_pairs_mut().append_pair("comp", "block").append_pair("blockid", &block);
            parts.push(SignedUrl { url: url.into(), headers: Vec::new() });
        }
        Ok(DirectUpload { id, parts })
    }

    pub(crate) async fn finish_parts(
        &self,
        path: &ArtifactPath,
        id: &str,
        mut parts: Vec<SentPart>,
    ) -> Result<(), BlobError> {
        parts.sort_by_key(|part| part.number);
        let in_order = parts.iter().zip(1..).all(|(part, number)| part.number == number);
        if parts.is_empty() || !in_order {
            return Err(BlobError::Parts("The parts of a file are counted from 1 on.".to_owned()));
        }
        let key = self.key(path)?;
        let mut ids = Vec::with_capacity(parts.len());
        for part in parts {
            let content_id = match self.kind {
                Kind::Azure => block_id(id, part.number, path)?,
                _ if part.etag.is_empty() => {
                    return Err(BlobError::Parts(format!("Part {} has no etag.", part.number)));
                }
                _ => part.etag,
            };
            ids.push(PartId { content_id });
        }
        let done = timely(self.objects.complete_multipart(&key, &id.to_owned(), ids)).await?;
        match done.map_err(|error| error::sort(error, path)) {
            Ok(_) => Ok(()),
            Err(BlobError::Other { source, .. }) if error::is_bad_request(&*source) => {
                Err(BlobError::Parts("The store does not know all of these parts.".to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn abort_parts(&self, path: &ArtifactPath, id: &str) -> Result<(), BlobError> {
        let key = self.key(path)?;
        let aborted = timely(self.objects.abort_multipart(&key, &id.to_owned())).await?;
        match aborted.map_err(|error| error::sort(error, path)) {
            // It has ended already.
            Err(BlobError::NotFound { .. }) => Ok(()),
            other => other,
        }
    }

    async fn sign(
        &self,
        method: Method,
        path: &ArtifactPath,
        lives: Duration,
        options: &SignedUrlOptions,
    ) -> Result<Url, BlobError> {
        if !self.signs {
            return Err(cannot());
        }
        let key: Key = self.key(path)?;
        let signed = timely(self.objects.signed_url_opts(method, &key, lives, options)).await?;
        let url = signed.map_err(|error| error::sort(error, path))?;
        // Azure reckons with the name, where `object_store` signs the name as the URL spells it.
        if self.kind == Kind::Azure && url.path().contains('%') {
            return Err(cannot());
        }
        Ok(url)
    }
}

fn cannot() -> BlobError {
    BlobError::Unsupported("The artifact store cannot sign URLs.".to_owned())
}

fn header_map(headers: &[(&'static str, String)]) -> Result<HeaderMap, BlobError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let value = HeaderValue::from_str(value);
        let value =
            value.map_err(|_| BlobError::Unsupported("A header cannot be signed.".to_owned()))?;
        map.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| cannot())?, value);
    }
    Ok(map)
}

/// The id of a block before it is encoded: the upload's own, and the number. Two uploads of one file never mix.
fn block_id(id: &str, number: u32, path: &ArtifactPath) -> Result<String, BlobError> {
    if id.len() != UPLOAD_DIGITS || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(BlobError::Parts(format!("No upload of '{path}' has this id.")));
    }
    Ok(format!("{id}{number:08}"))
}
