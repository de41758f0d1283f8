//! Every row of `CLAIMS.md` as properties: against an oracle, under a symmetry, and with a hypothesis broken.

mod strategies;

mod t17_eq16;
mod t17_eq8;
mod t17_thm5;
mod t17_thm6;
