//! OTLP's binary encoding, read without copying: texts and ids point into the body.
//!
//! As protobuf wants it: unknown fields are skipped, of a repeated singular field the last counts (a
//! message is merged), and a text that is no UTF-8 spoils the request.
//! Source: <https://protobuf.dev/programming-guides/encoding/>.

use std::borrow::Cow;

use super::model::{AnyValue, Event, Export, KeyValue, Link, ResourceSpans, Span, Status};

/// How deep values may lie in each other.
const MAX_DEPTH: u32 = 64;

/// Why bytes are no export request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("it ends in the middle of a field")]
    Truncated,
    #[error("a number takes more than ten bytes")]
    Number,
    #[error("a field has an unknown wire type")]
    WireType,
    #[error("a text is not UTF-8")]
    Utf8,
    #[error("values lie too deep in each other")]
    Depth,
}

type Read<T> = Result<T, Malformed>;

/// Reads an `ExportTraceServiceRequest`.
///
/// # Errors
/// When the bytes are none.
pub fn decode(body: &[u8]) -> Read<Export<'_>> {
    let mut export = Export::default();
    let mut fields = Fields(body);
    while let Some((number, value)) = fields.next()? {
        if let (1, Wire::Bytes(bytes)) = (number, value) {
            export.resources.push(resource_spans(bytes)?);
        }
    }
    Ok(export)
}

/// One field's value as it stands on the wire.
#[derive(Clone, Copy)]
enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    /// 32-bit numbers and groups: nothing in OTLP's traces that matters here.
    Other,
}

/// The fields of a message that are still to be read.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn next(&mut self) -> Read<Option<(u64, Wire<'a>)>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => {
                let bytes = self.take(8)?;
                Wire::Fixed64(u64::from_le_bytes(bytes.try_into().unwrap_or_default()))
            }
            2 => {
                let length = self.varint()?;
                Wire::Bytes(self.take(usize::try_from(length).unwrap_or(usize::MAX))?)
            }
            3 => {
                self.skip_group(tag >> 3, 0)?;
                Wire::Other
            }
            5 => {
                self.take(4)?;
                Wire::Other
            }
            _ => return Err(Malformed::WireType),
        };
        Ok(Some((tag >> 3, value)))
    }

    fn varint(&mut self) -> Read<u64> {
        let mut value = 0;
        for (index, byte) in self.0.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.0 = &self.0[index + 1..];
                return Ok(value);
            }
        }
        Err(if self.0.len() < 10 { Malformed::Truncated } else { Malformed::Number })
    }

    fn take(&mut self, length: usize) -> Read<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Skips the fields of an unknown group up to its end.
    fn skip_group(&mut self, group: u64, depth: u32) -> Read<()> {
        if depth > MAX_DEPTH {
            return Err(Malformed::Depth);
        }
        loop {
            if self.0.is_empty() {
                return Err(Malformed::Truncated);
            }
            let tag = self.varint()?;
            match tag & 7 {
                0 => drop(self.varint()?),
                1 => drop(self.take(8)?),
                2 => {
                    let length = self.varint()?;
                    self.take(usize::try_from(length).unwrap_or(usize::MAX))?;
                }
                3 => self.skip_group(tag >> 3, depth + 1)?,
                4 if tag >> 3 == group => return Ok(()),
                5 => drop(self.take(4)?),
                _ => return Err(Malformed::WireType),
            }
        }
    }
}

fn text(bytes: &[u8]) -> Read<Cow<'_, str>> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| Malformed::Utf8)
}

fn resource_spans(bytes: &[u8]) -> Read<ResourceSpans<'_>> {
    let mut out = ResourceSpans::default();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Wire::Bytes(resource)) => {
                let mut fields = Fields(resource);
                while let Some((number, value)) = fields.next()? {
                    if let (1, Wire::Bytes(bytes)) = (number, value) {
                        out.attributes.push(key_value(bytes, 0)?);
                    }
                }
            }
            (2, Wire::Bytes(scope)) => {
                let mut fields = Fields(scope);
                while let Some((number, value)) = fields.next()? {
                    if let (2, Wire::Bytes(bytes)) = (number, value) {
                        out.spans.push(span(bytes)?);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(out)
}

fn span(bytes: &[u8]) -> Read<Span<'_>> {
    let mut out = Span::default();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Wire::Bytes(id)) => out.trace_id = id.into(),
            (2, Wire::Bytes(id)) => out.span_id = id.into(),
            (4, Wire::Bytes(id)) => out.parent_span_id = id.into(),
            (5, Wire::Bytes(name)) => out.name = text(name)?,
            (7, Wire::Fixed64(time)) => out.start_time = time,
            (8, Wire::Fixed64(time)) => out.end_time = time,
            (9, Wire::Bytes(bytes)) => out.attributes.push(key_value(bytes, 0)?),
            (11, Wire::Bytes(bytes)) => out.events.push(event(bytes)?),
            (13, Wire::Bytes(bytes)) => out.links.push(link(bytes)?),
            (15, Wire::Bytes(bytes)) => status(bytes, &mut out.status)?,
            _ => {}
        }
    }
    Ok(out)
}

