"""What is typed: commands, their options and words, the doctor."""
