//! Symmetric reductions of two-layer ReLU teacher-student dynamics and spontaneous symmetry breaking
