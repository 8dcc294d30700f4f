"""The doctor on projects as their maintainers left them, every finding judged by reading."""
