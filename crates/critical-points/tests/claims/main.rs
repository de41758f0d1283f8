//! Every row of `CLAIMS.md` as properties: against an oracle, under a symmetry, and with a hypothesis broken.

mod strategies;

mod fig10;
mod k2_one_inside;
mod mr_invertible;
mod spurious_minima;
mod t17_conj1;
mod t17_eq10;
mod t17_eq9;
mod t17_prop1;
mod t17_saddle_k2;
mod t17_thm2;
mod t17_thm3;
mod t17_thm4;
mod t17s_eq35;
