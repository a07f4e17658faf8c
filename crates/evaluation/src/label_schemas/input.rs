//! How an answer is given: what is allowed, and how it is stored.

use app::{ApiError, Double, Int64};
use python::{repr_float, repr_list, repr_text};

use super::wire::{AnyInput, Categorical, Input, Numeric, PassFail, Text};
use python::{Json, Map};

/// Characters.
const MAX_LABEL: usize = 64;
const MAX_OPTIONS: usize = 10;

/// The one kind that is given. Compat: of several, the first one counts.
pub fn chosen(any: Option<AnyInput>) -> Result<Input, ApiError> {
    let any = any.unwrap_or_default();
    let chosen = (any.pass_fail.map(Input::PassFail))
        .or(any.categorical.map(Input::Categorical))
        .or(any.numeric.map(Input::Numeric))
        .or(any.text.map(Input::Text));
    chosen.ok_or_else(|| {
        ApiError::invalid(
            "Label schema `input` must have exactly one of `pass_fail`, `categorical`, `numeric`, \
             or `text` set; got an empty oneof.",
        )
    })
}

impl Input {
    /// The name of its kind in MLflow's messages.
    fn class(&self) -> &'static str {
        match self {
            Input::PassFail(_) => "InputPassFail",
            Input::Categorical(_) => "InputCategorical",
            Input::Numeric(_) => "InputNumeric",
            Input::Text(_) => "InputText",
        }
    }

    /// # Errors
    /// When labels, options or bounds are not allowed.
    pub fn check(&self) -> Result<(), ApiError> {
        match self {
            Input::PassFail(input) => check_labels(input),
            Input::Categorical(input) => check_options(&input.options),
            Input::Numeric(input) => check_bounds(input),
            Input::Text(Text { max_length: Some(Int64(length)) }) if *length < 1 => {
                Err(ApiError::invalid(format!(
                    "`InputText.max_length` must be at least 1; got {length}."
                )))
            }
            Input::Text(_) => Ok(()),
        }
    }

    /// Refuses a change that would make the answers given so far meaningless.
    pub fn check_change(&self, new: &Input) -> Result<(), ApiError> {
        if self.class() != new.class() {
            return Err(ApiError::invalid(format!(
                "A label schema's input type cannot be changed after creation (existing: {}, got: \
                 {}).",
                self.class(),
                new.class()
            )));
        }
        match (self, new) {
            (Input::Categorical(old), Input::Categorical(new))
                if old.multi_select != new.multi_select =>
            {
                Err(ApiError::invalid(
                    "`InputCategorical.multi_select` cannot be changed after creation.",
                ))
            }
            _ => Ok(()),
        }
    }

    /// The kind and its settings, as they are stored.
    pub fn stored(&self) -> (&'static str, String) {
        let number = |value: Option<Double>| value.map_or(Json::Null, |value| Json::Float(value.0));
        let (kind, fields) = match self {
            Input::PassFail(input) => (
                "pass_fail",
                vec![
                    ("positive_label", input.positive_label.as_str().into()),
                    ("negative_label", input.negative_label.as_str().into()),
                ],
            ),
            Input::Categorical(input) => {
                let options = input.options.iter().map(|option| option.as_str().into()).collect();
                let multi_select = Json::Bool(input.multi_select);
                (
                    "categorical",
                    vec![("options", Json::List(options)), ("multi_select", multi_select)],
                )
            }
            Input::Numeric(input) => (
                "numeric",
                vec![
                    ("min_value", number(input.min_value)),
                    ("max_value", number(input.max_value)),
                ],
            ),
            Input::Text(input) => {
                let length = input.max_length.map_or(Json::Null, |length| length.0.into());
                ("text", vec![("max_length", length)])
            }
        };
        let map: Map = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        (kind, Json::Map(map).dump())
    }

    /// What [`Input::stored`] stored.
    pub fn read(kind: &str, config: &str) -> Self {
        let config = Json::parse(config).unwrap_or(Json::Null);
        let text = |name| config.get(name).and_then(Json::as_text).unwrap_or_default().to_owned();
        let number = |name| match config.get(name) {
            Some(Json::Float(number)) => Some(Double(*number)),
            Some(Json::Integer(digits)) => digits.parse().ok().map(Double),
            _ => None,
        };
        match kind {
            "pass_fail" => Input::PassFail(PassFail {
                positive_label: text("positive_label"),
                negative_label: text("negative_label"),
            }),
            "categorical" => Input::Categorical(Categorical {
                options: match config.get("options") {
                    Some(Json::List(options)) => options.iter().map(Json::shown).collect(),
                    _ => Vec::new(),
                },
                multi_select: config.get("multi_select").is_some_and(|flag| !flag.is_falsy()),
            }),
            "numeric" => Input::Numeric(Numeric {
                min_value: number("min_value"),
                max_value: number("max_value"),
            }),
            _ => {
                let length = config.get("max_length").map(Json::shown);
                Input::Text(Text {
                    max_length: length.and_then(|digits| digits.parse().ok()).map(Int64),
                })
            }
        }
    }
}

