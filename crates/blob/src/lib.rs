//! Artifact URIs over object stores.
//!
//! A [`Location`] is where artifacts live, an [`ArtifactPath`] is one artifact below it, a [`Store`] reads and writes
//! there. Nothing in this crate knows of HTTP handlers or of SQL, and nothing holds a file whole in memory.
//!
//! - [`Location::parse`] reads an artifact URI (`file://`, a plain path, `wasbs://`, `s3://`, …).
//! - [`ArtifactPath::parse`] is the only way from a caller's text to a path that a store accepts.
//! - [`Store::get`] and [`Store::put`] stream; [`Store::list`], [`Store::head`] and [`Store::delete`] do the rest.
//! - [`content_type`] and [`content_disposition`] say how a file is served for download.
#![warn(missing_docs)]

mod batch;
#[cfg(feature = "cloud")]
mod cloud;
mod decode;
mod direct;
mod disposition;
mod error;
mod local;
mod location;
mod media_type;
mod path;
mod range;
mod store;

pub use direct::{DirectUpload, SentPart, SignedUrl};
pub use disposition::content_disposition;
pub use error::{BlobError, BoxError};
pub use location::{AzureLocation, BucketLocation, Location, LocationError};
pub use media_type::content_type;
pub use path::{ArtifactPath, PathError, UPLOADING_PREFIX};
pub use range::ByteRange;
pub use store::{ByteStream, Deleted, Download, Durability, Entry, Head, Settings, Store, Written};
