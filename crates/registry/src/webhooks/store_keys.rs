//! The SQL of the key that secrets are encrypted with where the environment gives none.

use app::Unit;
use db::DbError;

/// The only row's name.
const NAME: &str = "webhook-secrets";

pub(super) async fn key(tx: &mut Unit<'_>) -> Result<Option<String>, DbError> {
    let sql = "SELECT key_text FROM hw_keys WHERE name = $1";
    tx.query_opt(sql, &[NAME.into()], |row| row.get(0)).await
}

/// Keeps a key, unless another replica was first; returns the one that is kept.
pub(super) async fn keep(tx: &mut Unit<'_>, key_text: String) -> Result<String, DbError> {
    tx.query_one(
        "INSERT INTO hw_keys (name, key_text) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET key_text = hw_keys.key_text RETURNING key_text",
        &[NAME.into(), key_text.into()],
        |row| row.get(0),
    )
    .await
}