fn check_labels(input: &PassFail) -> Result<(), ApiError> {
    let labels =
        [("positive_label", &input.positive_label), ("negative_label", &input.negative_label)];
    for (name, label) in labels {
        let length = label.chars().count();
        if length == 0 {
            return Err(ApiError::invalid(format!(
                "`InputPassFail.{name}` must be a non-empty string; got ''."
            )));
        }
        if length > MAX_LABEL {
            return Err(ApiError::invalid(format!(
                "`InputPassFail.{name}` must be at most {MAX_LABEL} characters; got {length}."
            )));
        }
    }
    if input.positive_label == input.negative_label {
        return Err(ApiError::invalid(format!(
            "`InputPassFail.positive_label` and `negative_label` must be distinct; got {} for \
             both.",
            repr_text(&input.positive_label)
        )));
    }
    Ok(())
}

fn check_options(options: &[String]) -> Result<(), ApiError> {
    if options.is_empty() {
        return Err(ApiError::invalid(format!(
            "`InputCategorical.options` must be a non-empty list; got {}.",
            repr_list(options)
        )));
    }
    if options.len() > MAX_OPTIONS {
        return Err(ApiError::invalid(format!(
            "`InputCategorical.options` must have at most {MAX_OPTIONS} entries; got {}.",
            options.len()
        )));
    }
    for (index, option) in options.iter().enumerate() {
        let length = option.chars().count();
        if length == 0 {
            return Err(ApiError::invalid(
                "`InputCategorical.options` entries must be non-empty strings; got ''.",
            ));
        }
        if length > MAX_LABEL {
            return Err(ApiError::invalid(format!(
                "`InputCategorical.options` entries must be at most {MAX_LABEL} characters; got \
                 {length} for {}.",
                repr_text(option)
            )));
        }
        if options[..index].contains(option) {
            return Err(ApiError::invalid(format!(
                "`InputCategorical.options` must be deduplicated; {} appears twice.",
                repr_text(option)
            )));
        }
    }
    Ok(())
}

fn check_bounds(input: &Numeric) -> Result<(), ApiError> {
    match (input.min_value, input.max_value) {
        (Some(Double(min)), Some(Double(max))) if min >= max => Err(ApiError::invalid(format!(
            "`InputNumeric.min_value` must be strictly less than `max_value`; got min={}, max={}.",
            repr_float(min),
            repr_float(max)
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_reads_back() {
        let inputs = [
            Input::PassFail(PassFail { positive_label: "y".into(), negative_label: "n".into() }),
            Input::Categorical(Categorical { options: vec!["a".into()], multi_select: true }),
            Input::Numeric(Numeric { min_value: Some(Double(1.0)), max_value: None }),
            Input::Text(Text { max_length: Some(Int64(5)) }),
        ];
        for input in inputs {
            let (kind, config) = input.stored();
            assert_eq!(Input::read(kind, &config), input);
            assert!(input.check().is_ok());
        }
        let bounds = Numeric { min_value: Some(Double(2.0)), max_value: Some(Double(1.0)) };
        assert!(Input::Numeric(bounds).check().is_err());
    }
}
