//! OTLP's binary encoding, read without copying: texts and ids point into the body.
//!
//! As protobuf wants it: unknown fields are skipped, of a repeated singular field the last counts (a
//! message is merged), and a text that is no UTF-8 spoils the request.
//! Source: <https://protobuf.dev/programming-guides/encoding/>.

use std::borrow::Cow;

use super::budget::{Budget, MAX_PER_PART, MAX_PER_SPAN, TooMuch};
use super::model::{
    AnyValue, Event, Export, KeyValue, Link, ResourceSpans, Span, SpanKind, Status,
};

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
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
}

type Read<T> = Result<T, Malformed>;

/// Reads an `ExportTraceServiceRequest`.
///
/// # Errors
/// When the bytes are none, or more would be made of them than a request may hold.
pub fn decode(body: &[u8]) -> Read<Export<'_>> {
    decode_within(body, &Budget::default())
}

/// Reads an `ExportTraceServiceRequest` that holds no more than `budget`.
///
/// # Errors
/// As [`decode`].
pub fn decode_within<'a>(body: &'a [u8], budget: &Budget) -> Read<Export<'a>> {
    let mut export = Export::default();
    let mut fields = Fields(body);
    while let Some((number, value)) = fields.next()? {
        if let (1, Wire::Bytes(bytes)) = (number, value) {
            budget.element()?;
            export.resources.push(resource_spans(bytes, budget)?);
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

fn resource_spans<'a>(bytes: &'a [u8], budget: &Budget) -> Read<ResourceSpans<'a>> {
    let mut out = ResourceSpans::default();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Wire::Bytes(resource)) => {
                let mut fields = Fields(resource);
                while let Some((number, value)) = fields.next()? {
                    if let (1, Wire::Bytes(bytes)) = (number, value) {
                        let attributes = &mut out.attributes;
                        attribute(attributes, MAX_PER_PART, &mut out.dropped, bytes, budget)?;
                    }
                }
            }
            (2, Wire::Bytes(scope)) => {
                let mut fields = Fields(scope);
                while let Some((number, value)) = fields.next()? {
                    if let (2, Wire::Bytes(bytes)) = (number, value) {
                        budget.span()?;
                        out.spans.push(span(bytes, budget)?);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(out)
}

fn span<'a>(bytes: &'a [u8], budget: &Budget) -> Read<Span<'a>> {
    let mut out = Span::default();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Wire::Bytes(id)) => out.trace_id = id.into(),
            (2, Wire::Bytes(id)) => out.span_id = id.into(),
            (4, Wire::Bytes(id)) => out.parent_span_id = id.into(),
            (5, Wire::Bytes(name)) => out.name = text(name)?,
            (6, Wire::Varint(number)) => out.kind = SpanKind::of_number(number),
            (7, Wire::Fixed64(time)) => out.start_time = time,
            (8, Wire::Fixed64(time)) => out.end_time = time,
            (9, Wire::Bytes(bytes)) => {
                let dropped = &mut out.dropped.attributes;
                attribute(&mut out.attributes, MAX_PER_SPAN, dropped, bytes, budget)?;
            }
            (11, Wire::Bytes(bytes)) if out.events.len() < MAX_PER_SPAN => {
                budget.element()?;
                out.events.push(event(bytes, budget)?);
            }
            (11, Wire::Bytes(_)) => out.dropped.events += 1,
            (13, Wire::Bytes(bytes)) if out.links.len() < MAX_PER_SPAN => {
                budget.link()?;
                out.links.push(link(bytes, budget)?);
            }
            (13, Wire::Bytes(_)) => out.dropped.links += 1,
            (15, Wire::Bytes(bytes)) => status(bytes, &mut out.status)?,
            _ => {}
        }
    }
    Ok(out)
}

fn event<'a>(bytes: &'a [u8], budget: &Budget) -> Read<Event<'a>> {
    let mut out = Event::default();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Wire::Fixed64(time)) => out.time = time,
            (2, Wire::Bytes(name)) => out.name = text(name)?,
            (3, Wire::Bytes(bytes)) => {
                attribute(&mut out.attributes, MAX_PER_PART, &mut out.dropped, bytes, budget)?;
            }
            _ => {}
        }
    }
    Ok(out)
}

fn link<'a>(bytes: &'a [u8], budget: &Budget) -> Read<Link<'a>> {
    let mut out = Link::default();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Wire::Bytes(id)) => out.trace_id = id.into(),
            (2, Wire::Bytes(id)) => out.span_id = id.into(),
            (4, Wire::Bytes(bytes)) => {
                attribute(&mut out.attributes, MAX_PER_PART, &mut out.dropped, bytes, budget)?;
            }
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

