//! The SQL of a trace's tags. The trace's name is a tag with a column of its own.

use app::{ApiError, Unit};
use tracking::tags::KeyValue;

use crate::info::store::not_found;

pub(super) const NAME_TAG: &str = "mlflow.traceName";

pub async fn set(tx: &mut Unit<'_>, trace_id: &str, tag: &KeyValue) -> Result<(), ApiError> {
    let changed = if tag.key == NAME_TAG {
        let sql = "UPDATE trace_info SET trace_name = $2 WHERE request_id = $1";
        tx.execute(sql, &[trace_id.into(), (&tag.value).into()]).await?
    } else {
        tx.execute(
            "INSERT INTO trace_tags (request_id, key, value) \
             SELECT request_id, $2::text, $3::text FROM trace_info WHERE request_id = $1 \
             ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value",
            &[trace_id.into(), (&tag.key).into(), (&tag.value).into()],
        )
        .await?
    };
    if changed == 0 { Err(not_found(trace_id)) } else { Ok(()) }
}

pub async fn delete(tx: &mut Unit<'_>, trace_id: &str, key: &str) -> Result<(), ApiError> {
    let changed = if key == NAME_TAG {
        let exists = "SELECT 1 FROM trace_info WHERE request_id = $1";
        if tx.query_opt(exists, &[trace_id.into()], |_| Ok(())).await?.is_none() {
            return Err(not_found(trace_id));
        }
        let sql = "UPDATE trace_info SET trace_name = NULL \
                   WHERE request_id = $1 AND trace_name IS NOT NULL";
        tx.execute(sql, &[trace_id.into()]).await?
    } else {
        let sql = "DELETE FROM trace_tags WHERE request_id = $1 AND key = $2";
        tx.execute(sql, &[trace_id.into(), key.into()]).await?
    };
    if changed > 0 {
        return Ok(());
    }
    Err(ApiError::missing(format!("No trace tag with key '{key}' for trace with ID '{trace_id}'")))
}
