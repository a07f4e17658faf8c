//! SQLite and PostgreSQL behind one text of SQL.
