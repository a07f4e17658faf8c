//! What every handler may assume.
