//! Independent oracles for the tests: quadrature, Monte Carlo, finite differences, multiprecision
