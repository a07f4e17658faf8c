//! OTLP's JSON encoding: protobuf's, but ids are hexadecimal.
//!
//! Field names are read in both of protobuf's spellings, 64-bit numbers as numbers or texts, and
//! enumerations by number or name. Source: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::model::{AnyValue, Event, Export, KeyValue, Link, ResourceSpans, Span, Status};

/// Reads an `ExportTraceServiceRequest`.
///
/// # Errors
/// When the bytes are none.
pub fn decode(body: &[u8]) -> Result<Export<'_>, serde_json::Error> {
    let request: JsonExport<'_> = serde_json::from_slice(body)?;
    let resources = request.resource_spans.0.into_iter().map(|resource| ResourceSpans {
        attributes: resource.resource.0.attributes.0.into_iter().map(KeyValue::from).collect(),
        spans: (resource.scope_spans.0.into_iter())
            .flat_map(|scope| scope.spans.0)
            .map(Span::from)
            .collect(),
    });
    Ok(Export { resources: resources.collect() })
}

/// A value that protobuf's JSON may write as `null`, meaning its default.
#[derive(Debug, Default)]
struct Maybe<T>(T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Option::deserialize(deserializer)?.unwrap_or_default()))
    }
}

macro_rules! message {
    ($name:ident { $($field:ident $(/ $camel:literal)?: $kind:ty,)* }) => {
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default, bound(deserialize = "'de: 'a"))]
        struct $name<'a> {
            $($(#[serde(alias = $camel)])? $field: Maybe<$kind>,)*
            #[serde(skip)]
            _body: std::marker::PhantomData<&'a ()>,
        }
    };
}

message!(JsonExport { resource_spans / "resourceSpans": Vec<JsonResource<'a>>, });
message!(JsonResource {
    resource: JsonAttributes<'a>,
    scope_spans / "scopeSpans": Vec<JsonScope<'a>>,
});
message!(JsonAttributes { attributes: Vec<JsonPair<'a>>, });
message!(JsonScope { spans: Vec<JsonSpan<'a>>, });
message!(JsonSpan {
    trace_id / "traceId": Hex,
    span_id / "spanId": Hex,
    parent_span_id / "parentSpanId": Hex,
    name: Text<'a>,
    start_time_unix_nano / "startTimeUnixNano": Number,
    end_time_unix_nano / "endTimeUnixNano": Number,
    attributes: Vec<JsonPair<'a>>,
    events: Vec<JsonEvent<'a>>,
    links: Vec<JsonLink<'a>>,
    status: JsonStatus<'a>,
});
message!(JsonEvent {
    name: Text<'a>,
    time_unix_nano / "timeUnixNano": Number,
    attributes: Vec<JsonPair<'a>>,
});
message!(JsonLink {
    trace_id / "traceId": Hex,
    span_id / "spanId": Hex,
    attributes: Vec<JsonPair<'a>>,
});
message!(JsonStatus { code: Number, message: Text<'a>, });
message!(JsonPair { key: Text<'a>, value: JsonAny<'a>, });
message!(JsonList { values: Vec<JsonAny<'a>>, });
message!(JsonAny {
    string_value / "stringValue": Option<Text<'a>>,
    bool_value / "boolValue": Option<bool>,
    int_value / "intValue": Option<Number>,
    double_value / "doubleValue": Option<app::Double>,
    array_value / "arrayValue": Option<JsonList<'a>>,
    kvlist_value / "kvlistValue": Option<JsonPairs<'a>>,
    bytes_value / "bytesValue": Option<Text<'a>>,
});
message!(JsonPairs { values: Vec<JsonPair<'a>>, });

/// A text, borrowed where it has no escapes.
#[derive(Debug, Default)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Cow<'de, str>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Any).map(Text)
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

/// A 64-bit number or the number of an enumeration's value.
#[derive(Clone, Copy, Debug, Default)]
struct Number(i128);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Number;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a 64-bit integer")
            }

            fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
                Ok(Number(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Number, E> {
                Ok(Number(value.into()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
                if value.fract() == 0.0 && value.abs() < 2e19 {
                    Ok(Number(value as i128))
                } else {
                    Err(E::custom("not a 64-bit integer"))
                }
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                match text {
                    "STATUS_CODE_UNSET" => Ok(Number(0)),
                    "STATUS_CODE_OK" => Ok(Number(1)),
                    "STATUS_CODE_ERROR" => Ok(Number(2)),
                    text => text.parse().map(Number).map_err(|_| E::custom("not an integer")),
                }
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl Number {
    /// A time; what no time can be counts as one beyond all.
    fn time(self) -> u64 {
        u64::try_from(self.0).unwrap_or(u64::MAX)
    }

    fn int(self) -> i64 {
        self.0.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }
}

fn pairs(list: Vec<JsonPair<'_>>) -> Vec<KeyValue<'_>> {
    list.into_iter().map(KeyValue::from).collect()
}

impl<'a> From<JsonPair<'a>> for KeyValue<'a> {
    fn from(pair: JsonPair<'a>) -> Self {
        Self { key: pair.key.0.0, value: pair.value.0.into() }
    }
}

impl<'a> From<JsonAny<'a>> for AnyValue<'a> {
    fn from(any: JsonAny<'a>) -> Self {
        if let Some(text) = any.string_value.0 {
            return AnyValue::Text(text.0);
        }
        if let Some(value) = any.bool_value.0 {
            return AnyValue::Bool(value);
        }
        if let Some(value) = any.int_value.0 {
            return AnyValue::Int(value.int());
        }
        if let Some(value) = any.double_value.0 {
            return AnyValue::Float(value.0);
        }
        if let Some(list) = any.array_value.0 {
            return AnyValue::List(list.values.0.into_iter().map(AnyValue::from).collect());
        }
        if let Some(map) = any.kvlist_value.0 {
            return AnyValue::Map(pairs(map.values.0));
        }
        let Some(text) = any.bytes_value.0 else { return AnyValue::Null };
        let bytes = STANDARD.decode(text.0.as_bytes());
        match bytes.or_else(|_| URL_SAFE.decode(text.0.as_bytes())) {
            Ok(bytes) => AnyValue::Bytes(bytes.into()),
            Err(_) => AnyValue::Text(text.0),
        }
    }
}

impl<'a> From<JsonSpan<'a>> for Span<'a> {
    fn from(span: JsonSpan<'a>) -> Self {
        let events = span.events.0.into_iter().map(|event| Event {
            name: event.name.0.0,
            time: event.time_unix_nano.0.time(),
            attributes: pairs(event.attributes.0),
        });
        let links = span.links.0.into_iter().map(|link| Link {
            trace_id: link.trace_id.0.0.into(),
            span_id: link.span_id.0.0.into(),
            attributes: pairs(link.attributes.0),
        });
        let status = span.status.0;
        Self {
            trace_id: span.trace_id.0.0.into(),
            span_id: span.span_id.0.0.into(),
            parent_span_id: span.parent_span_id.0.0.into(),
            name: span.name.0.0,
            start_time: span.start_time_unix_nano.0.time(),
            end_time: span.end_time_unix_nano.0.time(),
            attributes: pairs(span.attributes.0),
            events: events.collect(),
            links: links.collect(),
            status: Status { code: status.code.0.int(), message: status.message.0.0 },
        }
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
}
