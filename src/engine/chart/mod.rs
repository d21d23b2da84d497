//! What a page reads of every run: the column of its axis that each is in, and how many are in each
//! cell.

pub mod heat_map;
pub mod runs;
