"""What TensorBoard reads: scalars, dashboards, and the comparisons of a study."""
