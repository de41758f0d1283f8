use std::fmt::Write as _;

use statistics::clopper_pearson;

use crate::cell::Cell;
use crate::config::Config;
use crate::tally::Tally;

/// One line a cell: its coordinates, counts, the share of runs that ended at loss zero with its interval.
pub(crate) fn csv(config: &Config, cells: &[Cell], tallies: &[Tally]) -> String {
    let mut text = String::from(
        "cell,neurons,dimension,noise,start,teacher,top,rule,runs,at_teacher,at_permutation,other_global_minimum,\
         spurious,stalled,diverged,undefined,share_global,share_low,share_high,median_loss,largest_loss,median_steps\n",
    );
    for (cell, tally) in cells.iter().zip(tallies) {
        let (runs, hits) = (tally.runs(), tally.global());
        let (low, high) = clopper_pearson(hits, runs, config.confidence);
        let _ = writeln!(
            text,
            "{},{},{},{:?},{},{},{},{},{runs},{},{},{},{},{},{},{},{:?},{low:?},{high:?},{:?},{:?},{}",
            cell.index,
            cell.neurons,
            cell.dimension,
            cell.noise,
            cell.start,
            cell.teacher,
            cell.top,
            cell.rule,
            tally.teacher,
            tally.permutation,
            tally.other_global_minimum,
            tally.spurious,
            tally.stalled,
            tally.diverged,
            tally.undefined,
            hits as f64 / runs as f64,
            tally.median_loss,
            tally.largest_loss,
            tally.median_steps,
        );
    }
    text
}
