//! What is proved by interval arithmetic, not sampled.
