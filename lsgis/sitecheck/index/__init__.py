"""A plan prepared for many checks: small pieces found fast, features to name, registers to cite."""
