//! OTLP's JSON encoding: protobuf's, but ids are hexadecimal.
//!
//! Field names are read in both of protobuf's spellings, 64-bit numbers as numbers or texts, and
//! enumerations by number or name. Source: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::budget::{Budget, MAX_PER_PART, MAX_PER_SPAN, TooMuch};
use super::model::{
    AnyValue, Event, Export, KeyValue, Link, ResourceSpans, Span, SpanKind, Status,
};

/// Reads an `ExportTraceServiceRequest`.
///
/// # Errors
/// When the bytes are none, or more would be made of them than a request may hold.
pub fn decode(body: &[u8]) -> Result<Export<'_>, serde_json::Error> {
    let mut export = Export::default();
    let mut reader = serde_json::Deserializer::from_slice(body);
    Fill { out: &mut export, budget: &Budget::default() }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(export)
}

/// A message of protobuf.
trait Message<'de>: Default {
    /// Reads the value of the field of this name; of an unknown one it reads nothing, and says so.
    fn field<A: MapAccess<'de>>(
        &mut self,
        name: &str,
        values: &mut A,
        budget: &Budget,
    ) -> Result<bool, A::Error>;

    /// Counts one of a list.
    fn count(budget: &Budget) -> Result<(), TooMuch> {
        budget.element()
    }
}

/// Reads a message into its place.
struct Fill<'o, T> {
    out: &'o mut T,
    budget: &'o Budget,
}

impl<'de, T: Message<'de>> DeserializeSeed<'de> for Fill<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Message<'de>> Visitor<'de> for Fill<'_, T> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Text<'de>>()? {
            if !self.out.field(&name.0, &mut fields, self.budget)? {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Reads what a seed reads; `null` counts as absent, as protobuf wants it.
struct Nullable<S>(S);

impl<'de, S: DeserializeSeed<'de, Value = ()>> DeserializeSeed<'de> for Nullable<S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de, Value = ()>> Visitor<'de> for Nullable<S> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value or null")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.deserialize(deserializer)
    }
}

/// Reads a list behind what is there already, and no more than the limit; the rest is counted.
struct Fills<'o, T> {
    out: &'o mut Vec<T>,
    limit: usize,
    dropped: &'o mut u32,
    budget: &'o Budget,
}

impl<'de, T: Message<'de>> DeserializeSeed<'de> for Fills<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Message<'de>> Visitor<'de> for Fills<'_, T> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while self.out.len() < self.limit {
            let mut item = T::default();
            if items.next_element_seed(Fill { out: &mut item, budget: self.budget })?.is_none() {
                return Ok(());
            }
            T::count(self.budget).map_err(A::Error::custom)?;
            self.out.push(item);
        }
        while items.next_element::<IgnoredAny>()?.is_some() {
            *self.dropped += 1;
        }
        Ok(())
    }
}

/// Reads a field that is a message.
fn message<'de, T: Message<'de>, A: MapAccess<'de>>(
    values: &mut A,
    out: &mut T,
    budget: &Budget,
) -> Result<(), A::Error> {
    values.next_value_seed(Nullable(Fill { out, budget }))
}

/// Reads a field that is a list of any length.
fn list<'de, T: Message<'de>, A: MapAccess<'de>>(
    values: &mut A,
    out: &mut Vec<T>,
    budget: &Budget,
) -> Result<(), A::Error> {
    some(values, out, (usize::MAX, &mut 0), budget)
}

/// Reads a field that is a list of which so many are kept.
fn some<'de, T: Message<'de>, A: MapAccess<'de>>(
    values: &mut A,
    out: &mut Vec<T>,
    (limit, dropped): (usize, &mut u32),
    budget: &Budget,
) -> Result<(), A::Error> {
    values.next_value_seed(Nullable(Fills { out, limit, dropped, budget }))
}

/// Reads a field of another kind, unless it is `null`.
fn plain<'de, T: Deserialize<'de> + Default, A: MapAccess<'de>>(
    values: &mut A,
) -> Result<T, A::Error> {
    Ok(values.next_value::<Option<T>>()?.unwrap_or_default())
}

