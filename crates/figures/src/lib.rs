//! Runs every figure, table and ledger row and writes the report
