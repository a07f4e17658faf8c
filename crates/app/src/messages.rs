//! What a route reads and answers, told by the types of its handler.
//!
//! [`crate::Routes`] asks for it when a handler is added; schemas are made only when a document of
//! the routes is.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, MatchedPath, Path, RawQuery, Request, State};
use axum::handler::Layered;
use axum::http::HeaderMap;
use axum::response::Response;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use crate::needs::Scope;
use crate::{ApiError, Call, Caller, Message};

/// The JSON messages of a route; none where it reads or answers something else.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    pub request: Option<Schema>,
    pub answer: Option<Schema>,
}

/// Makes the schemas of messages. Types with a name are described once and referred to.
pub struct Describer {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

/// Where a document of OpenAPI keeps what its parts refer to.
const DEFINITIONS: &str = "/components/schemas";

impl Default for Describer {
    fn default() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = DEFINITIONS.into();
                settings.meta_schema = None;
            })
        };
        Self {
            requests: settings().for_deserialize().into_generator(),
            answers: settings().for_serialize().into_generator(),
        }
    }
}

impl Describer {
    /// The schema of a message that is read.
    pub fn request<T: Message>(&mut self) -> Schema {
        let schema = self.requests.subschema_for::<T>();
        let required: Vec<Value> = T::CHECKS
            .iter()
            .filter(|check| check.required)
            .map(|check| check.name.into())
            .collect();
        // Not by the type's name: another module may have a type of the same name.
        let reference = schema.get("$ref").and_then(Value::as_str).unwrap_or_default();
        let name = reference.rsplit('/').next().unwrap_or_default();
        if let Some(Value::Object(definition)) = self.requests.definitions_mut().get_mut(name)
            && !required.is_empty()
        {
            definition.insert("required".to_owned(), required.into());
        }
        schema
    }

    /// The schema of a message that is answered.
    pub fn answer<T: JsonSchema>(&mut self) -> Schema {
        self.answers.subschema_for::<T>()
    }

    /// What the schemas refer to, by name: what is read, and what is answered. A type may be in both,
    /// and differ.
    pub fn definitions(mut self) -> (Map<String, Value>, Map<String, Value>) {
        (self.requests.take_definitions(true), self.answers.take_definitions(true))
    }
}

/// A handler whose messages can be told. `T` stands for its arguments, as in [`axum::handler::Handler`].
pub trait Described<T> {
    fn messages(describer: &mut Describer) -> Messages;

    /// What the message that it reads can name ([`Message::TOUCHES`]).
    fn touches() -> Vec<Scope>;
}

/// What a handler is given: the request's message, or something else of the request.
pub trait Argument {
    fn schema(_: &mut Describer) -> Option<Schema> {
        None
    }

    /// What it can name, if it is a message.
    fn touches() -> Vec<Scope> {
        Vec::new()
    }
}

/// What a handler returns.
pub trait Answer {
    fn schema(_: &mut Describer) -> Option<Schema> {
        None
    }
}

macro_rules! described {
    ($($argument:ident)*) => {
        impl<F, Fut, M, $($argument),*> Described<(M, $($argument,)*)> for F
        where
            F: FnOnce($($argument),*) -> Fut,
            Fut: Future,
            Fut::Output: Answer,
            $($argument: Argument,)*
        {
            fn messages(describer: &mut Describer) -> Messages {
                let request = None$(.or_else(|| $argument::schema(describer)))*;
                Messages { request, answer: Fut::Output::schema(describer) }
            }

            fn touches() -> Vec<Scope> {
                let touches: Vec<Vec<Scope>> = vec![$($argument::touches()),*];
                touches.concat()
            }
        }
    };
}

described!();
described!(A);
described!(A B);
described!(A B C);
described!(A B C D);
described!(A B C D E);
described!(A B C D E G);
described!(A B C D E G H);

impl<L, H, T, S> Described<T> for Layered<L, H, T, S>
where
    H: Described<T>,
{
    fn messages(describer: &mut Describer) -> Messages {
        H::messages(describer)
    }

    fn touches() -> Vec<Scope> {
        H::touches()
    }
}

impl<T: Message> Argument for Call<T> {
    fn schema(describer: &mut Describer) -> Option<Schema> {
        Some(describer.request::<T>())
    }

    fn touches() -> Vec<Scope> {
        T::TOUCHES.iter().map(|touch| touch.scope).collect()
    }
}

impl<T: Argument, E> Argument for Result<T, E> {
    fn schema(describer: &mut Describer) -> Option<Schema> {
        T::schema(describer)
    }

    fn touches() -> Vec<Scope> {
        T::touches()
    }
}

impl<T> Argument for State<T> {}
impl<T> Argument for Extension<T> {}
impl<T> Argument for Path<T> {}
impl Argument for Caller {}
impl Argument for RawQuery {}
impl Argument for HeaderMap {}
impl Argument for Bytes {}
impl Argument for Request {}
impl Argument for Body {}
impl Argument for MatchedPath {}

impl<T: JsonSchema> Answer for Json<T> {
    fn schema(describer: &mut Describer) -> Option<Schema> {
        Some(describer.answer::<T>())
    }
}

impl<T: Answer> Answer for Result<T, ApiError> {
    fn schema(describer: &mut Describer) -> Option<Schema> {
        T::schema(describer)
    }
}

impl Answer for Response {}
impl Answer for &'static str {}
impl<H, T> Answer for (H, T) {}
