namespace roles {} // namespace roles