/// How the fields of messages are read, and what one of a list counts as.
macro_rules! messages {
    ($(
        $kind:ty as $counted:ident = |$out:ident, $values:ident, $budget:ident| {
            $($name:pat => $read:expr,)*
        }
    )*) => {$(
        impl<'de: 'a, 'a> Message<'de> for $kind {
            fn field<A: MapAccess<'de>>(
                &mut self,
                name: &str,
                $values: &mut A,
                $budget: &Budget,
            ) -> Result<bool, A::Error> {
                let $out = self;
                match name {
                    $($name => $read,)*
                    _ => return Ok(false),
                }
                Ok(true)
            }

            fn count(budget: &Budget) -> Result<(), TooMuch> {
                budget.$counted()
            }
        }
    )*};
}

#[derive(Default)]
struct Resource<'a> {
    attributes: Vec<KeyValue<'a>>,
    dropped: u32,
}

#[derive(Default)]
struct Scope<'a> {
    spans: Vec<Span<'a>>,
}

#[derive(Default)]
struct Items<'a>(Vec<AnyValue<'a>>);

#[derive(Default)]
struct Pairs<'a>(Vec<KeyValue<'a>>);

messages! {
    Export<'a> as element = |out, values, budget| {
        "resourceSpans" | "resource_spans" => list(values, &mut out.resources, budget)?,
    }
    ResourceSpans<'a> as element = |out, values, budget| {
        "resource" => {
            let mut resource = Resource::default();
            message(values, &mut resource, budget)?;
            (out.attributes, out.dropped) = (resource.attributes, resource.dropped);
        },
        "scopeSpans" | "scope_spans" => {
            let mut scopes: Vec<Scope<'a>> = Vec::new();
            list(values, &mut scopes, budget)?;
            out.spans.extend(scopes.into_iter().flat_map(|scope| scope.spans));
        },
    }
    Resource<'a> as element = |out, values, budget| {
        "attributes" => {
            some(values, &mut out.attributes, (MAX_PER_PART, &mut out.dropped), budget)?;
        },
    }
    Scope<'a> as element = |out, values, budget| {
        "spans" => list(values, &mut out.spans, budget)?,
    }
    Span<'a> as span = |out, values, budget| {
        "traceId" | "trace_id" => out.trace_id = plain::<Hex, A>(values)?.0.into(),
        "spanId" | "span_id" => out.span_id = plain::<Hex, A>(values)?.0.into(),
        "parentSpanId" | "parent_span_id" => {
            out.parent_span_id = plain::<Hex, A>(values)?.0.into();
        },
        "name" => out.name = plain::<Text<'de>, A>(values)?.0,
        "kind" => out.kind = values.next_value::<Kind>()?.0,
        "startTimeUnixNano" | "start_time_unix_nano" => {
            out.start_time = plain::<Number, A>(values)?.time();
        },
        "endTimeUnixNano" | "end_time_unix_nano" => {
            out.end_time = plain::<Number, A>(values)?.time();
        },
        "attributes" => {
            let dropped = &mut out.dropped.attributes;
            some(values, &mut out.attributes, (MAX_PER_SPAN, dropped), budget)?;
        },
        "events" => {
            some(values, &mut out.events, (MAX_PER_SPAN, &mut out.dropped.events), budget)?;
        },
        "links" => {
            some(values, &mut out.links, (MAX_PER_SPAN, &mut out.dropped.links), budget)?;
        },
        "status" => message(values, &mut out.status, budget)?,
    }
    Event<'a> as element = |out, values, budget| {
        "name" => out.name = plain::<Text<'de>, A>(values)?.0,
        "timeUnixNano" | "time_unix_nano" => out.time = plain::<Number, A>(values)?.time(),
        "attributes" => {
            some(values, &mut out.attributes, (MAX_PER_PART, &mut out.dropped), budget)?;
        },
    }
    Link<'a> as link = |out, values, budget| {
        "traceId" | "trace_id" => out.trace_id = plain::<Hex, A>(values)?.0.into(),
        "spanId" | "span_id" => out.span_id = plain::<Hex, A>(values)?.0.into(),
        "attributes" => {
            some(values, &mut out.attributes, (MAX_PER_PART, &mut out.dropped), budget)?;
        },
    }
    Status<'a> as element = |out, values, _budget| {
        "code" => out.code = plain::<StatusCode, A>(values)?.0,
        "message" => out.message = plain::<Text<'de>, A>(values)?.0,
    }
    KeyValue<'a> as element = |out, values, budget| {
        "key" => out.key = plain::<Text<'de>, A>(values)?.0,
        "value" => message(values, &mut out.value, budget)?,
    }
    AnyValue<'a> as element = |out, values, budget| {
        "stringValue" | "string_value" => {
            set(out, values.next_value::<Option<Text<'de>>>()?, |text| AnyValue::Text(text.0));
        },
        "boolValue" | "bool_value" => set(out, values.next_value()?, AnyValue::Bool),
        "intValue" | "int_value" => {
            set(out, values.next_value::<Option<Number>>()?, |number| AnyValue::Int(number.int()));
        },
        "doubleValue" | "double_value" => {
            let number = values.next_value::<Option<app::Double>>()?;
            set(out, number, |number| AnyValue::Float(number.0));
        },
        "arrayValue" | "array_value" => {
            let mut items = Items::default();
            message(values, &mut items, budget)?;
            *out = AnyValue::List(items.0);
        },
        "kvlistValue" | "kvlist_value" => {
            let mut pairs = Pairs::default();
            message(values, &mut pairs, budget)?;
            *out = AnyValue::Map(pairs.0);
        },
        "bytesValue" | "bytes_value" => {
            set(out, values.next_value::<Option<Text<'de>>>()?, |text| bytes(text.0));
        },
    }
    Items<'a> as element = |out, values, budget| {
        "values" => list(values, &mut out.0, budget)?,
    }
    Pairs<'a> as element = |out, values, budget| {
        "values" => list(values, &mut out.0, budget)?,
    }
}

