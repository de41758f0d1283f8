//! Every row of `CLAIMS.md` as properties: against an oracle, under a symmetry, and with a hypothesis broken.

mod strategies;

mod fig8;
mod t16_eq16;
mod t16_l7_5;
mod t16_l7_7;
mod t16_l7_8;
mod t16_thm7_10;
mod t16_thm7_11;
mod t16_thm7_6;
mod t16_thm7_9;
mod t17_branching;
mod t17_eq17;
mod t17_lyapunov;
mod t17_no_overlap;
mod t17_thm7;
