//! Statements and figures of Long, Yin & Xin 2021.

pub mod lyx_fig1;
pub mod lyx_fig3;
pub mod lyx_fig4;
pub mod lyx_fig5;
pub mod lyx_fig6;
pub mod lyx_fig7;
pub mod lyx_gc_compute;
pub mod lyx_l5_1;
pub mod lyx_l5_2;
pub mod lyx_prop1;
pub mod lyx_prop3;
pub mod lyx_prop4;
pub mod lyx_remark3;
pub mod lyx_table1;
