namespace actors {} // namespace actors