fn event(bytes: &[u8]) -> Read<Event<'_>> {
    let mut out = Event::default();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Wire::Fixed64(time)) => out.time = time,
            (2, Wire::Bytes(name)) => out.name = text(name)?,
            (3, Wire::Bytes(bytes)) => out.attributes.push(key_value(bytes, 0)?),
            _ => {}
        }
    }
    Ok(out)
}

fn link(bytes: &[u8]) -> Read<Link<'_>> {
    let mut out = Link::default();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Wire::Bytes(id)) => out.trace_id = id.into(),
            (2, Wire::Bytes(id)) => out.span_id = id.into(),
            (4, Wire::Bytes(bytes)) => out.attributes.push(key_value(bytes, 0)?),
            _ => {}
        }
    }
    Ok(out)
}

fn status<'a>(bytes: &'a [u8], out: &mut Status<'a>) -> Read<()> {
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (2, Wire::Bytes(message)) => out.message = text(message)?,
            (3, Wire::Varint(code)) => out.code = code.cast_signed(),
            _ => {}
        }
    }
    Ok(())
}

fn key_value(bytes: &[u8], depth: u32) -> Read<KeyValue<'_>> {
    let mut out = KeyValue::default();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Wire::Bytes(key)) => out.key = text(key)?,
            (2, Wire::Bytes(bytes)) => any_value(bytes, depth, &mut out.value)?,
            _ => {}
        }
    }
    Ok(out)
}

fn any_value<'a>(bytes: &'a [u8], depth: u32, out: &mut AnyValue<'a>) -> Read<()> {
    if depth > MAX_DEPTH {
        return Err(Malformed::Depth);
    }
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        *out = match (number, value) {
            (1, Wire::Bytes(bytes)) => AnyValue::Text(text(bytes)?),
            (2, Wire::Varint(value)) => AnyValue::Bool(value != 0),
            (3, Wire::Varint(value)) => AnyValue::Int(value.cast_signed()),
            (4, Wire::Fixed64(bits)) => AnyValue::Float(f64::from_bits(bits)),
            (5, Wire::Bytes(bytes)) => AnyValue::List(list(bytes, depth)?),
            (6, Wire::Bytes(bytes)) => AnyValue::Map(map(bytes, depth)?),
            (7, Wire::Bytes(bytes)) => AnyValue::Bytes(bytes.into()),
            _ => continue,
        };
    }
    Ok(())
}

fn list(bytes: &[u8], depth: u32) -> Read<Vec<AnyValue<'_>>> {
    let mut out = Vec::new();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        if let (1, Wire::Bytes(bytes)) = (number, value) {
            let mut item = AnyValue::Null;
            any_value(bytes, depth + 1, &mut item)?;
            out.push(item);
        }
    }
    Ok(out)
}

fn map(bytes: &[u8], depth: u32) -> Read<Vec<KeyValue<'_>>> {
    let mut out = Vec::new();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        if let (1, Wire::Bytes(bytes)) = (number, value) {
            out.push(key_value(bytes, depth + 1)?);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, bytes.len() as u8], bytes].concat()
    }

    #[test]
    fn a_span_is_read_where_it_lies() {
        let value = field(2, &field(1, b"hello"));
        let attribute = field(9, &[field(1, b"k"), value].concat());
        let name = field(5, "n\u{e4}me".as_bytes());
        let span = [field(1, &[1; 16]), field(2, &[2; 8]), name, vec![0x39], vec![9; 8], attribute];
        let body = field(1, &field(2, &field(2, &span.concat())));
        let export = decode(&body).unwrap();
        let span = &export.resources[0].spans[0];
        assert_eq!((&*span.name, span.start_time), ("n\u{e4}me", 0x0909_0909_0909_0909));
        assert!(matches!(span.attributes[0].value, AnyValue::Text(Cow::Borrowed("hello"))));
        for end in 0..body.len() {
            // Whatever is cut off, reading fails or ends, and never panics.
            assert!(end == 0 || decode(&body[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn unknown_fields_are_skipped_and_nonsense_is_refused() {
        let group = [0x53, 0x08, 0x01, 0x54];
        assert_eq!(decode(&group).unwrap(), Export::default());
        assert_eq!(decode(&[0x53]).unwrap_err(), Malformed::Truncated);
        assert_eq!(decode(&[0x0f]).unwrap_err(), Malformed::WireType);
        assert_eq!(decode(&[0xff; 11]).unwrap_err(), Malformed::Number);
        let name = field(1, &field(2, &field(2, &field(5, &[0xff]))));
        assert_eq!(decode(&name).unwrap_err(), Malformed::Utf8);
        let mut deep = field(1, b"x");
        for _ in 0..40 {
            deep = field(5, &field(1, &deep));
            if deep.len() > 100 {
                break;
            }
        }
        assert!(any_value(&deep, MAX_DEPTH, &mut AnyValue::Null).is_err());
    }
}
