"""What the doctor says, held against what others wrote in their code."""
