//! Statements and figures of Tian 2016, and of the supplement of Tian 2017 where both have them.

pub mod t16_eq16;
pub mod t16_eq22;
pub mod t16_eq9;
pub mod t16_fig2;
pub mod t16_fig2c;
pub mod t16_l7_5;
pub mod t16_l7_7;
pub mod t16_l7_8;
pub mod t16_thm7_10;
pub mod t16_thm7_11;
pub mod t16_thm7_6;
pub mod t16_thm7_9;
