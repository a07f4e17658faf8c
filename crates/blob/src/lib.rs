//! Artifact URIs over object stores.
