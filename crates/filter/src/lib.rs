//! Search-filter and order-by text to a syntax tree.
