//! The ids of traces and spans, and how they are written.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A trace's id: 16 bytes, not all zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId([u8; 16]);

/// A span's id: 8 bytes, not all zero. Unique within its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId([u8; 8]);

impl TraceId {
    /// None for what is no valid id.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().filter(|id: &[u8; 16]| *id != [0; 16]).map(Self)
    }

    /// `tr-` and 32 hexadecimal digits: how MLflow names a trace.
    pub fn name(self) -> String {
        trace_name(&self.0)
    }

    /// How a span's stored JSON writes it.
    pub fn push_base64(self, out: &mut String) {
        STANDARD.encode_string(self.0, out);
    }
}

impl SpanId {
    /// None for what is no valid id.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().filter(|id: &[u8; 8]| *id != [0; 8]).map(Self)
    }

    /// 16 hexadecimal digits.
    pub fn name(self) -> String {
        hex(&self.0, 16)
    }

    /// How a span's stored JSON writes it.
    pub fn push_base64(self, out: &mut String) {
        STANDARD.encode_string(self.0, out);
    }
}

/// MLflow's name of a trace with an id of any length, as links may have.
pub fn trace_name(id: &[u8]) -> String {
    let mut name = String::with_capacity(35);
    name.push_str("tr-");
    push_hex(&mut name, id, 32);
    name
}

/// The bytes as a number of at least so many hexadecimal digits.
pub fn hex(bytes: &[u8], digits: usize) -> String {
    let mut out = String::with_capacity(digits.max(bytes.len() * 2));
    push_hex(&mut out, bytes, digits);
    out
}

fn push_hex(out: &mut String, bytes: &[u8], digits: usize) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let bytes = if bytes.len() * 2 > digits { &bytes[first..] } else { bytes };
    for _ in bytes.len() * 2..digits {
        out.push('0');
    }
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// Bytes in base64.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_length_and_are_not_zero() {
        let id = TraceId::new(&[0x0a; 16]).unwrap();
        assert_eq!(id.name(), format!("tr-{}", "0a".repeat(16)));
        assert!(TraceId::new(&[1; 15]).is_none() && TraceId::new(&[0; 16]).is_none());
        assert_eq!(SpanId::new(&[0, 0, 0, 0, 0, 0, 0, 1]).unwrap().name(), "0000000000000001");
        assert!(SpanId::new(&[]).is_none() && SpanId::new(&[0; 8]).is_none());
        assert_eq!(hex(&[3], 4), "0003");
        assert_eq!(hex(&[0, 0, 1, 2], 4), "0102");
    }
}
