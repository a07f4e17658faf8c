//! What holds for every body of an export request, in both encodings.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use traces::otlp::{json, protobuf};
use traces::spans::batch;

/// Reads a body in both encodings and sorts what is read, as the handler does.
fn take(body: &[u8]) {
    if let Ok(export) = protobuf::decode(body) {
        drop(batch::sort(1, &export));
    }
    if let Ok(export) = json::decode(body) {
        drop(batch::sort(1, &export));
    }
}

/// A field of protobuf with a length before it.
fn field(number: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = body.len();
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(body);
    out
}

/// Messages in messages: bytes that often come far into the reader before they are wrong.
fn protobuf_like() -> impl Strategy<Value = Vec<u8>> {
    let number = select(&[1_u8, 2, 3, 4, 5, 6, 7, 9, 11, 13, 15][..]);
    let scalar = prop_oneof![
        vec(any::<u8>(), 0..12),
        (1_u8..16, any::<u8>()).prop_map(|(number, value)| vec![number << 3, value & 0x7f]),
        (1_u8..16, any::<u64>()).prop_map(|(number, bits)| [
            vec![number << 3 | 1],
            bits.to_le_bytes().to_vec()
        ]
        .concat()),
        (number.clone(), select(&[8_usize, 16][..])).prop_map(|(n, size)| field(n, &vec![7; size])),
    ];
    scalar.prop_recursive(8, 64, 4, move |inner| {
        vec((number.clone(), inner), 0..4)
            .prop_map(|fields| fields.iter().flat_map(|(n, body)| field(*n, body)).collect())
    })
}

fn export(span: &[u8]) -> Vec<u8> {
    field(1, &field(2, &field(2, span)))
}

/// A span with valid ids and times, and with whatever else.
fn span_like() -> impl Strategy<Value = Vec<u8>> {
    let attribute = ("[a-z.]{0,8}", protobuf_like())
        .prop_map(|(key, value)| field(9, &[field(1, key.as_bytes()), field(2, &value)].concat()));
    (vec(attribute, 0..4), protobuf_like(), any::<[u64; 2]>()).prop_map(|(parts, rest, times)| {
        let mut span = [field(1, &[1; 16]), field(2, &[2; 8]), field(5, b"name")].concat();
        for (tag, time) in [(7_u8, times[0]), (8, times[1])] {
            span.push(tag << 3 | 1);
            span.extend(time.to_le_bytes());
        }
        span.extend(parts.concat());
        span.extend(rest);
        export(&span)
    })
}

const JSON: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name",
    "value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[{"traceId":
    "0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"\u00e9\u0000",
    "startTimeUnixNano":"1700000000000000000","endTimeUnixNano":1700000000000000001,
    "attributes":[{"key":"a","value":{"arrayValue":{"values":[{"intValue":"1"},
    {"doubleValue":1.5},{"bytesValue":"enp6"},{"kvlistValue":{"values":[]}}]}}}],
    "events":[{"name":"e"}],"status":{"code":"STATUS_CODE_ERROR","message":"no"}}]}]}]}"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(body in vec(any::<u8>(), 0..300)) {
        take(&body);
    }

    #[test]
    fn no_messages_panic(body in prop_oneof![protobuf_like(), span_like()]) {
        take(&body);
    }

    #[test]
    fn no_changed_json_panics(place in 0..JSON.len(), byte in any::<u8>(), cut in 0..4_usize) {
        let mut body = JSON.as_bytes().to_vec();
        let end = (place + cut).min(body.len());
        body.splice(place..end, [byte]);
        take(&body);
    }

    #[test]
    fn a_cut_body_is_read_or_refused(body in span_like()) {
        for end in 0..body.len() {
            take(&body[..end]);
        }
    }
}

#[test]
fn a_cut_json_is_refused() {
    assert_eq!(json::decode(JSON.as_bytes()).unwrap().span_count(), 1);
    for end in 0..JSON.len() {
        assert!(json::decode(&JSON.as_bytes()[..end]).is_err(), "{end}");
    }
}
