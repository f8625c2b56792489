//! What comes of one step.

/// What was to be decoded is damaged, incomplete, or asks for more memory than is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what is encoded is damaged or incomplete")]
pub struct Corrupt;

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How many bytes of the input it took.
    pub taken: usize,
    /// Whether the room was used up, so that more may come out without any input.
    pub is_full: bool,
}

/// How many bytes went in and came out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Done {
    pub taken: usize,
    pub made: usize,
}