fn set<'a, T>(out: &mut AnyValue<'a>, value: Option<T>, of: impl FnOnce(T) -> AnyValue<'a>) {
    if let Some(value) = value {
        *out = of(value);
    }
}

/// Bytes in either alphabet of base64; what is none stays the text that it is.
fn bytes(text: Cow<'_, str>) -> AnyValue<'_> {
    let bytes = STANDARD.decode(text.as_bytes());
    match bytes.or_else(|_| URL_SAFE.decode(text.as_bytes())) {
        Ok(bytes) => AnyValue::Bytes(bytes.into()),
        Err(_) => AnyValue::Text(text),
    }
}

/// A text, borrowed where it has no escapes. Half a surrogate pair, which JSON can write and no text
/// hold, becomes the replacement character: one emoji cut in two must not cost an export.
#[derive(Debug, Default)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Cow<'de, str>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a string")
            }

            fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                match std::str::from_utf8(bytes) {
                    Ok(text) => Ok(Cow::Borrowed(text)),
                    Err(_) => self.visit_bytes(bytes),
                }
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                let text =
                    whole_characters(bytes).ok_or_else(|| E::custom("a string is not UTF-8"))?;
                Ok(Cow::Owned(text))
            }
        }
        deserializer.deserialize_bytes(Any).map(Text)
    }
}

/// The text, each half of a surrogate pair replaced; none if the bytes are not UTF-8 otherwise.
fn whole_characters(mut bytes: &[u8]) -> Option<String> {
    let mut out = String::with_capacity(bytes.len());
    loop {
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                out.push_str(text);
                return Some(out);
            }
            Err(error) => {
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                out.push_str(std::str::from_utf8(valid).ok()?);
                let [0xed, 0xa0..=0xbf, 0x80..=0xbf, rest @ ..] = rest else { return None };
                out.push(char::REPLACEMENT_CHARACTER);
                bytes = rest;
            }
        }
    }
}