/// Reads an attribute, unless there are as many as are kept.
fn attribute<'a>(
    out: &mut Vec<KeyValue<'a>>,
    limit: usize,
    dropped: &mut u32,
    bytes: &'a [u8],
    budget: &Budget,
) -> Read<()> {
    if out.len() < limit {
        out.push(key_value(bytes, 0, budget)?);
    } else {
        *dropped += 1;
    }
    Ok(())
}

fn key_value<'a>(bytes: &'a [u8], depth: u32, budget: &Budget) -> Read<KeyValue<'a>> {
    budget.element()?;
    let mut out = KeyValue::default();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Wire::Bytes(key)) => out.key = text(key)?,
            (2, Wire::Bytes(bytes)) => any_value(bytes, depth, budget, &mut out.value)?,
            _ => {}
        }
    }
    Ok(out)
}

fn any_value<'a>(bytes: &'a [u8], depth: u32, budget: &Budget, out: &mut AnyValue<'a>) -> Read<()> {
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
            (5, Wire::Bytes(bytes)) => AnyValue::List(list(bytes, depth, budget)?),
            (6, Wire::Bytes(bytes)) => AnyValue::Map(map(bytes, depth, budget)?),
            (7, Wire::Bytes(bytes)) => AnyValue::Bytes(bytes.into()),
            _ => continue,
        };
    }
    Ok(())
}

fn list<'a>(bytes: &'a [u8], depth: u32, budget: &Budget) -> Read<Vec<AnyValue<'a>>> {
    let mut out = Vec::new();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        if let (1, Wire::Bytes(bytes)) = (number, value) {
            budget.element()?;
            let mut item = AnyValue::Null;
            any_value(bytes, depth + 1, budget, &mut item)?;
            out.push(item);
        }
    }
    Ok(out)
}

fn map<'a>(bytes: &'a [u8], depth: u32, budget: &Budget) -> Read<Vec<KeyValue<'a>>> {
    let mut out = Vec::new();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        if let (1, Wire::Bytes(bytes)) = (number, value) {
            out.push(key_value(bytes, depth + 1, budget)?);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::model::Dropped;
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
        assert!(any_value(&deep, MAX_DEPTH, &Budget::default(), &mut AnyValue::Null).is_err());
    }

    /// A request with one span that has this.
    fn of_span(span: &[u8]) -> Vec<u8> {
        long(
            1,
            &long(2, &long(2, &[field(1, &[1; 16]), field(2, &[2; 8]), span.to_vec()].concat())),
        )
    }

    /// A field of any length.
    fn long(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2];
        let mut length = bytes.len();
        while length >= 0x80 {
            out.push(length as u8 | 0x80);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend_from_slice(bytes);
        out
    }

    #[test]
    fn no_request_makes_more_than_it_may() {
        let two_bytes = |number: u8, count: usize| [number << 3 | 2, 0].repeat(count);
        let spans = long(1, &long(2, &two_bytes(2, 100_001)));
        assert_eq!(decode(&spans).unwrap_err(), TooMuch::Spans.into());
        let elements = TooMuch::Elements.into();
        assert_eq!(decode(&two_bytes(1, 1_500_001)).unwrap_err(), elements);
        // Values of a list, and pairs of a map, in an attribute.
        for number in [5, 6] {
            let value = long(2, &long(number, &two_bytes(1, 1_500_000)));
            assert_eq!(decode(&of_span(&long(9, &value))).unwrap_err(), elements, "{number}");
        }
        let events = two_bytes(11, 10_000);
        let many = long(1, &long(2, &long(2, &events).repeat(151)));
        assert_eq!(decode(&many).unwrap_err(), elements);
        // Two bytes are skipped, however many there are.
        assert!(decode(&long(1, &two_bytes(2, 3_000_000))).unwrap().resources[0].spans.is_empty());
    }

    #[test]
    fn what_a_span_has_too_much_of_is_dropped_and_counted() {
        for number in [9_u8, 11, 13] {
            let body = of_span(&[number << 3 | 2, 0].repeat(12_000));
            let export = decode(&body).unwrap();
            let span = &export.resources[0].spans[0];
            let kept = [span.attributes.len(), span.events.len(), span.links.len()];
            assert_eq!(kept.iter().sum::<usize>(), MAX_PER_SPAN, "{number}");
            let Dropped { attributes, events, links } = span.dropped;
            assert_eq!(attributes + events + links, 2_000, "{number}");
        }
        let event = long(11, &long(3, &[]).repeat(1_200));
        let link = long(13, &long(4, &[]).repeat(1_300));
        let body = of_span(&[event, link].concat());
        let export = decode(&body).unwrap();
        let span = &export.resources[0].spans[0];
        assert_eq!((span.events[0].dropped, span.links[0].dropped), (200, 300));
        assert_eq!(span.events[0].attributes.len(), MAX_PER_PART);
    }
}
