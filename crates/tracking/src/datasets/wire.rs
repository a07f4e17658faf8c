//! The JSON of dataset inputs and outputs.

use serde::Serialize;

#[derive(Clone, Debug, Default, Serialize)]
pub struct RunInputs {}

#[derive(Clone, Debug, Default, Serialize)]
pub struct RunOutputs {}
