//! Sweeps: a grid of descents with replicates, in parts that can be stopped, resumed, spread over machines and joined.
//!
//! A [`Config`] spans the grid, [`run`] computes the cells of one [`Shard`] into a folder, one small file a finished cell,
//! [`merge`] joins folders, and [`heat_map`] says what a finished one shows. Replicate r of cell c draws from stream 2³²·c + r of the seed: the files do not depend on
//! threads, on shards, or on how often a sweep was stopped.
//!
//! The crate draws nothing and reads no command line.
//!
//! ```
//! use sweeps::Config;
//! let config = Config::parse("example", r#"
//!     replicates = 10
//!     neurons = [2, 3]
//!     noise = [0.0, 0.1]
//!     start = [{ law = "symmetric", x0 = 0.01, y0 = 0.0 }]
//!     rule = [{ method = "adaptive", time = 1000.0 }]
//! "#)?;
//! assert_eq!(config.cells().len(), 4);
//! assert!(Config::parse("example", "replicates = 10\nneurons = [2]\nnoize = [0.1]").is_err());
//! # Ok::<(), sweeps::Error>(())
//! ```

mod cell;
mod config;
mod error;
mod heat_map;
mod law;
mod method;
mod store;
mod table;
mod tally;

pub use cell::Cell;
pub use config::Config;
pub use error::Error;
pub use heat_map::{Coordinate, HeatMap};
pub use law::{Rule, Start, Teacher, Top};
pub use method::Method;
pub use store::{Progress, Shard, Summary, heat_map, merge, run};
pub use tally::Tally;
