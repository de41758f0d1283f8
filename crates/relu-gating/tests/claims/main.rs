//! Every row of `CLAIMS.md` as properties: against an oracle, under a symmetry, and with a hypothesis broken.

mod strategies;

mod fig7;
mod loss;
mod t16_eq22;
mod t16_eq9;
mod t17_eq6;
mod t17_eq7;
mod t17_thm1;
