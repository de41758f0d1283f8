//! Every row of `CLAIMS.md` as properties: against an oracle, under a symmetry, and with a hypothesis broken.

mod enumeration;

mod lyx_fig1;
mod lyx_gc_compute;
mod lyx_l5_2;
mod lyx_remark3;
