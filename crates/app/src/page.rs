//! Opaque tokens that say where the next page begins.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ApiError;

/// Writes a position as a token. The token is opaque to clients and valid on any replica.
pub fn encode<T: Serialize>(position: &T) -> String {
    let json = serde_json::to_vec(position).unwrap_or_default();
    let mut token = String::with_capacity(json.len() * 2);
    for byte in json {
        token.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        token.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    token
}

/// Reads a token that [`encode`] wrote.
///
/// # Errors
/// When the token is none of ours.
pub fn decode<T: DeserializeOwned>(token: &str) -> Result<T, ApiError> {
    let invalid = || ApiError::invalid("Invalid page token, could not decode it.");
    let digits: Option<Vec<u8>> =
        token.chars().map(|digit| digit.to_digit(16).map(|value| value as u8)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0).ok_or_else(invalid)?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    serde_json::from_slice(&bytes).map_err(|_| invalid())
}
