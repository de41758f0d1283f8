//! The same answers by other libraries: who needs how long.
//!
//! Every [case](case::Case) has one input, on which ours and each peer run in turn, round by round, so that what else the
//! machine does meets all of them; medians over the rounds are compared. The answers are compared first, and a
//! disagreement is an error. A peer in Python lives in a [worker](worker::Worker) that compiles and warms up before its
//! clock starts.

pub mod case;
pub mod chart;
pub mod measure;
pub mod options;
pub mod record;
pub mod report;
pub mod run;
pub mod tasks;
pub mod worker;
