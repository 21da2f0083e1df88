"""The doctor: asks an endpoint what it can, check by check, and says what to do about what it cannot."""
