//! Sweeps: a grid of descents with replicates, in parts that can be stopped, resumed, spread over machines and joined.
//!
//! A [`Config`] spans the grid, [`run`] computes the cells of one [`Shard`] into a folder, one small file a finished cell,
//! and [`merge`] joins folders. Replicate r of cell c draws from stream 2³²·c + r of the seed: the files do not depend on
//! threads, on shards, or on how often a sweep was stopped.
//!
//! ```
//! use relu_lab::sweep::Config;
//! let config = Config::parse("example", r#"
//!     replicates = 10
//!     neurons = [2, 3]
//!     noise = [0.0, 0.1]
//!     start = [{ law = "symmetric", x0 = 0.01, y0 = 0.0 }]
//!     rule = [{ method = "adaptive", time = 1000.0 }]
//! "#)?;
//! assert_eq!(config.cells().len(), 4);
//! assert!(Config::parse("example", "replicates = 10\nneurons = [2]\nnoize = [0.1]").is_err());
//! # Ok::<(), relu_lab::sweep::Error>(())
//! ```

mod cell;
mod config;
mod error;
mod store;
mod table;

pub use cell::{Cell, Tally};
pub use config::{Config, Rule, Start, Teacher, Top};
pub use error::Error;
pub use store::{Progress, Shard, Summary, merge, run};
