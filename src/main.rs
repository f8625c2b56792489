//! The steps, in order.

fn main() {}
