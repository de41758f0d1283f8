//! Every row of `CLAIMS.md` as properties: against an oracle, under a symmetry, and with a hypothesis broken.

mod strategies;

mod empirical_flow;
mod fig9;
mod t16_fig2;
mod t16_fig2c;
mod t16_smoothing;
mod t17_conj2;
mod t17_eq16;
mod t17_eq8;
mod t17_initialization;
mod t17_laws;
mod t17_prop2;
mod t17_thm5;
mod t17_thm6;
