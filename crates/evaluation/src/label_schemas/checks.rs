//! What a label schema's texts must be like.

use app::ApiError;

use super::store::DEFAULT_NAME;

/// Characters.
const MAX_NAME: usize = 250;
const MAX_INSTRUCTION: usize = 1000;

/// Refuses a name that is empty, too long or reserved.
pub fn name(name: &str) -> Result<(), ApiError> {
    let length = name.chars().count();
    if length == 0 {
        return Err(ApiError::invalid("Label schema `name` must be a non-empty string; got ''."));
    }
    if length > MAX_NAME {
        return Err(ApiError::invalid(format!(
            "Label schema `name` must be at most {MAX_NAME} characters; got {length}."
        )));
    }
    if name.trim().to_lowercase() == DEFAULT_NAME.to_lowercase() {
        return Err(ApiError::invalid(format!(
            "`{name}` is reserved for the experiment's default question and cannot be used for \
             another label schema."
        )));
    }
    Ok(())
}

/// Refuses an instruction that is too long.
pub fn instruction(instruction: Option<&str>) -> Result<(), ApiError> {
    let length = instruction.map_or(0, |text| text.chars().count());
    if length > MAX_INSTRUCTION {
        return Err(ApiError::invalid(format!(
            "Label schema `instruction` must be at most {MAX_INSTRUCTION} characters; got {length}."
        )));
    }
    Ok(())
}
