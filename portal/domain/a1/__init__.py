"""The rules of the A1 form: pure functions over rows that were read, and forms made up to try them on."""