/// An id: hexadecimal digits in either case.
#[derive(Debug, Default)]
struct Hex(Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?.0;
        let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
        let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        });
        let bytes: Option<Vec<u8>> = pairs.collect();
        bytes.map(Hex).ok_or_else(|| D::Error::custom("an id is not hexadecimal"))
    }
}

/// A 64-bit number: written as one, as a float without a fraction, or as the text of either.
#[derive(Clone, Copy, Debug, Default)]
struct Number(i128);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyNumber).map(Number)
    }
}

struct AnyNumber;

impl Visitor<'_> for AnyNumber {
    type Value = i128;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a 64-bit integer")
    }

    fn visit_i64<E>(self, value: i64) -> Result<i128, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<i128, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<i128, E> {
        if value.fract() == 0.0 && value.abs() < 2e19 {
            Ok(value as i128)
        } else {
            Err(E::custom("not a 64-bit integer"))
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i128, E> {
        if let Ok(number) = text.trim().parse() {
            return Ok(number);
        }
        match text.trim().parse() {
            Ok(float) => self.visit_f64(float),
            Err(_) => Err(E::custom("not an integer")),
        }
    }
}

impl Number {
    /// A time; what no time can be counts as one beyond all.
    fn time(self) -> u64 {
        u64::try_from(self.0).unwrap_or(u64::MAX)
    }

    fn int(self) -> i64 {
        clamped(self.0)
    }
}

fn clamped(number: i128) -> i64 {
    number.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// What has become of a span, by number or name. A name that is not known counts as none, as MLflow's
/// reader has it.
#[derive(Clone, Copy, Debug, Default)]
struct StatusCode(i64);

/// A kind of a span, by its number or its name.
struct Kind(SpanKind);

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Any<'a> {
            Number(u64),
            #[serde(borrow)]
            Name(Cow<'a, str>),
            Other(IgnoredAny),
        }
        Ok(Self(match Any::deserialize(deserializer)? {
            Any::Number(number) => SpanKind::of_number(number),
            Any::Name(name) => SpanKind::of_name(&name),
            Any::Other(_) => SpanKind::default(),
        }))
    }
}

