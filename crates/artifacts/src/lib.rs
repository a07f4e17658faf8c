//! The artifact proxy: uploads, downloads, listing.
