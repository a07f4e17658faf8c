//! What a clause asks of a field.

use python::repr_set;

/// How a field is compared with a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// `%` stands for any text, `_` for any character; case counts on PostgreSQL alone.
    Like,
    /// As [`Self::Like`], and case never counts.
    ILike,
    /// A regular expression found anywhere in the text.
    RLike,
    In,
    NotIn,
    IsNull,
    IsNotNull,
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Text(String),
    /// Clamped to 64 bits: no stored number lies beyond.
    Integer(i64),
    /// May be infinite. Only for a logged model may it be NaN, which is for the database to compare.
    Number(f64),
    /// Goes with [`Comparison::In`] and [`Comparison::NotIn`], and only with them. Only a logged
    /// model's list may be empty.
    TextList(Vec<String>),
    /// As [`Self::TextList`].
    IntegerList(Vec<i64>),
    /// Goes with [`Comparison::IsNull`] and [`Comparison::IsNotNull`], and only with them.
    None,
}

/// What a number, a metric among them, can be compared by.
pub(crate) const NUMERIC: &[Comparison] = &[
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
];

/// What a text can be compared by.
pub(crate) const TEXTUAL: &[Comparison] =
    &[Comparison::Equal, Comparison::NotEqual, Comparison::Like, Comparison::ILike];

pub(crate) const TEXTUAL_OR_LIST: &[Comparison] = &[
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Like,
    Comparison::ILike,
    Comparison::In,
    Comparison::NotIn,
];

pub(crate) const TEXTUAL_OR_NULL: &[Comparison] = &[
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Like,
    Comparison::ILike,
    Comparison::IsNull,
    Comparison::IsNotNull,
];

impl Comparison {
    const ALL: &[Self] = &[
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Like,
        Self::ILike,
        Self::RLike,
        Self::In,
        Self::NotIn,
        Self::IsNull,
        Self::IsNotNull,
    ];

    /// The operator as a filter writes it, in upper case.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Like => "LIKE",
            Self::ILike => "ILIKE",
            Self::RLike => "RLIKE",
            Self::In => "IN",
            Self::NotIn => "NOT IN",
            Self::IsNull => "IS NULL",
            Self::IsNotNull => "IS NOT NULL",
        }
    }

    /// The comparison that `operator` writes in upper case, if it is one of `allowed`.
    pub(crate) fn among(allowed: &[Self], operator: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|comparison| comparison.symbol() == operator && allowed.contains(comparison))
    }

    pub(crate) fn is_in(self) -> bool {
        matches!(self, Self::In | Self::NotIn)
    }
}

/// `{'!=', '='}`
pub(crate) fn repr_comparisons(comparisons: &[Comparison]) -> String {
    repr_set(comparisons.iter().map(|comparison| comparison.symbol()))
}