impl<'de> Deserialize<'de> for StatusCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = i128;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a status code")
            }

            fn visit_i64<E>(self, value: i64) -> Result<i128, E> {
                Ok(value.into())
            }

            fn visit_u64<E>(self, value: u64) -> Result<i128, E> {
                Ok(value.into())
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<i128, E> {
                AnyNumber.visit_f64(value)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<i128, E> {
                Ok(match text {
                    "STATUS_CODE_OK" => 1,
                    "STATUS_CODE_ERROR" => 2,
                    text => AnyNumber.visit_str::<E>(text).unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_any(Any).map(clamped).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_in_either_spelling() {
        let body = br#"{"resourceSpans": [{"resource": null, "scope_spans": [{"spans": [{
            "traceId": "0102030405060708090a0B0c0d0e0f10", "spanId": "0102030405060708",
            "name": "a\u00e9", "startTimeUnixNano": "1700000000000000000", "end_time_unix_nano": 7,
            "unknown": {"x": [1]}, "status": {"code": "STATUS_CODE_ERROR"},
            "attributes": [{"key": "i", "value": {"intValue": "-3"}},
                {"key": "l", "value": {"arrayValue": {"values": [{"doubleValue": "NaN"}, {}]}}},
                {"key": "b", "value": {"bytesValue": "enp6"}}]}]}]}]}"#;
        let export = decode(body).unwrap();
        let span = &export.resources[0].spans[0];
        assert_eq!(span.trace_id.len(), 16);
        assert_eq!((&*span.name, span.status.code), ("a\u{e9}", 2));
        assert_eq!((span.start_time, span.end_time), (1_700_000_000_000_000_000, 7));
        assert_eq!(span.attributes[0].value, AnyValue::Int(-3));
        assert!(matches!(&span.attributes[1].value, AnyValue::List(items) if items.len() == 2));
        assert_eq!(span.attributes[2].value, AnyValue::Bytes((&b"zzz"[..]).into()));
    }

    #[test]
    fn nonsense_is_refused() {
        for body in [
            "",
            "[]x",
            "{\"resourceSpans\": 1}",
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz"}]}]}]}"#,
        ] {
            assert!(decode(body.as_bytes()).is_err(), "{body}");
        }
    }

    /// The attributes of a span that has these, in JSON.
    fn read(attributes: &str) -> Vec<KeyValue<'static>> {
        let body = format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"attributes":[{attributes}]}}]}}]}}]}}"#
        );
        let body: &'static str = body.leak();
        decode(body.as_bytes()).unwrap().resources.remove(0).spans.remove(0).attributes
    }

    #[test]
    fn numbers_are_read_in_every_spelling() {
        for (json, expected) in [
            ("1e3", 1000),
            ("\"1.7e+12\"", 1_700_000_000_000),
            ("\"+5\"", 5),
            ("\"5.0\"", 5),
            ("\"9223372036854775807\"", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            let pair = read(&format!(r#"{{"key":"k","value":{{"intValue":{json}}}}}"#)).remove(0);
            assert_eq!(pair.value, AnyValue::Int(expected), "{json}");
        }
        for json in ["1.5", "\"1.5\"", "\"x\"", "true", "\"NaN\"", "[]"] {
            let body = format!(
                r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"startTimeUnixNano":{json}}}]}}]}}]}}"#
            );
            assert!(decode(body.as_bytes()).is_err(), "{json}");
        }
    }

    #[test]
    fn half_an_emoji_spoils_nothing() {
        let pairs = read(
            r#"{"key":"a\ud83e","value":{"stringValue":"x\ud83ey\udd17"}},
               {"key":"b","value":{"stringValue":"\ud83e\udd17"}}"#,
        );
        assert_eq!(pairs[0].key, "a\u{fffd}");
        assert_eq!(pairs[0].value, AnyValue::Text("x\u{fffd}y\u{fffd}".into()));
        assert_eq!(pairs[1].value, AnyValue::Text("\u{1f917}".into()));
        assert!(decode(b"{\"resourceSpans\":[{\"x\xff\":1}]}").is_err());
    }

    #[test]
    fn no_request_makes_more_than_it_may() {
        let of =
            |list: &str, count: usize, item: &str| format!("{list}{}", vec![item; count].join(","));
        let spans = of(r#"{"resourceSpans":[{"scopeSpans":[{"spans":["#, 100_001, "{}") + "]}]}]}";
        let refusal = |body: &str| decode(body.as_bytes()).unwrap_err().to_string();
        assert!(refusal(&spans).starts_with("there are more than 100000 spans in it"));
        let resources = of(r#"{"resourceSpans":["#, 1_500_001, "{}") + "]}";
        assert!(refusal(&resources).starts_with("there are more than 1500000 attributes"));
        let span = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"#.to_owned();
        let values = of(
            &(span.clone() + r#""attributes":[{"value":{"arrayValue":{"values":["#),
            1_500_001,
            "{}",
        );
        assert!(refusal(&(values + "]}}}]}]}]}]}")).starts_with("there are more than 1500000"));
        for name in ["attributes", "events", "links"] {
            let body = of(&format!("{span}\"{name}\":["), 12_000, "{}") + "]}]}]}]}";
            let export = decode(body.as_bytes()).unwrap();
            let span = &export.resources[0].spans[0];
            let kept = [span.attributes.len(), span.events.len(), span.links.len()];
            assert_eq!(kept.iter().sum::<usize>(), MAX_PER_SPAN, "{name}");
            let dropped = span.dropped;
            assert_eq!(dropped.attributes + dropped.events + dropped.links, 2_000, "{name}");
        }
    }
}
