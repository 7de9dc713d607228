//! docs/recipes.md.
