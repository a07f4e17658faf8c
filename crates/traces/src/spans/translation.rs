//! Attributes of other conventions, translated into MLflow's.

use super::attributes::Attributes;
use crate::otlp::model::Event;

/// Adds MLflow's attributes to a span's that uses another convention.
pub fn translate(_attributes: &mut Attributes<'_>, _events: &[Event<'_>]) {}
