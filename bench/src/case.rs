//! What is measured: one kind of request, made over and over.

use http::Method;

use crate::Result;

/// A request of a case.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    pub path: String,
    pub content_type: &'static str,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path.into(), Vec::new())
    }

    pub fn post(path: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self::new(Method::POST, path.into(), body.into())
    }

    fn new(method: Method, path: String, body: Vec<u8>) -> Self {
        Self { method, path, content_type: JSON, headers: Vec::new(), body }
    }

    pub fn of_type(mut self, content_type: &'static str) -> Self {
        self.content_type = content_type;
        self
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

const JSON: &str = "application/json";

/// How a case proves that its writes are there.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Counts the rows that all requests of the case have written so far.
    pub count: String,
    /// Rows that one request writes.
    pub rows: u64,
}

/// Makes the SQL that writes, by hand, what the request of this number writes.
pub type Bare = Box<dyn Fn(u64) -> String>;

/// Checks an answer's body; the error says what is wrong with it.
pub type Expectation = fn(&[u8]) -> Result<()>;

/// One kind of request. `make` gets the number of the request, which no other request of the case
/// has, so that nothing is written twice.
pub struct Case {
    pub name: String,
    /// Connections to measure with, one measurement each.
    pub connections: &'static [usize],
    pub make: Box<dyn Fn(u64) -> Request>,
    pub stored: Option<Stored>,
    pub bare: Option<Bare>,
    pub expects: Option<Expectation>,
}

impl Case {
    pub fn new(name: impl Into<String>, make: impl Fn(u64) -> Request + 'static) -> Self {
        Self {
            name: name.into(),
            connections: &[16],
            make: Box::new(make),
            stored: None,
            bare: None,
            expects: None,
        }
    }

    pub fn connections(mut self, connections: &'static [usize]) -> Self {
        self.connections = connections;
        self
    }

    /// After the load, `count` must have grown by `rows` for each acknowledged request.
    pub fn stores(mut self, count: impl Into<String>, rows: u64) -> Self {
        self.stored = Some(Stored { count: count.into(), rows });
        self
    }

    /// The database is driven without a server too, by these statements, each a transaction.
    pub fn beside(mut self, bare: impl Fn(u64) -> String + 'static) -> Self {
        self.bare = Some(Box::new(bare));
        self
    }

    /// Looks at the first answer of each connection.
    pub fn expects(mut self, expects: Expectation) -> Self {
        self.expects = Some(expects);
        self
    }
}

/// An expectation: the text occurs `count` times in the answer.
pub fn occurs(body: &[u8], text: &str, count: usize) -> Result<()> {
    let found = String::from_utf8_lossy(body).matches(text).count();
    if found == count {
        return Ok(());
    }
    Err(format!("{text} occurs {found} times in the answer, not {count}").into())
}
