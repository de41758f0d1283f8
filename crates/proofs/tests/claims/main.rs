//! Every row of `CLAIMS.md` as properties: against an oracle, under a symmetry, and with a hypothesis broken.

mod strategies;

mod certified_minima;
mod certified_points;
mod cone_sign;
mod flow_on_slanted_edge;
mod flow_up_to_bound;
mod lyapunov_determinant;
mod proofs;
mod strict_refutations;
